package awsquery

import (
	"cmp"
	"fmt"
	"time"

	"telltale/lang/wire"
)

// Reader reads the parameters of a form as one structure. It implements wire.Reader.
type Reader struct {
	at   *node // the value that is read next
	open []frame
	err  error
}

// frame is a structure, list or map that is being read.
type frame struct {
	items      []*node
	next       int
	key, value string // of maps: names of the two halves of an entry
}

// NewReader reads from a form.
func NewReader(form string) *Reader {
	root, err := parseForm(form)
	if err != nil {
		root = &node{}
	}
	return &Reader{at: root, err: err}
}

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Null is always false: a form has no null.
func (r *Reader) Null() bool { return false }

// BeginStruct enters a structure: its members are the parts that follow a dot.
func (r *Reader) BeginStruct() {
	if r.at.text != "" {
		r.fail("the parameter %s is %.40q, but must be a structure with members", r.at.name, r.at.text)
	}
	r.push(frame{items: r.at.children})
}

// Field moves to the next member.
func (r *Reader) Field() (string, bool) {
	f := r.step()
	if f == nil {
		return "", false
	}
	return r.at.name, true
}

// BeginList enters a list: Name.member.1, or Name.1 if the list is flat. An empty text is an empty list.
func (r *Reader) BeginList(form wire.Form) {
	items := r.at
	if !form.Flat {
		if inner := r.at.find(cmp.Or(form.ElemName, "member")); inner != nil {
			items = inner
		}
	}
	if r.at.text != "" {
		r.fail("the parameter %s is %.40q, but must be a list: %s.member.1 and so on", r.at.name, r.at.text, r.at.name)
	}
	r.push(frame{items: items.numbered()})
}

// More moves to the next item.
func (r *Reader) More() bool { return r.step() != nil }

// BeginMap enters a map: Name.entry.1.key and Name.entry.1.value, without "entry" if the map is flat.
func (r *Reader) BeginMap(form wire.Form) {
	items := r.at
	if !form.Flat {
		if inner := r.at.find("entry"); inner != nil {
			items = inner
		}
	}
	if r.at.text != "" {
		r.fail("the parameter %s is %.40q, but must be a map: %s.entry.1.key and so on", r.at.name, r.at.text, r.at.name)
	}
	r.push(frame{items: items.numbered(), key: cmp.Or(form.KeyName, "key"), value: cmp.Or(form.ElemName, "value")})
}

// Key moves to the next entry.
func (r *Reader) Key() (string, bool) {
	f := r.step()
	if f == nil {
		return "", false
	}
	key, value := r.at.find(f.key), r.at.find(f.value)
	if key == nil || value == nil {
		r.fail("entry %s of a map must have a %s and a %s", r.at.name, f.key, f.value)
		return "", false
	}
	r.at = value
	return key.text, true
}

// Text reads a text.
func (r *Reader) Text() string {
	if !r.at.given {
		r.fail("the parameter %s has members, but must be a text", r.at.name)
	}
	return r.at.text
}

// Bool reads true or false.
func (r *Reader) Bool() bool { return scalar(r, wire.ParseBool) }

// Int reads an integer.
func (r *Reader) Int(bits int) int64 {
	return scalar(r, func(text string) (int64, error) { return wire.ParseInt(text, bits) })
}

// Float reads a number.
func (r *Reader) Float() float64 { return scalar(r, wire.ParseFloat) }

// Blob reads base64.
func (r *Reader) Blob() []byte { return scalar(r, wire.ParseBlob) }

// Time reads ISO 8601.
func (r *Reader) Time() time.Time { return scalar(r, wire.ParseTime) }

// Skip forgets the value; it needs no reading.
func (r *Reader) Skip() {}

func scalar[T any](r *Reader, parse func(string) (T, error)) T {
	text := r.Text()
	var zero T
	if r.err != nil {
		return zero
	}
	value, err := parse(text)
	if err != nil {
		r.fail("parameter %s: %w", r.at.name, err)
		return zero
	}
	return value
}

func (r *Reader) push(f frame) {
	if len(r.open) >= wire.MaxDepth {
		r.fail("the parameters are nested deeper than the %d levels allowed", wire.MaxDepth)
		return
	}
	r.open = append(r.open, f)
}

// step moves to the next item of the innermost frame, or leaves it and gives nil.
func (r *Reader) step() *frame {
	if r.err != nil || len(r.open) == 0 {
		return nil
	}
	f := &r.open[len(r.open)-1]
	if f.next == len(f.items) {
		r.open = r.open[:len(r.open)-1]
		return nil
	}
	r.at = f.items[f.next]
	f.next++
	return f
}

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}
