package rpccbor

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"telltale/lang/wire"
)

func ExampleWriter() {
	var w Writer
	w.BeginStruct()
	w.Field("qos")
	w.Int(1)
	w.EndStruct()
	fmt.Printf("%x\n", w.Bytes())
	// Output: bf63716f7301ff
}

func TestScalars(t *testing.T) {
	f := func(data string, read func(*Reader) any, want any) {
		t.Helper()
		b, err := hex.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(b)
		got := read(r)
		if err := r.Close(); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", data, got, err, want)
		}
	}
	// Values of RFC 8949, appendix A.
	asInt := func(r *Reader) any { return r.Int(64) }
	f("00", asInt, int64(0))
	f("1864", asInt, int64(100))
	f("1b000000e8d4a51000", asInt, int64(1000000000000))
	f("3903e7", asInt, int64(-1000))
	f("f94000", asInt, int64(2))
	asFloat := func(r *Reader) any { return r.Float() }
	f("f93c00", asFloat, 1.0)
	f("f97bff", asFloat, 65504.0)
	f("f90001", asFloat, 5.960464477539063e-8)
	f("fa47c35000", asFloat, 100000.0)
	f("fbc010666666666666", asFloat, -4.1)
	f("f9fc00", asFloat, math.Inf(-1))
	f("20", asFloat, -1.0)
	asText := func(r *Reader) any { return r.Text() }
	f("6449455446", asText, "IETF")
	f("7f657374726561646d696e67ff", asText, "streaming")
	f("60", asText, "")
	f("5f42010243030405ff", func(r *Reader) any { return string(r.Blob()) }, "\x01\x02\x03\x04\x05")
	f("f5", func(r *Reader) any { return r.Bool() }, true)
	asTime := func(r *Reader) any { return r.Time() }
	f("c11a514b67b0", asTime, time.Unix(1363896240, 0).UTC())
	f("c1fb41d452d9ec200000", asTime, time.UnixMilli(1363896240500).UTC())
	f("1a514b67b0", asTime, time.Unix(1363896240, 0).UTC())
	f("f6", func(r *Reader) any { return r.Null() }, true)
	f("bf61610161629f0203ffff", func(r *Reader) any { r.Skip(); return nil }, nil)
	f("c11a514b67b0", func(r *Reader) any { r.Skip(); return nil }, nil)
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	f := func(data string, read func(*Reader), want string) {
		t.Helper()
		b, err := hex.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(b)
		read(r)
		if err := r.Close(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", data, err, want)
		}
	}
	skip := func(r *Reader) { r.Skip() }
	f("", skip, "ends at byte 0 in the middle of a value")
	f("62", skip, "ends at byte 1, 2 bytes too early")
	f("ff", skip, "has the byte 0xff at byte 0")
	f("0000", skip, "must end at byte 1, but has 1 bytes more")
	f("9bffffffffffffffff", skip, "more than there are bytes")
	f("bbffffffffffffffff", skip, "more than there are bytes")
	f("7bffffffffffffffff", skip, "bytes too early")
	f("7f4101ff", skip, "must have a chunk of text")
	f("c1c1c1c1c1c1c1c1c100", skip, "more than 8 tags")
	f("1a80000000", func(r *Reader) { r.Int(32) }, "must be an integer of 32 bits")
	f("f93e00", func(r *Reader) { r.Int(32) }, "must be an integer of 32 bits")
	f("01", func(r *Reader) { r.Text() }, "must have text before byte 1, but has an integer")
	f("f97e00", func(r *Reader) { r.Time() }, "must be in the years 1 to 9999")
	f("a10102", func(r *Reader) { r.BeginStruct(); r.Field() }, "must have text")
	f(strings.Repeat("81", 200), skip, "deeper than the 100 levels")
}

func TestWriterReadsBack(t *testing.T) {
	at := time.UnixMilli(1763600000250).UTC()
	var w Writer
	w.BeginStruct()
	w.Field("list")
	w.BeginList(3, wire.Form{})
	w.Int(-70000)
	w.Int(1 << 40)
	w.Float(1.5, 32)
	w.EndList()
	w.Field("map")
	w.BeginMap(1, wire.Form{})
	w.Key("k")
	w.Blob([]byte{1})
	w.EndMap()
	w.Field("time")
	w.Time(at, false)
	w.EndStruct()
	r := NewReader(w.Bytes())
	r.BeginStruct()
	r.Field()
	r.BeginList(wire.Form{})
	if !r.More() || r.Int(32) != -70000 || !r.More() || r.Int(64) != 1<<40 || !r.More() || r.Float() != 1.5 || r.More() {
		t.Errorf("the list does not read back: %x: %v", w.Bytes(), r.Err())
	}
	r.Field()
	r.Skip()
	r.Field()
	if got := r.Time(); got != at {
		t.Errorf("time: got %v, want %v", got, at)
	}
	if _, more := r.Field(); more || r.Close() != nil {
		t.Errorf("the end does not read back: %x: %v", w.Bytes(), r.Err())
	}
}

// FuzzReader holds that what the SDK's decoder takes we take as well, and that nothing makes us panic.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"bf616101ff", "9f0203ff", "c11a514b67b0", "f97e00", "5f4101ff", "a161617f6161ff", "8181818100", "bbffffffffffffffff"} {
		b, _ := hex.DecodeString(seed)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data)
		r.Skip()
		err := r.Close()
		if _, theirs := cbor.Decode(data); theirs == nil && err != nil && !lenient(err) {
			t.Fatalf("%x: smithy-go reads it, we say: %v", data, err)
		}
	})
}

// lenient names what smithy-go lets pass and we do not.
func lenient(err error) bool {
	for _, part := range []string{"must end at byte", "more than 8 tags", "deeper than", "where no value begins", "more than there are bytes"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}
