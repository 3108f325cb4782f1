package awsquery

import (
	"cmp"
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"telltale/lang/wire"
)

// Writer writes XML elements. It implements wire.Writer. The zero Writer is ready for use.
type Writer struct {
	text []byte
	name string // of the next element, inside a structure
	open []element
}

// element is a structure, list or map that is being written.
type element struct {
	close string // name of the element to close; empty for flat lists and maps
	item  string // name of the elements inside, for lists and maps; empty for structures
	entry string // of maps: name of the element around key and value
	key   string // of maps: name of the key's element
}

// Bytes is the text written so far.
func (w *Writer) Bytes() []byte { return w.text }

// Field names the next element.
func (w *Writer) Field(name string) { w.name = name }

// BeginStruct opens a structure.
func (w *Writer) BeginStruct() {
	name := w.next()
	w.raw("<", name, ">")
	w.open = append(w.open, element{close: name})
}

// EndStruct closes it.
func (w *Writer) EndStruct() { w.end() }

// BeginList opens a list; the items of a flat one stand in no element of their own.
func (w *Writer) BeginList(_ int, form wire.Form) {
	name := w.next()
	e := element{close: name, item: cmp.Or(form.ElemName, "member")}
	if form.Flat {
		e.close, e.item = "", name
	} else {
		w.raw("<", name, ">")
	}
	w.open = append(w.open, e)
}

// EndList closes it.
func (w *Writer) EndList() { w.end() }

// BeginMap opens a map.
func (w *Writer) BeginMap(_ int, form wire.Form) {
	name := w.next()
	e := element{close: name, item: cmp.Or(form.ElemName, "value"), entry: "entry", key: cmp.Or(form.KeyName, "key")}
	if form.Flat {
		e.close, e.entry = "", name
	} else {
		w.raw("<", name, ">")
	}
	w.open = append(w.open, e)
}

// Key opens an entry and writes its key.
func (w *Writer) Key(key string) {
	e := w.open[len(w.open)-1]
	w.raw("<", e.entry, ">")
	w.element(e.key, key)
}

// EndMap closes a map.
func (w *Writer) EndMap() { w.end() }

// Text writes a text.
func (w *Writer) Text(s string) {
	w.element(w.next(), s)
	w.done()
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) { w.Text(strconv.FormatBool(b)) }

// Int writes an integer.
func (w *Writer) Int(i int64) { w.Text(strconv.FormatInt(i, 10)) }

// Float writes a number, NaN, Infinity or -Infinity.
func (w *Writer) Float(f float64, bits int) {
	switch {
	case math.IsInf(f, 1):
		w.Text("Infinity")
	case math.IsInf(f, -1):
		w.Text("-Infinity")
	default:
		w.Text(strconv.FormatFloat(f, 'g', -1, bits))
	}
}

// Blob writes base64.
func (w *Writer) Blob(b []byte) { w.Text(base64.StdEncoding.EncodeToString(b)) }

// Time writes ISO 8601.
func (w *Writer) Time(t time.Time, _ bool) { w.Text(string(wire.AppendISO(nil, t))) }

// next is the name of the element to write: in lists and maps that of every item.
func (w *Writer) next() string {
	if len(w.open) > 0 {
		if e := w.open[len(w.open)-1]; e.item != "" {
			return e.item
		}
	}
	return w.name
}

func (w *Writer) end() {
	e := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	if e.close != "" {
		w.raw("</", e.close, ">")
	}
	w.done()
}

// done follows every value: in a map it ends the entry.
func (w *Writer) done() {
	if len(w.open) > 0 {
		if e := w.open[len(w.open)-1]; e.entry != "" {
			w.raw("</", e.entry, ">")
		}
	}
}

// namespace ends a root element's tag.
func (w *Writer) namespace(s *wire.Service) {
	if s != nil && s.XMLNamespace != "" {
		w.raw(` xmlns="`, s.XMLNamespace, `"`)
	}
	w.raw(">")
}

func (w *Writer) members(e *wire.Error) {
	for _, name := range slices.Sorted(maps.Keys(e.Members)) {
		w.Field(name)
		wire.WriteAny(w, e.Members[name])
	}
}

func (w *Writer) element(name, text string) {
	w.raw("<", name, ">")
	w.text = appendText(w.text, text)
	w.raw("</", name, ">")
}

func (w *Writer) raw(parts ...string) {
	for _, part := range parts {
		w.text = append(w.text, part...)
	}
}
