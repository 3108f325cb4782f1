package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Parse reads and compiles a document. An error is a *SyntaxError. Without a Version a document has the old one,
// 2008-10-17, in which variables are plain text.
//
// aws: iam/reference_policies_grammar
func Parse(text []byte, dialect Dialect) (*Document, error) {
	p := parser{reader: reader{text: text}, dialect: dialect}
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	return p.document(&root)
}

// parser compiles the nodes of one document.
type parser struct {
	reader
	dialect   Dialect
	variables bool // the version knows variables
}

func (p *parser) document(root *node) (*Document, error) {
	elements := []string{"Version", "Id", "Statement"}
	if p.dialect == IoT {
		elements = []string{"Version", "Statement"}
	}
	if err := p.members(root, "", elements); err != nil {
		return nil, err
	}
	if n := root.get("Id"); n != nil && n.kind != text {
		return nil, p.fault(n.start, "Id", "a string", "is %s", n.kind)
	}
	if n := root.get("Version"); n != nil {
		if n.kind != text || n.text != "2012-10-17" && n.text != "2008-10-17" {
			return nil, p.fault(n.start, "Version", `"2012-10-17", "2008-10-17"`, "unknown version %s", p.text[n.start:n.end])
		}
		p.variables = n.text == "2012-10-17"
	}
	n := root.get("Statement")
	if n == nil {
		return nil, p.fault(root.start, "", "Statement with at least one statement", "Statement is missing")
	}
	d := &Document{dialect: p.dialect}
	if n.kind != array {
		s, err := p.statement(n, "Statement")
		if err != nil {
			return nil, err
		}
		d.statements = []statement{s}
		return d, nil
	}
	if len(n.items) == 0 {
		return nil, p.fault(n.start, "Statement", "at least one statement", "is empty")
	}
	sids := map[string]bool{}
	for i := range n.items {
		path := fmt.Sprintf("Statement[%d]", i)
		s, err := p.statement(&n.items[i], path)
		if err != nil {
			return nil, err
		}
		if p.dialect != IoT && s.sid != "" && sids[s.sid] {
			return nil, p.fault(n.items[i].get("Sid").start, path+".Sid", "each Sid once", "%q appears twice", s.sid)
		}
		sids[s.sid] = true
		s.index = i
		d.statements = append(d.statements, s)
	}
	return d, nil
}

// elements lists the members of a statement in each dialect.
var elements = [...][]string{
	IoT:         {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"},
	IAMIdentity: {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"},
	IAMTrust: {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
		"Condition"},
}

func (p *parser) statement(n *node, path string) (statement, error) {
	s := statement{}
	if err := p.members(n, path, elements[p.dialect]); err != nil {
		return s, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, p.text[n.start:n.end]); err != nil {
		return s, p.broken(n.start, path, err)
	}
	s.text = compact.String()
	for _, step := range []func(*statement, *node, string) error{
		p.sid, p.effect, p.principal, p.actions, p.resources, p.conditions,
	} {
		if err := step(&s, n, path); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (p *parser) sid(s *statement, n *node, path string) error {
	v := n.get("Sid")
	if v == nil {
		return nil
	}
	path = join(path, "Sid")
	if v.kind != text {
		return p.fault(v.start, path, "a string", "is %s", v.kind)
	}
	if p.dialect == IAMIdentity && !only(v.text, "") {
		return p.fault(v.start, path, "letters A-Z a-z and digits", "%q holds other characters", v.text)
	}
	s.sid = v.text
	return nil
}

func (p *parser) effect(s *statement, n *node, path string) error {
	const allowed = `"Allow", "Deny"`
	v := n.get("Effect")
	if v == nil {
		return p.fault(n.start, path, allowed, "Effect is missing")
	}
	if v.kind != text || v.text != "Allow" && v.text != "Deny" {
		return p.fault(v.start, join(path, "Effect"), allowed, "unknown effect %s", p.text[v.start:v.end])
	}
	s.deny = v.text == "Deny"
	return nil
}

func (p *parser) actions(s *statement, n *node, path string) error {
	v, name, err := p.either(n, path, "Action", "NotAction", true)
	if err != nil {
		return err
	}
	s.notAction = name == "NotAction"
	return p.each(v, join(path, name), func(text string, at int, path string) error {
		vendor, verb, found := strings.Cut(text, ":")
		if text != "*" && !(found && vendor != "" && verb != "" && only(vendor, "-*?") && only(verb, "*?")) {
			return p.fault(at, path, `"*" or service:Operation with wildcards * and ?, such as iot:Publish`,
				"%q is not an action", text)
		}
		pattern, err := compile(text, syntax{wildcards: true, fold: true})
		s.actions = append(s.actions, pattern)
		return err
	})
}

func (p *parser) resources(s *statement, n *node, path string) error {
	v, name, err := p.either(n, path, "Resource", "NotResource", p.dialect != IAMTrust)
	if err != nil || v == nil {
		return err
	}
	s.notResource = name == "NotResource"
	return p.each(v, join(path, name), func(text string, at int, path string) error {
		pattern, err := compileResource(text, p.variables)
		if err != nil {
			return p.fault(at, path, `"*" or an ARN such as arn:aws:iot:us-east-1:123456789012:topic/name, `+
				`with variables such as ${iot:ClientId} after the fifth colon`, "%q: %v", text, err)
		}
		s.resources = append(s.resources, pattern)
		return nil
	})
}

// members checks that n is an object that holds no member but the named ones.
func (p *parser) members(n *node, path string, names []string) error {
	allowed := strings.Join(names, ", ")
	if n.kind != object {
		return p.fault(n.start, path, "an object with "+allowed, "is %s", n.kind)
	}
	for _, m := range n.members {
		if !slices.Contains(names, m.name) {
			return p.fault(m.at, join(path, m.name), allowed, "unknown element")
		}
	}
	return nil
}

// either returns the one member of a pair that is there, and its name.
func (p *parser) either(n *node, path, name, not string, required bool) (*node, string, error) {
	a, b := n.get(name), n.get(not)
	switch {
	case a != nil && b != nil:
		return nil, "", p.fault(b.start, path, "one of them", "%s and %s exclude each other", name, not)
	case a != nil:
		return a, name, nil
	case b != nil:
		return b, not, nil
	case required:
		return nil, "", p.fault(n.start, path, name+" or "+not, "%s is missing", name)
	}
	return nil, "", nil
}

// each calls f for one string, or every string of a list.
func (p *parser) each(n *node, path string, f func(text string, at int, path string) error) error {
	return p.eachOf(n, path, []kind{text}, f)
}

// eachOf is each for values of other kinds too; f gets them as they would stand in quotes.
func (p *parser) eachOf(n *node, path string, kinds []kind, f func(text string, at int, path string) error) error {
	scalar := func(n *node, path string) error {
		if !slices.Contains(kinds, n.kind) {
			return p.fault(n.start, path, "a string or a list of strings", "is %s", n.kind)
		}
		return f(n.text, n.start, path)
	}
	if n.kind != array {
		return scalar(n, path)
	}
	if len(n.items) == 0 {
		return p.fault(n.start, path, "at least one value", "is empty")
	}
	for i := range n.items {
		if err := scalar(&n.items[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// only reports whether s holds nothing but ASCII letters, digits and the extra characters.
func only(s, extra string) bool {
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(extra, r)) {
			return false
		}
	}
	return true
}
