package broker

import (
	"context"
	"encoding/json"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
)

// signer is a client whose connection was let in by a signature: the policies of its identity decide what it may do, not those of a
// certificate. (aws: iot/iam-policies)
type signer struct {
	identity Identity
	caller   *caller.Caller
}

// explanation says what the identity's policies decide. A refusal says why in words.
func (s *signer) explanation(action, resource string) (explanation, error) {
	e := explanation{Action: action, Resource: resource, Principal: s.caller.ARN, Decision: allowed, Policies: []consideredPolicy{}}
	err := s.identity.Allow(context.Background(), s.caller, action, resource)
	switch {
	case err == nil:
		return e, nil
	case !fault.Is(err, fault.Denied):
		return e, err
	}
	e.Decision, e.Lacked = policy.ImplicitDeny.String(), err.Error()
	if f, ok := err.(*fault.Error); ok {
		e.Lacked = f.Message()
	}
	return e, nil
}

// allow decides, and explains a denial.
func (s *signer) allow(action, resource string, permissive bool) verdict {
	e, err := s.explanation(action, resource)
	if err != nil || e.Decision == allowed {
		return verdict{allowed: err == nil, err: err}
	}
	text, err := json.Marshal(e)
	return verdict{allowed: permissive, overlooked: permissive, why: string(text), err: err}
}
