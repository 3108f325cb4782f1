package gateway

import "telltale/base/fault"

// decode reads the input and checks it against the model. An operation nobody answers is refused first: its input would not help.
func (s *Server) decode(c *call) (err error) {
	if c.match.Handler == nil {
		return fault.New("gateway.decode", fault.Unimplemented, "telltale does not offer this operation.")
	}
	c.in, err = c.match.Decode(c.r, c.body)
	return err
}
