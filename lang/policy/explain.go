package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Explanation is a Decision with its reasons.
type Explanation struct {
	Effect     Effect
	Considered []PolicyVerdict // every policy, in the order given

	// Deciding is the Deny, or the first Allow, that applies. It is nil for an implicit deny.
	Deciding *StatementRef

	// Nearest is, for an implicit deny, the Allow statement that came nearest to applying; nil if there is none.
	Nearest *StatementRef

	// Lacked says in words what kept Nearest from applying; for an explicit deny, that no Allow can help.
	Lacked string

	// Missing names, in order, the condition keys and variables that statements about the action look at and the
	// request has no value for.
	Missing []string

	// Suggestion is, for an implicit deny, the smallest statement that would have allowed exactly this request, as
	// compact JSON. It belongs in a document of version 2012-10-17. It is empty where no statement could help,
	// because the action or resource of the request is not one.
	Suggestion string
}

// PolicyVerdict is what one policy alone says of the request.
type PolicyVerdict struct {
	Name, Version, Source string
	Effect                Effect
}

// StatementRef points to a statement of a policy.
type StatementRef struct {
	Policy, Version, Source string
	Index                   int    // from 0
	Sid                     string // may be empty
	Text                    string // the statement as compact JSON
}

// String names the statement for people, who count from 1.
func (r *StatementRef) String() string {
	s := fmt.Sprintf("statement %d", r.Index+1)
	if r.Sid != "" {
		s += " (" + r.Sid + ")"
	}
	s += " of policy " + r.Policy
	if r.Version != "" {
		s += " version " + r.Version
	}
	if r.Source != "" {
		s += " from " + r.Source
	}
	return s
}

// Explain decides as Evaluate does, and gives the reasons.
func Explain(policies []Policy, req *Request) Explanation {
	e := Explanation{Effect: Evaluate(policies, req).Effect, Missing: missing(policies, req)}
	var nearest distance
	for i := range policies {
		p := &policies[i]
		e.Considered = append(e.Considered, PolicyVerdict{p.Name, p.Version, p.Source, p.effect(req)})
		if p.Doc == nil {
			continue
		}
		for j := range p.Doc.statements {
			s := &p.Doc.statements[j]
			switch {
			case e.Effect == ImplicitDeny && !s.deny:
				if d := s.distance(req); e.Nearest == nil || d.compare(nearest) < 0 {
					nearest, e.Nearest, e.Lacked = d, p.ref(s), strings.Join(s.lacks(req), "; ")
				}
			case e.Effect != ImplicitDeny && e.Deciding == nil && s.deny == (e.Effect == ExplicitDeny) && s.applies(req):
				e.Deciding = p.ref(s)
			}
		}
	}
	switch {
	case e.Effect == ExplicitDeny:
		e.Lacked = "no Allow can help: " + e.Deciding.String() + " denies"
	case e.Effect == ImplicitDeny && e.Nearest == nil:
		e.Lacked = "no policy holds an Allow statement"
	}
	if e.Effect == ImplicitDeny {
		e.Suggestion = suggest(policies, req)
	}
	return e
}

// ExplainIAM decides as EvaluateIAM does, and gives the reasons. Of several layers that do not allow, the first
// of identity, boundary and session gives them: its Suggestion belongs in that layer, and Lacked begins with its
// name unless it is the identity's own.
func ExplainIAM(identity []Policy, boundary *Policy, session []Policy, req *Request) Explanation {
	var limits []Policy
	if boundary != nil {
		limits = []Policy{*boundary}
	}
	all := slices.Concat(identity, limits, session)
	var e Explanation
	switch effect := EvaluateIAM(identity, boundary, session, req).Effect; {
	case effect != ImplicitDeny:
		e = Explain(all, req)
	case !Evaluate(identity, req).Allowed():
		e = Explain(identity, req)
	case !(boundary == nil || boundary.effect(req) == Allowed):
		e = Explain(limits, req)
		e.Lacked = "permission boundary: " + e.Lacked
	default:
		e = Explain(session, req)
		e.Lacked = "session policy: " + e.Lacked
	}
	e.Considered = e.Considered[:0]
	for i := range all {
		p := &all[i]
		e.Considered = append(e.Considered, PolicyVerdict{p.Name, p.Version, p.Source, p.effect(req)})
	}
	return e
}

func (p *Policy) ref(s *statement) *StatementRef {
	return &StatementRef{p.Name, p.Version, p.Source, s.index, s.sid, s.text}
}

// distance measures how far a statement is from applying.
type distance struct {
	action, resource, principal bool // whether each matches
	conditions                  int  // how many do not hold
	reach                       int  // bytes of the resource that the closest pattern shares
}

func (s *statement) distance(req *Request) distance {
	d := distance{action: s.matchAction(req), resource: s.matchResource(req), principal: s.principals.match(req.Principal)}
	for i := range s.conditions {
		if !s.conditions[i].holds(req.Context) {
			d.conditions++
		}
	}
	if !d.resource && !s.notResource {
		d.reach = closest(s.resources, req).reach(req)
	}
	return d
}

// compare is negative if d is nearer than o. The action comes first: a statement about it is where a reader looks.
func (d distance) compare(o distance) int {
	nearer := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(nearer(d.action, o.action), nearer(d.resource, o.resource), nearer(d.principal, o.principal),
		cmp.Compare(d.conditions, o.conditions), cmp.Compare(o.reach, d.reach))
}

// missing lists the keys without values, as the documents spell them.
func missing(policies []Policy, req *Request) []string {
	names := map[string]string{}
	note := func(k key) {
		if _, known := names[k.folded]; !known && len(k.values(req.Context)) == 0 {
			names[k.folded] = k.name
		}
	}
	inPattern := func(p *pattern) {
		for _, t := range p.tokens {
			if t.kind == variable && !t.hasDefault {
				note(t.key)
			}
		}
	}
	for _, p := range policies {
		if p.Doc == nil {
			continue
		}
		for _, s := range p.Doc.statements {
			if !s.matchAction(req) {
				continue
			}
			for _, r := range s.resources {
				inPattern(r)
			}
			for _, c := range s.conditions {
				note(c.key)
				for _, o := range c.operands {
					if p, ok := o.test.(*pattern); ok {
						inPattern(p)
					}
				}
			}
		}
	}
	list := make([]string, 0, len(names))
	for _, name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
