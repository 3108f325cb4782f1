// Package filterpattern reads the filter patterns of CloudWatch Logs, with which metric filters, subscription filters,
// FilterLogEvents and live tail say which log events they want.
//
// A pattern has one of three forms. Terms, such as ERROR -timeout, are looked for anywhere in the message. A pattern in braces,
// such as { $.status >= 400 }, asks about the properties of a JSON message. A pattern in brackets, such as [ip, ..., bytes > 1000],
// names the words of a message. The empty pattern matches every event. Everything is case-sensitive.
//
// aws: logs/FilterAndPatternSyntax
package filterpattern

import (
	"strconv"
	"unicode/utf8"

	"telltale/lang/predicate"
)

// Limits of a pattern.
const (
	MaxLength    = 1024                // characters
	MaxRegexps   = 2                   // regular expressions; among terms only one
	MaxWildcards = 3                   // selectors with a wildcard step, of which a selector has at most one
	MaxNesting   = 25                  // parentheses
	MaxFields    = predicate.MaxFields // fields in brackets
	MaxSteps     = predicate.MaxSteps  // steps of one selector
)

// Kind is the form of a pattern.
type Kind string

// The kinds of pattern.
const (
	All       Kind = "all"       // the empty pattern
	Terms     Kind = "terms"     // words, phrases and a regular expression
	JSON      Kind = "json"      // in braces
	Delimited Kind = "delimited" // in brackets
)

// Pattern is a parsed filter pattern. It is never changed and may be shared.
type Pattern struct {
	text      string
	kind      Kind
	expr      *predicate.Expr
	regexps   int
	selectors []selector        // JSON: those of the pattern, each once, in order
	layout    *predicate.Layout // Delimited
	names     []string          // Delimited: of the fields; "" if unnamed
}

// Kind is the form of the pattern.
func (p *Pattern) Kind() Kind { return p.kind }

// Expr is the condition the pattern sets; nil, which every message fulfils, for the empty pattern. It always compiles.
func (p *Pattern) Expr() *predicate.Expr { return p.expr }

// HasRegexp reports whether the pattern contains a regular expression. A log group may have five filters with such patterns.
func (p *Pattern) HasRegexp() bool { return p.regexps > 0 }

// String is the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Parse reads a filter pattern. The error is a *SyntaxError.
func Parse(text string) (*Pattern, error) {
	p := &parser{source: "filter pattern", text: text}
	if n := utf8.RuneCountInString(text); n > MaxLength {
		return nil, &SyntaxError{Source: p.source, Want: "at most " + strconv.Itoa(MaxLength) + " characters", Got: strconv.Itoa(n), Offset: MaxLength}
	}
	if !utf8.ValidString(text) {
		return nil, &SyntaxError{Source: p.source, Want: "UTF-8 text", Got: "other bytes"}
	}
	out := &Pattern{text: text}
	var err error
	p.space()
	switch {
	case p.at("{"):
		out.kind, out.expr, err = p.json()
	case p.at("["):
		out.kind, out.expr, err = p.delimited()
	default:
		out.kind, out.expr, err = p.terms()
	}
	if err != nil {
		return nil, err
	}
	out.regexps, out.selectors, out.layout, out.names = p.regexps, p.selectors, p.layout, p.names
	return out, nil
}
