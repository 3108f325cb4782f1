package policy

// Decision is the outcome of an evaluation. Explain tells how it came about.
type Decision struct {
	Effect Effect
}

// Allowed reports whether the request may go ahead.
func (d Decision) Allowed() bool { return d.Effect == Allowed }

// Evaluate decides a request: an applicable Deny wins, then an applicable Allow, else the request is denied
// implicitly. It does not allocate.
//
// aws: iam/reference_policies_evaluation-logic
func Evaluate(policies []Policy, req *Request) Decision {
	effect := ImplicitDeny
	for i := range policies {
		switch policies[i].effect(req) {
		case ExplicitDeny:
			return Decision{ExplicitDeny}
		case Allowed:
			effect = Allowed
		}
	}
	return Decision{effect}
}

// effect is what the policy alone says.
func (p *Policy) effect(req *Request) Effect {
	if p.Doc == nil {
		return ImplicitDeny
	}
	effect := ImplicitDeny
	for i := range p.Doc.statements {
		s := &p.Doc.statements[i]
		switch {
		case !s.deny && effect == Allowed: // Another Allow would change nothing.
		case !s.applies(req):
		case s.deny:
			return ExplicitDeny
		default:
			effect = Allowed
		}
	}
	return effect
}

// EvaluateIAM decides a request of an IAM identity: an explicit Deny anywhere wins; otherwise the identity's
// policies must allow, and so must its permission boundary, if it has one, and the session policies, if any were
// passed. A nil session means that none were passed; an empty one allows nothing.
func EvaluateIAM(identity []Policy, boundary *Policy, session []Policy, req *Request) Decision {
	effects := [...]Effect{Evaluate(identity, req).Effect, Allowed, Allowed}
	if boundary != nil {
		effects[1] = boundary.effect(req)
	}
	if session != nil {
		effects[2] = Evaluate(session, req).Effect
	}
	effect := Allowed
	for _, e := range effects {
		switch e {
		case ExplicitDeny:
			return Decision{ExplicitDeny}
		case ImplicitDeny:
			effect = ImplicitDeny
		}
	}
	return Decision{effect}
}
