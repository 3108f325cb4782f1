package policy

import (
	"slices"
	"strings"
)

// principals is the Principal or NotPrincipal element of a statement.
type principals struct {
	not       bool
	everybody bool   // "*": anonymous callers too
	names     []name // of one kind each
}

// name is one principal a statement speaks of.
type name struct {
	kind string // AWS, Service, Federated or CanonicalUser
	id   string
}

// principal compiles the Principal element. Principals know no wildcards but "*" alone.
//
// aws: iam/reference_policies_elements_principal
func (p *parser) principal(s *statement, n *node, path string) error {
	if p.dialect != IAMTrust {
		return nil
	}
	v, element, err := p.either(n, path, "Principal", "NotPrincipal", true)
	if err != nil {
		return err
	}
	path = join(path, element)
	s.principals = &principals{not: element == "NotPrincipal"}
	if v.kind == text {
		if v.text != "*" {
			return p.fault(v.start, path, `"*" or an object with AWS, Service, Federated, CanonicalUser`,
				"%q is not a principal", v.text)
		}
		s.principals.everybody = true
		return nil
	}
	if err := p.members(v, path, []string{"AWS", "Service", "Federated", "CanonicalUser"}); err != nil {
		return err
	}
	if len(v.members) == 0 {
		return p.fault(v.start, path, "AWS, Service, Federated, CanonicalUser", "is empty")
	}
	for i := range v.members {
		kind := v.members[i].name
		err := p.each(&v.members[i].value, join(path, kind), func(text string, at int, path string) error {
			if text == "" || text != "*" && kind == "AWS" && strings.ContainsAny(text, "*?") {
				return p.fault(at, path, `"*" alone or a whole name`, "%q is not a principal", text)
			}
			s.principals.names = append(s.principals.names, name{kind, text})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// match reports whether the element speaks of the caller. A nil receiver, the absence of the element, does.
func (ps *principals) match(caller *Principal) bool {
	if ps == nil {
		return true
	}
	return ps.not != (ps.everybody || slices.ContainsFunc(ps.names, caller.is))
}

// is reports whether the caller answers to the name. Nobody knows an anonymous caller by name.
func (caller *Principal) is(n name) bool {
	if caller == nil {
		return false
	}
	switch n.kind {
	case "AWS":
		return n.id == "*" && (caller.Account != "" || len(caller.AWS) > 0) ||
			caller.Account != "" && account(n.id) == caller.Account ||
			slices.Contains(caller.AWS, n.id)
	case "Service":
		return caller.Service != "" && (n.id == "*" || n.id == caller.Service)
	case "Federated":
		return caller.Federated != "" && (n.id == "*" || n.id == caller.Federated)
	}
	return caller.CanonicalUser != "" && (n.id == "*" || n.id == caller.CanonicalUser)
}

// account returns the account that a principal stands for as a whole: its id, or the id in the ARN of its root.
func account(id string) string {
	if arn, ok := strings.CutPrefix(id, "arn:aws:iam::"); ok {
		if root, ok := strings.CutSuffix(arn, ":root"); ok {
			return root
		}
	}
	return id
}

func (caller *Principal) String() string {
	if n, ok := caller.name(); ok {
		return n.kind + ":" + n.id
	}
	return "anonymous"
}

// name is the narrowest name of the caller.
func (caller *Principal) name() (name, bool) {
	switch {
	case caller == nil:
		return name{}, false
	case len(caller.AWS) > 0:
		return name{"AWS", caller.AWS[0]}, true
	case caller.Account != "":
		return name{"AWS", caller.Account}, true
	case caller.Service != "":
		return name{"Service", caller.Service}, true
	case caller.Federated != "":
		return name{"Federated", caller.Federated}, true
	case caller.CanonicalUser != "":
		return name{"CanonicalUser", caller.CanonicalUser}, true
	}
	return name{}, false
}
