package rulesql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader turns JSON text into values. [RFC8259] What is not complete yet is a member of slab.openMembers, also an item of an Array, whose
// name is empty: methods fill the member with the index they get, for the list moves as it grows.
type reader struct {
	*slab
	version Version
	source  string
	pos     int
	depth   int
	problem string
}

// readJSON reads a whole text. The error names the byte where it stops being JSON.
func (s *slab) readJSON(source string, version Version) (value, error) {
	if len(source) > MaxPayload {
		return value{}, fmt.Errorf("it has %d bytes; at most %d are read as JSON", len(source), MaxPayload)
	}
	r := reader{slab: s, version: version, source: source}
	root := r.open()
	ok := r.value(root)
	if ok {
		if r.blank(); r.pos < len(source) {
			ok = r.expect("the end of the text")
		}
	}
	if ok && !utf8.ValidString(source) {
		ok = r.fail("the text is not UTF-8")
	}
	v := s.openMembers[root].value
	s.openMembers = s.openMembers[:root]
	if !ok {
		return value{}, fmt.Errorf("byte %d: %s", r.pos+1, r.problem)
	}
	return v, nil
}

// open adds a member and returns its index.
func (r *reader) open() int {
	r.openMembers = append(r.openMembers, member{})
	return len(r.openMembers) - 1
}

func (r *reader) blank() {
	for r.pos < len(r.source) && r.source[r.pos] <= ' ' && isBlank(r.source[r.pos]) {
		r.pos++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// peek is the next byte after blanks, or 0.
func (r *reader) peek() byte {
	r.blank()
	if r.pos == len(r.source) {
		return 0
	}
	return r.source[r.pos]
}

func (r *reader) fail(problem string) bool {
	r.problem = problem
	return false
}

func (r *reader) expect(what string) bool {
	if r.pos == len(r.source) {
		return r.fail("expected " + what + ", found the end")
	}
	c, _ := utf8.DecodeRuneInString(r.source[r.pos:])
	return r.fail("expected " + what + ", found " + strconv.QuoteRune(c))
}

// value reads a value, with the blanks before it, into a member.
func (r *reader) value(i int) bool {
	c := r.peek()
	switch {
	case c == '"':
		s, ok := r.text()
		v := &r.openMembers[i].value
		v.kind, v.text = text, s
		return ok
	case c == '-' || isDigit(c):
		return r.number(&r.openMembers[i].value)
	case c == '{':
		return r.object(i)
	case c == '[':
		return r.array(i)
	case c == 't':
		r.openMembers[i].value = boolOf(true)
		return r.word("true")
	case c == 'f':
		r.openMembers[i].value = boolOf(false)
		return r.word("false")
	case c == 'n':
		r.openMembers[i].value.kind = null
		return r.word("null")
	}
	return r.expect("a value")
}

func (r *reader) word(word string) bool {
	if !strings.HasPrefix(r.source[r.pos:], word) {
		return r.expect("a value")
	}
	r.pos += len(word)
	return true
}

// number reads a number. Those that nearly all messages have, with few digits and no exponent, are read here.
func (r *reader) number(v *value) bool {
	rest := r.source[r.pos:]
	first := 0
	if rest[0] == '-' {
		first = 1
	}
	i, point, coef := first, 0, int64(0)
	for ; i < len(rest); i++ {
		if c := rest[i]; isDigit(c) {
			coef = coef*10 + int64(c-'0')
		} else if c == '.' && point == 0 && i > first {
			point = i + 1
		} else {
			break
		}
	}
	zero := i > first+1 && rest[first] == '0' && point != first+2
	exponent := i < len(rest) && rest[i]|0x20 == 'e'
	if zero || exponent || i == first || i == point || i-first > 18 || point > 0 && rest[i-1] == '0' {
		return r.rareNumber(v, r.pos+first)
	}
	if first > 0 {
		coef = -coef
	}
	r.pos += i
	if v.kind, v.coef = integer, coef; point > 0 {
		v.kind, v.exp = decimal, int32(point-i)
	}
	return true
}

func (r *reader) rareNumber(v *value, first int) bool {
	if first+1 < len(r.source) && r.source[first] == '0' && isDigit(r.source[first+1]) {
		return r.fail("a number begins with a needless zero")
	}
	n, plain, end, ok := readNumber(r.source, r.pos)
	if !ok {
		return r.fail("a number is malformed or out of range")
	}
	r.pos = end
	if plain {
		*v = intOf(n)
	} else {
		*v = r.version.decimalOf(n)
	}
	return true
}

// enter opens an Array or Object; leave closes it.
func (r *reader) enter() bool {
	if r.depth++; r.depth > maxNesting {
		return r.fail("arrays and objects are nested more than " + strconv.Itoa(maxNesting) + " deep")
	}
	r.pos++
	return true
}

func (r *reader) leave() {
	r.pos++
	r.depth--
}

func (r *reader) array(at int) bool {
	if !r.enter() {
		return false
	}
	base := len(r.openMembers)
	for c := r.peek(); c != ']'; {
		if !r.value(r.open()) {
			return false
		}
		if c = r.peek(); c == ',' {
			r.pos++
			c = 0 // Another item must follow.
		} else if c != ']' {
			return r.expect("a comma or ]")
		}
	}
	r.leave()
	items := len(r.openItems)
	for i := range r.openMembers[base:] {
		r.openItems = append(r.openItems, r.openMembers[base+i].value)
	}
	r.openMembers = r.openMembers[:base]
	r.openMembers[at].value = r.slab.array(items)
	return true
}

func (r *reader) object(at int) bool {
	if !r.enter() {
		return false
	}
	base := len(r.openMembers)
	for c := r.peek(); c != '}'; {
		if r.peek() != '"' {
			return r.expect("a name in double quotes")
		}
		name, ok := r.text()
		if !ok {
			return false
		}
		if r.peek() != ':' {
			return r.expect("a colon")
		}
		r.pos++
		i := r.open()
		r.openMembers[i].name = name
		if !r.value(i) {
			return false
		}
		if c = r.peek(); c == ',' {
			r.pos++
			c = 0 // Another member must follow.
		} else if c != '}' {
			return r.expect("a comma or }")
		}
	}
	r.leave()
	r.openMembers[at].value = r.slab.object(base)
	return true
}
