package event

import "telltale/base/caller"

// FieldType tells how a field's value is printed.
type FieldType uint8

// The field types.
const (
	Text   FieldType = iota // JSON string of Str
	Number                  // JSON integer of Int
	Bool                    // JSON boolean: Int is 0 or 1
	JSON                    // Str holds a JSON value already
)

// Field is one field of an entry.
type Field struct {
	Name string
	Type FieldType
	Str  string
	Int  int64
}

// Writer collects the fields of one fact. A sink resets and reuses it. It may keep the texts: they are strings like any other, never memory that
// changes.
type Writer struct {
	Origin *caller.Origin
	// Capture is how the payloads of the origin's messages are shown; nil: not at all.
	Capture Capture
	fields  []Field
}

// Capture writes payloads in entries for somebody who asked for it.
type Capture interface {
	Payload(w *Writer, payload []byte)
}

// Reset empties w for a fact of o.
func (w *Writer) Reset(o *caller.Origin) {
	w.Origin, w.Capture, w.fields = o, nil, w.fields[:0]
}

// List is the fields written, in order.
func (w *Writer) List() []Field { return w.fields }

// Str writes a string field.
func (w *Writer) Str(name, v string) {
	w.fields = append(w.fields, Field{Name: name, Type: Text, Str: v})
}

// OptStr writes a string field unless it is empty.
func (w *Writer) OptStr(name, v string) {
	if v != "" {
		w.Str(name, v)
	}
}

// Int writes a number field.
func (w *Writer) Int(name string, v int64) {
	w.fields = append(w.fields, Field{Name: name, Type: Number, Int: v})
}

// Bool writes a boolean field.
func (w *Writer) Bool(name string, v bool) {
	f := Field{Name: name, Type: Bool}
	if v {
		f.Int = 1
	}
	w.fields = append(w.fields, f)
}

// JSON writes a field whose value is JSON text already.
func (w *Writer) JSON(name, v string) {
	w.fields = append(w.fields, Field{Name: name, Type: JSON, Str: v})
}

// Client writes clientId, principalId, sourceIp and sourcePort of the origin, leaving out what it does not have.
func (w *Writer) Client() {
	w.OptStr("clientId", w.Origin.ClientID)
	w.OptStr("principalId", w.Origin.PrincipalID)
	if w.Origin.SourceIP != "" {
		w.Str("sourceIp", w.Origin.SourceIP)
		w.Int("sourcePort", int64(w.Origin.SourcePort))
	}
}

// Payload writes the payload of a message, if that is asked for; nil: it is not known.
func (w *Writer) Payload(p []byte) {
	if w.Capture != nil && p != nil {
		w.Capture.Payload(w, p)
	}
}
