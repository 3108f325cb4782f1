package rpccbor

import (
	"encoding/binary"
	"math"
	"time"

	"telltale/lang/wire"
)

// Writer writes one CBOR value. It implements wire.Writer. The zero Writer is ready for use.
type Writer struct{ data []byte }

// Bytes is the data written so far.
func (w *Writer) Bytes() []byte { return w.data }

// BeginStruct opens a map of unknown length: absent members are not counted first.
func (w *Writer) BeginStruct() { w.data = append(w.data, majorMap<<5|indefinite) }

// EndStruct closes it.
func (w *Writer) EndStruct() { w.data = append(w.data, breakByte) }

// Field writes a key.
func (w *Writer) Field(name string) { w.Text(name) }

// BeginList opens a list of n items.
func (w *Writer) BeginList(n int, _ wire.Form) { w.head(majorList, uint64(n)) }

// EndList ends it.
func (w *Writer) EndList() {}

// BeginMap opens a map of n keys.
func (w *Writer) BeginMap(n int, _ wire.Form) { w.head(majorMap, uint64(n)) }

// Key writes a key.
func (w *Writer) Key(key string) { w.Text(key) }

// EndMap ends it.
func (w *Writer) EndMap() {}

// Text writes a text string.
func (w *Writer) Text(s string) {
	w.head(majorText, uint64(len(s)))
	w.data = append(w.data, s...)
}

// Blob writes a byte string.
func (w *Writer) Blob(b []byte) {
	w.head(majorBytes, uint64(len(b)))
	w.data = append(w.data, b...)
}

// Bool writes a boolean.
func (w *Writer) Bool(b bool) {
	value := byte(simpleFalse)
	if b {
		value = simpleTrue
	}
	w.data = append(w.data, majorSimple<<5|value)
}

// Int writes an integer in as few bytes as hold it.
func (w *Writer) Int(i int64) {
	if i < 0 {
		w.head(majorNegative, uint64(-1-i))
		return
	}
	w.head(majorUint, uint64(i))
}

// Float writes a single or a double.
func (w *Writer) Float(f float64, bits int) {
	if bits == 32 {
		w.data = append(w.data, majorSimple<<5|simpleSingle)
		w.data = binary.BigEndian.AppendUint32(w.data, math.Float32bits(float32(f)))
		return
	}
	w.data = append(w.data, majorSimple<<5|simpleDouble)
	w.data = binary.BigEndian.AppendUint64(w.data, math.Float64bits(f))
}

// Time writes tag 1 and epoch seconds to the millisecond.
func (w *Writer) Time(t time.Time, _ bool) {
	w.head(majorTag, tagEpoch)
	w.Float(float64(t.UnixMilli())/1000, 64)
}

func (w *Writer) head(major byte, arg uint64) {
	major <<= 5
	switch {
	case arg < 24:
		w.data = append(w.data, major|byte(arg))
	case arg <= math.MaxUint8:
		w.data = append(w.data, major|24, byte(arg))
	case arg <= math.MaxUint16:
		w.data = binary.BigEndian.AppendUint16(append(w.data, major|25), uint16(arg))
	case arg <= math.MaxUint32:
		w.data = binary.BigEndian.AppendUint32(append(w.data, major|26), uint32(arg))
	default:
		w.data = binary.BigEndian.AppendUint64(append(w.data, major|27), arg)
	}
}
