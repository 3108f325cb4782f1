package jsontext

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"telltale/lang/wire"
)

// Writer writes one JSON text. It implements wire.Writer. The zero Writer is ready for use.
type Writer struct {
	text  []byte
	comma bool // an item stands before
}

// Bytes is the text written so far.
func (w *Writer) Bytes() []byte { return w.text }

// BeginStruct opens an object.
func (w *Writer) BeginStruct() { w.begin('{') }

// EndStruct closes an object.
func (w *Writer) EndStruct() { w.end('}') }

// BeginMap opens an object.
func (w *Writer) BeginMap(int, wire.Form) { w.begin('{') }

// EndMap closes an object.
func (w *Writer) EndMap() { w.end('}') }

// BeginList opens an array.
func (w *Writer) BeginList(int, wire.Form) { w.begin('[') }

// EndList closes an array.
func (w *Writer) EndList() { w.end(']') }

// Field writes a name of an object.
func (w *Writer) Field(name string) {
	w.item()
	w.text = append(appendString(w.text, name), ':')
	w.comma = false
}

// Key writes a name of an object.
func (w *Writer) Key(key string) { w.Field(key) }

// Text writes a string.
func (w *Writer) Text(s string) {
	w.item()
	w.text = appendString(w.text, s)
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) {
	w.item()
	w.text = strconv.AppendBool(w.text, b)
}

// Int writes an integer.
func (w *Writer) Int(i int64) {
	w.item()
	w.text = strconv.AppendInt(w.text, i, 10)
}

// Float writes a number in as few digits as tell it apart, with a fraction even if that is zero, and what is not a number as a string.
func (w *Writer) Float(f float64, bits int) {
	w.item()
	switch {
	case math.IsNaN(f):
		w.text = append(w.text, `"NaN"`...)
	case math.IsInf(f, 1):
		w.text = append(w.text, `"Infinity"`...)
	case math.IsInf(f, -1):
		w.text = append(w.text, `"-Infinity"`...)
	default:
		form := byte('f')
		if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			form = 'e'
		}
		start := len(w.text)
		w.text = strconv.AppendFloat(w.text, f, form, -1, bits)
		if form == 'f' && !bytes.ContainsRune(w.text[start:], '.') {
			w.text = append(w.text, ".0"...) // as AWS does, so that untyped clients see a float
		}
	}
}

// Blob writes base64 in a string.
func (w *Writer) Blob(b []byte) {
	w.item()
	w.text = append(w.text, '"')
	w.text = base64.StdEncoding.AppendEncode(w.text, b)
	w.text = append(w.text, '"')
}

// Time writes epoch seconds, or ISO 8601 in a string.
func (w *Writer) Time(t time.Time, iso bool) {
	w.item()
	if !iso {
		w.text = wire.AppendEpoch(w.text, t)
		return
	}
	w.text = append(w.text, '"')
	w.text = append(wire.AppendISO(w.text, t), '"')
}

func (w *Writer) begin(open byte) {
	w.item()
	w.text = append(w.text, open)
	w.comma = false
}

func (w *Writer) end(closing byte) {
	w.text = append(w.text, closing)
	w.comma = true
}

func (w *Writer) item() {
	if w.comma {
		w.text = append(w.text, ',')
	}
	w.comma = true
}

const hexDigits = "0123456789abcdef"

// appendString quotes s; what is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			char, size := utf8.DecodeRuneInString(s[i:])
			if char != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, "\uFFFD"...)
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
