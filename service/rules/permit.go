package rules

import (
	"context"
	"time"

	"telltale/base/fault"
	"telltale/service/rules/action"
)

// principal is the rules engine as trust policies know it.
const principal = "iot.amazonaws.com"

// allowed asks whether a role lets an action be done. (aws: iot/iot-create-role)
func (e *Engine) allowed(ctx context.Context, p action.Permission) error {
	if p.Action == "" {
		return nil
	}
	if since, ok := e.permits.Load(p); ok && time.Since(since.(time.Time)) < permitLife {
		return nil
	}
	err := e.needs.Roles.RoleAllows(ctx, p.Role, principal, p.Action, p.Resource)
	if e.cfg.Relaxed && fault.Is(err, fault.NotFound) {
		err = nil
	}
	if err != nil {
		return &action.Error{Text: fault.TextOf(err), Cause: err}
	}
	if e.permitted.Add(1)%maxPermits == 0 {
		e.permits.Clear()
	}
	e.permits.Store(p, time.Now())
	return nil
}

// A permission is believed for a moment, because policies may ask for the time; and only so many are remembered.
const (
	permitLife = time.Second
	maxPermits = 4096
)
