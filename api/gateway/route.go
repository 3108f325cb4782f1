package gateway

import "telltale/lang/wire/sigv4"

// route finds the operation: by protocol header, target, credential scope and path. The signature is read but not yet believed.
func (s *Server) route(c *call) error {
	signature, unreadable := sigv4.Parse(c.r)
	scope := ""
	if signature != nil {
		c.signature = signature
		scope = signature.Credential().Service
		c.caller.AccessKeyID = signature.Credential().AccessKeyID
		c.caller.Region = signature.Credential().Region
	}
	match, err := s.needs.Table.Route(c.r, c.body, scope)
	c.match = match
	if unreadable != nil {
		return unreadable
	}
	return err
}
