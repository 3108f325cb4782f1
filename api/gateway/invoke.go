package gateway

// invoke calls the service's method.
func (s *Server) invoke(c *call) (err error) {
	c.out, err = c.match.Handler(c.ctx, c.in)
	return err
}
