package filterpattern

import (
	"slices"
	"strconv"

	"telltale/lang/predicate"
)

// fieldRef is a comparison that names a field, which may stand further on in the pattern.
type fieldRef struct {
	expr *predicate.Expr
	name string
	own  int // the field the comparison stands in
	pos  int
}

// delimited reads a pattern in brackets: names for the words of the message, and conditions on them. Without ... the last field
// takes the rest of the message; with it, any number of words is skipped there.
//
// aws: logs/matching-terms-space-delimited-log-events
func (p *parser) delimited() (Kind, *predicate.Expr, error) {
	p.take("[")
	p.layout = new(predicate.Layout)
	var conds []*predicate.Expr
	for {
		cond, err := p.field()
		if err != nil {
			return "", nil, err
		}
		if cond != nil {
			conds = append(conds, cond)
		}
		p.space()
		if p.take("]") {
			break
		}
		if !p.take(",") {
			return "", nil, p.expected(`"," or "]" after the field`)
		}
	}
	p.space()
	if !p.atEnd() {
		return "", nil, p.expected(`nothing after "]"`)
	}
	if err := p.resolve(); err != nil {
		return "", nil, err
	}
	p.layout.Fields = len(p.names)
	if len(conds) == 0 {
		return Delimited, predicate.Fields(p.layout, nil), nil
	}
	return Delimited, predicate.Fields(p.layout, one(conds, predicate.And)), nil
}

// field reads ..., or the name of a field, its conditions, both, or neither.
func (p *parser) field() (*predicate.Expr, error) {
	p.space()
	start := p.pos
	if p.take("...") {
		if p.layout.Gap != 0 {
			return nil, p.errorAt(start, "... at most once", "it again")
		}
		p.layout.Gap = len(p.names) + 1
		return nil, nil
	}
	name := p.run(nameRune)
	p.names = append(p.names, name)
	if len(p.names) > MaxFields {
		return nil, p.errorAt(start, "at most "+strconv.Itoa(MaxFields)+" fields", "one more")
	}
	p.space()
	if p.at(",") || p.at("]") {
		if name == "" && len(p.names) == 1 && p.at("]") {
			return nil, p.expected("a field name or ...")
		}
		return nil, nil
	}
	if name != "" {
		p.pos = start // the first comparison begins with the name
	}
	return p.or(p.fieldComparison)
}

// fieldComparison reads the name of a field, which may be missing where that of the field itself is meant, an operator and a value.
func (p *parser) fieldComparison() (*predicate.Expr, error) {
	start := p.pos
	own := len(p.names)
	name := p.run(nameRune)
	p.space()
	text, op, v, err := p.comparison()
	switch {
	case err != nil:
		return nil, err
	case text == "" && p.pos == start:
		return nil, p.expected("a field name, a comparison or ...")
	case text == "":
		return nil, p.expected(`",", "]" or one of =, !=, <, <=, >, >= after the field name`)
	}
	e := predicate.CompareField(own, op, v)
	if name != "" {
		p.pending = append(p.pending, fieldRef{expr: e, name: name, own: own, pos: start})
	}
	return e, nil
}

// resolve finds the fields that comparisons name, now that all are known.
func (p *parser) resolve() error {
	for _, ref := range p.pending {
		if p.names[ref.own-1] == ref.name {
			continue
		}
		i := slices.Index(p.names, ref.name)
		if i < 0 {
			return p.errorAt(ref.pos, "the name of a field of this pattern", strconv.Quote(ref.name))
		}
		ref.expr.Field = i + 1
	}
	return nil
}
