package gateway

import (
	"context"
	"time"

	"telltale/service/trail"
)

// audit tells the auditor what was called, by whom, and how it ended.
func (s *Server) audit(c *call, err error) {
	if c.match.Op == nil || c.caller.Account == "" || c.way != "" {
		return // nothing that a model knows was called, or nobody known called it, or a device, whose entries tell
	}
	record := &trail.Call{Caller: &c.caller, Service: c.match.Service, Name: c.match.Op.Name, Input: c.in, Output: c.out, Time: time.Now(),
		Host: c.r.Host, TLS: c.r.TLS}
	if err != nil {
		record.Error = c.match.ErrorFor(err)
	}
	s.needs.Auditor.RecordCall(context.WithoutCancel(c.ctx), record)
}
