package policy

// statement is a compiled statement.
type statement struct {
	index int
	sid   string
	text  string // compact JSON
	deny  bool

	principals  *principals // nil but in the dialect IAMTrust
	actions     []*pattern
	notAction   bool
	resources   []*pattern // none in a trust policy: it is about what it is attached to
	notResource bool
	conditions  []condition
}

// applies reports whether the statement speaks of the request.
func (s *statement) applies(req *Request) bool {
	return s.matchAction(req) && s.matchResource(req) && s.principals.match(req.Principal) && s.holds(req.Context)
}

func (s *statement) matchAction(req *Request) bool {
	return s.notAction != matchAny(s.actions, req.Action, nil)
}

func (s *statement) matchResource(req *Request) bool {
	return len(s.resources) == 0 || s.notResource != matchAny(s.resources, req.Resource, req.Context)
}

func (s *statement) holds(ctx Context) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(ctx) {
			return false
		}
	}
	return true
}

func matchAny(patterns []*pattern, s string, ctx Context) bool {
	for _, p := range patterns {
		if p.match(s, ctx) {
			return true
		}
	}
	return false
}
