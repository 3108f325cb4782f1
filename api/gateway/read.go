package gateway

import (
	"net/netip"

	"telltale/base/caller"
	"telltale/lang/wire"
)

// read takes the body off the connection, within its limit.
func (s *Server) read(c *call) (err error) {
	s.note(c)
	c.body, err = wire.ReadBody(c.r.Body)
	return err
}

// note notes where a call came from.
func (s *Server) note(c *call) {
	c.caller.Kind = caller.Anonymous
	c.caller.Region = s.cfg.Region
	c.caller.UserAgent = c.r.UserAgent()
	c.caller.TLS = c.r.TLS != nil
	if peer, err := netip.ParseAddrPort(c.r.RemoteAddr); err == nil {
		c.caller.SourceIP, c.caller.SourcePort = peer.Addr().Unmap().String(), int(peer.Port())
	}
}
