package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// condition is one key of one operator; a statement applies when all of its conditions hold.
type condition struct {
	op         *operator
	quantifier quantifier
	ifExists   bool
	key        key
	operands   []operand
}

// operand is one value that a document compares with.
type operand struct {
	text string // as written
	test test
}

type quantifier uint8

const (
	unqualified quantifier = iota
	forAnyValue
	forAllValues
)

// conditions compiles the Condition element.
func (p *parser) conditions(s *statement, n *node, path string) error {
	v := n.get("Condition")
	if v == nil {
		return nil
	}
	path = join(path, "Condition")
	if v.kind != object {
		return p.fault(v.start, path, "an object from operators to keys", "is %s", v.kind)
	}
	for i := range v.members {
		m, path := &v.members[i], join(path, v.members[i].name)
		c, err := readOperator(m.name)
		if err != nil {
			return p.fault(m.at, path, operatorNames(), "%v", err)
		}
		if m.value.kind != object {
			return p.fault(m.value.start, path, "an object from condition keys to values", "is %s", m.value.kind)
		}
		for j := range m.value.members {
			if err := p.condition(&c, &m.value.members[j], path); err != nil {
				return err
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return nil
}

// condition gives an operator its key and operands.
func (p *parser) condition(c *condition, m *member, path string) error {
	path = join(path, m.name)
	if i := strings.IndexByte(m.name, ':'); i <= 0 || i == len(m.name)-1 {
		return p.fault(m.at, path, "prefix:key, such as iot:ClientId", "%q is not a condition key", m.name)
	}
	c.key, c.operands = newKey(m.name), nil
	return p.eachOf(&m.value, path, []kind{text, number, boolean}, func(text string, at int, path string) error {
		t, err := c.op.compile(text, p.variables)
		if err != nil {
			return p.fault(at, path, c.op.operand, "%q: %v", text, err)
		}
		c.operands = append(c.operands, operand{text, t})
		return nil
	})
}

// readOperator reads an operator with its qualifier and suffix, as in ForAnyValue:StringLikeIfExists.
func readOperator(s string) (condition, error) {
	var c condition
	name := s
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, c.quantifier = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, c.quantifier = rest, forAnyValue
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	for i := range operators {
		if operators[i].name == name {
			c.op = &operators[i]
			break
		}
	}
	switch {
	case c.op == nil:
		return c, fmt.Errorf("unknown operator %q", s)
	case c.op.presence && name != s:
		return c, fmt.Errorf("operator Null takes no qualifier and no IfExists")
	}
	return c, nil
}

// holds decides the condition.
func (c *condition) holds(ctx Context) bool {
	values := c.key.values(ctx)
	if c.op.presence {
		return c.passes(strconv.FormatBool(len(values) == 0), ctx)
	}
	if len(values) == 0 {
		return c.absent()
	}
	all := c.all()
	for _, v := range values {
		if c.passes(v, ctx) != all {
			return !all
		}
	}
	return all
}

// absent is what the condition says of a request without the key.
func (c *condition) absent() bool {
	switch {
	case c.ifExists, c.quantifier == forAllValues:
		return true
	case c.quantifier == forAnyValue:
		return false
	}
	return c.op.negated
}

// all reports whether every value of the request must pass, or just one. Without a qualifier a negated operator
// asks all of them, because it is the contrary of its positive sibling.
func (c *condition) all() bool {
	return c.quantifier == forAllValues || c.quantifier == unqualified && c.op.negated
}

// passes compares one value of the request with the values of the document: one of them must match, or none when
// the operator is negated.
func (c *condition) passes(value string, ctx Context) bool {
	for i := range c.operands {
		if c.operands[i].test.match(value, ctx) {
			return !c.op.negated
		}
	}
	return c.op.negated
}

// lacks says why the condition does not hold.
func (c *condition) lacks(ctx Context) string {
	values := c.key.values(ctx)
	head := "condition " + c.String() + ": "
	switch {
	case c.op.presence && len(values) == 0:
		return head + "the request has no such key"
	case c.op.presence:
		return head + "the request has the value " + values[0]
	case len(values) == 0:
		return head + "the request has no value"
	}
	if !c.all() && len(values) > 1 {
		return fmt.Sprintf("%snone of the values %s fits: each %s", head, strings.Join(values, ", "), c.fails(values, ctx))
	}
	for _, v := range values {
		if !c.passes(v, ctx) {
			return head + "value " + v + " " + c.fails([]string{v}, ctx)
		}
	}
	return head + "does not hold"
}

// fails says what is wrong with the values, as the end of a sentence.
func (c *condition) fails(values []string, ctx Context) string {
	if len(values) == 1 && c.op.readable != nil && !c.op.readable(values[0]) {
		return "is not " + c.op.operand
	}
	texts := make([]string, len(c.operands))
	for i, o := range c.operands {
		texts[i] = o.text
		if p, ok := o.test.(*pattern); ok {
			texts[i] = p.words(ctx)
		}
	}
	return c.op.fails + " " + strings.Join(texts, " or ")
}

// String is the operator as written and the key.
func (c *condition) String() string {
	s := c.op.name + " " + c.key.name
	if c.ifExists {
		s = c.op.name + "IfExists " + c.key.name
	}
	switch c.quantifier {
	case forAnyValue:
		return "ForAnyValue:" + s
	case forAllValues:
		return "ForAllValues:" + s
	}
	return s
}
