package filterpattern

import (
	"strings"

	"telltale/lang/predicate"
)

// value reads what a comparison compares with: a number, a word, a quoted text or a regular expression. Words and quoted texts may
// contain *, which stands for any text. Words are numbers if they read as such; quoted texts never are.
func (p *parser) value(operator string, op predicate.Op) (predicate.Value, error) {
	start := p.pos
	v, err := p.anyValue()
	if err != nil {
		return v, err
	}
	ordering := op != predicate.OpEqual && op != predicate.OpNotEqual
	switch {
	case ordering && v.Kind != predicate.KindNumber && p.pos > start:
		return v, p.errorAt(start, `a number after "`+operator+`"`, `"`+strings.Trim(p.text[start:p.pos], `"`)+`"`)
	case ordering && v.Kind != predicate.KindNumber:
		return v, p.expected(`a number after "%s"`, operator)
	case p.pos == start:
		return v, p.expected(`a value after "%s"`, operator)
	}
	return v, nil
}

// anyValue reads a value of any kind, or nothing.
func (p *parser) anyValue() (predicate.Value, error) {
	switch {
	case p.at(`"`):
		text, err := p.quoted()
		return textValue(text), err
	case p.at("%"):
		text, err := p.regexp(MaxRegexps)
		return predicate.Value{Kind: predicate.KindRegexp, Text: text}, err
	}
	word := p.run(func(r rune) bool { return r == '*' || wordRune(r) })
	if predicate.IsNumber(word) {
		return predicate.Value{Kind: predicate.KindNumber, Text: word}, nil
	}
	return textValue(word), nil
}

func textValue(text string) predicate.Value {
	if strings.Contains(text, "*") {
		return predicate.Value{Kind: predicate.KindGlob, Text: text}
	}
	return predicate.Value{Kind: predicate.KindText, Text: text}
}

// quoted reads a text between quotation marks. Inside, \" is a quotation mark and \\ a backslash; any other backslash is itself.
func (p *parser) quoted() (string, error) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		c := p.text[i]
		if c == '"' {
			p.pos = i + 1
			return b.String(), nil
		}
		if c == '\\' && i+1 < len(p.text) && (p.text[i+1] == '"' || p.text[i+1] == '\\') {
			i++
			c = p.text[i]
		}
		b.WriteByte(c)
	}
	return "", p.errorAt(len(p.text), "a closing quotation mark", "the end")
}
