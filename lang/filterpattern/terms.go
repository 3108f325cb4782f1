package filterpattern

import (
	"strings"

	"telltale/lang/predicate"
)

// terms reads terms separated by spaces. Plain terms must all occur in the message and those after - must not. Of the terms after ?
// one must occur, but only if there are no others: beside plain or - terms they have no effect, as AWS documents.
// A term matches anywhere, also inside a word.
//
// aws: logs/matching-terms-unstructured-log-events
func (p *parser) terms() (Kind, *predicate.Expr, error) {
	if p.atEnd() {
		return All, nil, nil
	}
	var must, optional []*predicate.Expr
	for !p.atEnd() {
		prefix := p.takeAny("?", "-")
		e, err := p.term()
		switch {
		case err != nil:
			return "", nil, err
		case prefix == "?":
			optional = append(optional, e)
		case prefix == "-":
			must = append(must, predicate.Not(e))
		default:
			must = append(must, e)
		}
		end := p.pos
		p.space()
		if p.pos == end && !p.atEnd() {
			return "", nil, p.expected("a space after the term (a term with other characters than letters, digits and _ needs quotation marks)")
		}
	}
	if len(must) == 0 {
		return Terms, one(optional, predicate.Or), nil
	}
	if len(must) == 1 && len(optional) == 0 && blank(must[0]) {
		return All, nil, nil
	}
	return Terms, one(must, predicate.And), nil
}

// blank reports whether e is the term " ", which as the only one matches every event.
func blank(e *predicate.Expr) bool {
	return e.Op == predicate.OpContains && strings.TrimSpace(e.Text) == ""
}

func (p *parser) term() (*predicate.Expr, error) {
	switch {
	case p.at(`"`):
		text, err := p.quoted()
		return predicate.Contains(text), err
	case p.at("%"):
		re, err := p.regexp(1)
		return predicate.Matches(re), err
	}
	word := p.run(wordRune)
	if word == "" {
		return nil, p.expected("a word, a text in quotation marks or a regular expression between percent signs")
	}
	return predicate.Contains(word), nil
}
