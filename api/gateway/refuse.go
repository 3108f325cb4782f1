package gateway

// refuse tells the service of a call that it will not be asked to do, if it wants to know, and returns the error to answer with. A call
// that could not be read is none.
func (s *Server) refuse(c *call, step string, why error) error {
	if step == "invoke" || c.in == nil || c.match.Refuser == nil {
		return why
	}
	return c.match.Refuser(c.ctx, c.in, why)
}
