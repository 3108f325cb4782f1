// Package jsontext keeps the JSON reader and writer of the AWS protocols that spell bodies in JSON. It follows RFC 8259 and accepts
// what encoding/json accepts, reading straight into typed values.
package jsontext

import (
	"fmt"
	"time"
	"unicode/utf8"

	"telltale/lang/wire"
)

// Reader reads one JSON text. It implements wire.Reader.
type Reader struct {
	text  []byte
	pos   int
	depth int
	first bool // the innermost object or array has had no item yet
	err   error
}

// NewReader reads from text, which must not change meanwhile.
func NewReader(text []byte) *Reader { return &Reader{text: text} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Close reports the first error, or text that follows the value.
func (r *Reader) Close() error {
	if r.peek() != 0 && r.err == nil {
		r.fail("nothing more")
	}
	return r.err
}

// Null reports whether the next value is null, and skips it.
func (r *Reader) Null() bool {
	if r.peek() != 'n' {
		return false
	}
	return r.word("null")
}

// BeginStruct enters an object.
func (r *Reader) BeginStruct() { r.begin('{', "an object") }

// BeginMap enters an object.
func (r *Reader) BeginMap(wire.Form) { r.begin('{', "an object") }

// BeginList enters an array.
func (r *Reader) BeginList(wire.Form) { r.begin('[', "an array") }

// Field reads the next name of an object.
func (r *Reader) Field() (string, bool) {
	if !r.next('}') {
		return "", false
	}
	if r.peek() != '"' {
		r.fail("a name in quotes")
		return "", false
	}
	name := r.quoted()
	if r.peek() != ':' {
		r.fail("a colon")
		return "", false
	}
	r.pos++
	return name, r.err == nil
}

// Key reads the next name of an object.
func (r *Reader) Key() (string, bool) { return r.Field() }

// More reports whether the array has another item.
func (r *Reader) More() bool { return r.next(']') }

// Text reads a string.
func (r *Reader) Text() string {
	if r.peek() != '"' {
		r.fail("a string")
		return ""
	}
	return r.quoted()
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	switch r.peek() {
	case 't':
		return r.word("true")
	case 'f':
		r.word("false")
	default:
		r.fail("true or false")
	}
	return false
}

// Int reads an integer.
func (r *Reader) Int(bits int) int64 {
	token := r.number("an integer")
	if r.err != nil {
		return 0
	}
	i, err := wire.ParseInt(token, bits)
	r.note(err)
	return i
}

// Float reads a number, or NaN, Infinity or -Infinity as a string.
func (r *Reader) Float() float64 {
	var token string
	if r.peek() == '"' {
		token = r.quoted()
	} else {
		token = r.number("a number")
	}
	if r.err != nil {
		return 0
	}
	f, err := wire.ParseFloat(token)
	r.note(err)
	return f
}

// Blob reads base64 in a string.
func (r *Reader) Blob() []byte {
	text := r.Text()
	if r.err != nil {
		return nil
	}
	b, err := wire.ParseBlob(text)
	r.note(err)
	return b
}

// Time reads epoch seconds, or ISO 8601 in a string.
func (r *Reader) Time() time.Time {
	var token string
	if r.peek() == '"' {
		token = r.quoted()
	} else {
		token = r.number("a timestamp")
	}
	if r.err != nil {
		return time.Time{}
	}
	t, err := wire.ParseTime(token)
	r.note(err)
	return t
}

// Skip reads any value.
func (r *Reader) Skip() {
	switch c := r.peek(); c {
	case '{':
		r.BeginStruct()
		for _, ok := r.Field(); ok; _, ok = r.Field() {
			r.Skip()
		}
	case '[':
		r.BeginList(wire.Form{})
		for r.More() {
			r.Skip()
		}
	case '"':
		r.quoted()
	case 't', 'f':
		r.Bool()
	case 'n':
		r.Null()
	default:
		r.number("a value")
	}
}

func (r *Reader) begin(open byte, what string) {
	if r.peek() != open {
		r.fail(what)
		return
	}
	if r.depth++; r.depth > wire.MaxDepth {
		r.note(fmt.Errorf("the JSON is nested deeper than the %d levels allowed", wire.MaxDepth))
		return
	}
	r.pos++
	r.first = true
}

// next moves to the next item of the innermost object or array, or past its end.
func (r *Reader) next(end byte) bool {
	c := r.peek()
	if r.err != nil {
		return false
	}
	first := r.first
	r.first = false
	switch {
	case c == end:
		r.pos++
		r.depth--
		return false
	case first:
		return true
	case c == ',':
		r.pos++
		return true
	}
	r.fail(fmt.Sprintf("a comma or %q", end))
	return false
}

// peek gives the next character that is not white space, or 0 at the end and after an error.
func (r *Reader) peek() byte {
	if r.err != nil {
		return 0
	}
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		case 0:
			r.fail("a value")
			return 0
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) word(w string) bool {
	if len(r.text)-r.pos < len(w) || string(r.text[r.pos:r.pos+len(w)]) != w {
		r.fail(w)
		return false
	}
	r.pos += len(w)
	return true
}

// fail notes what stands here instead of what should.
func (r *Reader) fail(want string) {
	if r.err != nil {
		return
	}
	found := "the end"
	if r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '{':
			found = "an object"
		case c == '[':
			found = "an array"
		case c == '"':
			found = "a string"
		case c == '-' || c >= '0' && c <= '9':
			found = "a number"
		default:
			char, _ := utf8.DecodeRune(r.text[r.pos:])
			found = fmt.Sprintf("%q", char)
		}
	}
	r.err = fmt.Errorf("the JSON must have %s at byte %d, but has %s", want, r.pos, found)
}

func (r *Reader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}
