package gateway

import (
	"time"

	"telltale/base/caller"
	"telltale/lang/wire"
	"telltale/lang/wire/sigv4"
)

// authenticate finds out who calls. Account and identity come from the key, the region from the credential scope.
func (s *Server) authenticate(c *call) error {
	if c.way != "" {
		return s.authenticateDevice(c)
	}
	id := ""
	if c.signature != nil {
		id = c.signature.Credential().AccessKeyID
	} else if s.open(c) {
		c.ctx = caller.With(c.ctx, &c.caller) // anonymous, of no account
		return nil
	} else if !s.cfg.Unsigned || c.r.Header.Get("Authorization") != "" {
		return sigv4.Missing() // in dev no signature is needed, but one of another kind is a mistake
	}
	key, err := s.needs.Identity.Key(c.ctx, id)
	if err != nil {
		return err
	}
	if key.Verify {
		opts := sigv4.Options{MaxSkew: s.cfg.MaxSkew, SessionToken: key.SessionToken, Keys: s.keys}
		if err := c.signature.Verify(c.r, c.body, key.Secret, time.Now(), opts); err != nil {
			return err
		}
	}
	who := key.Caller
	who.Region, who.RequestID, who.UserAgent, who.TLS = c.caller.Region, c.caller.RequestID, c.caller.UserAgent, c.caller.TLS
	who.SourceIP, who.SourcePort, who.AccessKeyID = c.caller.SourceIP, c.caller.SourcePort, id
	c.caller = who
	c.ctx = caller.With(c.ctx, &c.caller)
	c.body, err = wire.Inflate(c.r.Header.Get("Content-Encoding"), c.body) // the signature covers the body as sent
	return err
}

// open reports whether a call may come from anybody because of what its input holds.
func (s *Server) open(c *call) bool {
	return c.match.Open && c.signature == nil && c.r.Header.Get("Authorization") == "" && !s.cfg.Unsigned
}
