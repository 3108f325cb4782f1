package gateway

import (
	"strings"

	"telltale/lang/wire"
	"telltale/lang/wire/sigv4"
)

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
	var match wire.Match
	var err error
	if c.way = s.deviceWay(c); c.way != "" {
		match, err = s.needs.Table.RouteUnsigned(c.r, form(c), deviceServices...)
	} else {
		match, err = s.needs.Table.Route(c.r, form(c), scope)
	}
	c.match = match
	if unreadable != nil {
		return unreadable
	}
	return err
}

// form is the body as routing reads it. The query protocol names the operation in a form, which may be compressed; what is wrong
// with it is told later, to a caller who is known.
func form(c *call) []byte {
	if !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return c.body
	}
	if plain, err := wire.Inflate(c.r.Header.Get("Content-Encoding"), c.body); err == nil {
		return plain
	}
	return c.body
}
