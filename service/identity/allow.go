package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/store/state"
)

// accessDenied is the error name of every refusal by policy.
const accessDenied = "AccessDeniedException"

// grants is what a user or role may do, and who may be it.
type grants struct {
	id, arn    string
	policies   []policy.Policy
	trust      []policy.Policy // of a role: its trust policy
	maxSession int32           // of a role: seconds
}

// Allow reports whether c may do action ("iot:ListThings") to resource (an ARN, or "*" where there is none). Root may do everything
// in its account. A refusal is a Denied fault whose text says which statement refused or came nearest, and what it lacked.
func (d *Directory) Allow(ctx context.Context, c *caller.Caller, action, resource string) error {
	return d.AllowUnder(ctx, c, action, resource, nil)
}

// AllowUnder is Allow for a request about which policies may ask more than who makes it: condition keys with their values.
func (d *Directory) AllowUnder(ctx context.Context, c *caller.Caller, action, resource string, keys map[string]string) error {
	r, err := d.rightsOf(ctx, c)
	if err != nil {
		return err
	}
	who := "User: " + c.ARN
	if c.ARN == "" {
		who = "User: anonymous"
	}
	if why := r.forbids(action); why != "" {
		return fault.New("identity.Allow", fault.Denied, "%s is not authorized to perform: %s on resource: %s. %s", who, action, resource, why).Named(accessDenied)
	}
	req := &policy.Request{Action: action, Resource: resource, Context: &session{caller: c, now: time.Now(), keys: r.keys, request: lowered(keys)}}
	if r.effect(req) == policy.Allowed {
		return nil
	}
	return fault.New("identity.Allow", fault.Denied, "%s", r.refusal(who, req)).Named(accessDenied)
}

// lowered are condition keys as policies look them up: their case does not count.
func lowered(keys map[string]string) map[string]string {
	if keys == nil {
		return nil
	}
	lower := make(map[string]string, len(keys))
	for name, value := range keys {
		lower[strings.ToLower(name)] = value
	}
	return lower
}

// grantsOf finds the policies of a caller. Who is not, or no longer, a user here has none.
func (d *Directory) grantsOf(ctx context.Context, c *caller.Caller) (*grants, error) {
	if c.Kind != caller.User {
		return &grants{}, nil
	}
	key := c.Account + " " + c.PrincipalID
	g, age, ok := d.grants.get(key)
	if ok {
		return g, nil
	}
	err := d.view(ctx, "identity.Allow", func(tx *state.Tx) error {
		u, err := users.Find(tx, "id", state.K(c.Account, c.PrincipalID))
		if errors.Is(err, state.ErrNotFound) {
			g = &grants{}
			return nil
		}
		if err != nil {
			return err
		}
		g, err = u.compile(tx, "user "+u.Name, u.arn())
		return err
	})
	if err != nil {
		return nil, err
	}
	if g.id != "" {
		d.grants.keep(key, g, age)
	}
	return g, nil
}

// compile parses the policies, which were checked when they were stored.
func (h *holder) compile(tx *state.Tx, source, arn string) (*grants, error) {
	g := &grants{id: h.ID, arn: arn}
	for _, p := range h.Inline {
		doc, err := policy.Parse([]byte(p.Text), policy.IAMIdentity)
		if err != nil {
			return nil, err
		}
		g.policies = append(g.policies, policy.Policy{Name: p.Name, Source: source + " (inline)", Doc: doc})
	}
	for _, arn := range h.Attached {
		m, err := findPolicy(tx, h.Account, arn)
		if err != nil {
			return nil, err // a policy is not deleted while it is attached
		}
		v := m.inForce()
		doc, err := policy.Parse([]byte(v.Text), policy.IAMIdentity)
		if err != nil {
			return nil, err
		}
		g.policies = append(g.policies, policy.Policy{Name: m.Name, ARN: arn, Version: v.id(), Source: source, Doc: doc})
	}
	return g, nil
}

// reasons tells which statement refused or came nearest, what that one lacked, and what would help.
func reasons(e policy.Explanation) string {
	var text string
	switch {
	case e.Deciding != nil:
		return "It is denied by " + e.Deciding.String() + "."
	case e.Nearest != nil:
		text = "Nearest is " + e.Nearest.String() + ": " + e.Lacked + "."
	case len(e.Considered) == 0:
		text = "There is no policy."
	default:
		text = "No policy holds an Allow statement."
	}
	if e.Suggestion != "" {
		text += " This statement would allow it: " + e.Suggestion
	}
	return text
}
