package shadowdoc

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// errDeep and errSyntax are why a text is no value for us.
var (
	errDeep   = errors.New("too many levels of nesting")
	errSyntax = errors.New("not JSON")
)

// parser reads JSON strictly by RFC 8259. Of members with the same name the last counts.
type parser struct {
	in     string
	at     int
	levels int // how many more objects and arrays may be opened inside each other
}

// parse reads one JSON value of at most so many levels of objects and arrays.
func parse(in string, levels int) (value, error) {
	p := parser{in: in, levels: levels}
	v, err := p.value()
	if err != nil {
		return value{}, err
	}
	if p.blank(); p.at != len(in) {
		return value{}, errSyntax
	}
	return v, nil
}

func (p *parser) blank() {
	for p.at < len(p.in) && (p.in[p.at] == ' ' || p.in[p.at] == '\n' || p.in[p.at] == '\t' || p.in[p.at] == '\r') {
		p.at++
	}
}

// next skips blanks and takes c if it is there.
func (p *parser) next(c byte) bool {
	p.blank()
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value() (value, error) {
	p.blank()
	if p.at == len(p.in) {
		return value{}, errSyntax
	}
	switch c := p.in[p.at]; {
	case c == '{':
		return p.nested(object, '}')
	case c == '[':
		return p.nested(array, ']')
	case c == '"':
		s, err := p.text()
		return value{kind: text, json: s}, err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if strings.HasPrefix(p.in[p.at:], word) {
			p.at += len(word)
			if word == "null" {
				return value{kind: null, json: word}, nil
			}
			return value{kind: boolean, json: word}, nil
		}
	}
	return value{}, errSyntax
}

// nested reads an object or an array.
func (p *parser) nested(kind kind, end byte) (value, error) {
	if p.levels == 0 {
		return value{}, errDeep
	}
	p.levels--
	p.at++
	v, sorted := value{kind: kind}, true
	for more := !p.next(end); more; more = !p.next(end) {
		if len(v.list) > 0 && !p.next(',') {
			return value{}, errSyntax
		}
		m, err := p.member(kind)
		if err != nil {
			return value{}, err
		}
		if n := len(v.list); n > 0 && v.list[n-1].name >= m.name {
			sorted = false
		}
		v.list = append(v.list, m)
	}
	if kind == object && !sorted {
		v.list = inOrder(v.list)
	}
	p.levels++
	return v, nil
}

func (p *parser) member(of kind) (m member, err error) {
	if of == object {
		if p.blank(); p.at == len(p.in) || p.in[p.at] != '"' {
			return m, errSyntax
		}
		if m.name, err = p.text(); err != nil {
			return m, err
		}
		if !p.next(':') {
			return m, errSyntax
		}
	}
	m.value, err = p.value()
	return m, err
}

// inOrder sorts members by name and keeps the last of each name.
func inOrder(list []member) []member {
	slices.SortStableFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
	kept := list[:0]
	for i, m := range list {
		if i+1 == len(list) || list[i+1].name != m.name {
			kept = append(kept, m)
		}
	}
	return kept
}

// text reads a string and returns it quoted, with the fewest possible escapes.
func (p *parser) text() (string, error) {
	start, escaped := p.at, false
	for p.at++; p.at < len(p.in); p.at++ {
		switch c := p.in[p.at]; {
		case c == '"':
			p.at++
			if s := p.in[start:p.at]; escaped {
				return plain(s)
			} else {
				return s, nil
			}
		case c == '\\':
			escaped = true
			p.at++
		case c < ' ':
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// unquote is the text of a string as the parser returns it; of nothing it is empty.
func unquote(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return strings.Trim(quoted, `"`)
	}
	var s string
	_ = json.Unmarshal([]byte(quoted), &s) // it was written by appendQuoted
	return s
}

// plain resolves the escapes of a quoted string that need none.
func plain(quoted string) (string, error) {
	var s string
	if json.Unmarshal([]byte(quoted), &s) != nil {
		return "", errSyntax
	}
	return string(appendQuoted(nil, s)), nil
}

// appendQuoted writes a string as JSON with the fewest possible escapes. Bytes that are not UTF-8 are replaced.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

func (p *parser) number() (value, error) {
	start := p.at
	if p.in[p.at] == '-' {
		p.at++
	}
	switch whole := p.digits(); {
	case whole == 0, whole > 1 && p.in[p.at-whole] == '0':
		return value{}, errSyntax
	}
	if p.at < len(p.in) && p.in[p.at] == '.' {
		p.at++
		if p.digits() == 0 {
			return value{}, errSyntax
		}
	}
	if p.at < len(p.in) && p.in[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.in) && (p.in[p.at] == '+' || p.in[p.at] == '-') {
			p.at++
		}
		if p.digits() == 0 {
			return value{}, errSyntax
		}
	}
	return value{kind: number, json: p.in[start:p.at]}, nil
}

// digits skips digits and counts them.
func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.in) && '0' <= p.in[p.at] && p.in[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}
