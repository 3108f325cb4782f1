package jsontext

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/lang/wire"
)

func ExampleReader() {
	r := NewReader([]byte(`{"thingName": "lamp", "attributes": {"floor": "2"}}`))
	r.BeginStruct()
	for name, ok := r.Field(); ok; name, ok = r.Field() {
		if name == "thingName" {
			fmt.Println(r.Text())
		} else {
			r.Skip()
		}
	}
	fmt.Println(r.Close())
	// Output:
	// lamp
	// <nil>
}

func TestScalars(t *testing.T) {
	f := func(text string, read func(*Reader) any, want any) {
		t.Helper()
		r := NewReader([]byte(text))
		got := read(r)
		if err := r.Close(); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	asText := func(r *Reader) any { return r.Text() }
	f(`"a"`, asText, "a")
	f(` "\u00e9\n\"\\\/" `, asText, "é\n\"\\/")
	f(`"\ud83d\ude00"`, asText, "😀")
	f(`"\ud83d"`, asText, "\uFFFD")
	f(`"\ud83dx"`, asText, "\uFFFDx")
	f("\"\xff\"", asText, "\uFFFD")
	f("\"\x84\x84\\n\"", asText, "\uFFFD\uFFFD\n")
	f(`true`, func(r *Reader) any { return r.Bool() }, true)
	f(`false`, func(r *Reader) any { return r.Bool() }, false)
	asInt := func(r *Reader) any { return r.Int(64) }
	f(`-9223372036854775808`, asInt, int64(-9223372036854775808))
	f(`1e3`, asInt, int64(1000))
	f(`3.0`, asInt, int64(3))
	asFloat := func(r *Reader) any { return r.Float() }
	f(`1.5e-3`, asFloat, 0.0015)
	f(`"-Infinity"`, func(r *Reader) any { return fmt.Sprint(r.Float()) }, "-Inf")
	f(`"AAE="`, func(r *Reader) any { return string(r.Blob()) }, "\x00\x01")
	asTime := func(r *Reader) any { return r.Time() }
	f(`1763600000.25`, asTime, time.UnixMilli(1763600000250).UTC())
	f(`"2025-11-20T00:53:20Z"`, asTime, time.Unix(1763600000, 0).UTC())
	f(`null`, func(r *Reader) any { return r.Null() }, true)
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	f := func(text string, read func(*Reader), want string) {
		t.Helper()
		r := NewReader([]byte(text))
		read(r)
		if err := r.Close(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", text, err, want)
		}
	}
	skip := func(r *Reader) { r.Skip() }
	f(`5`, func(r *Reader) { r.Text() }, "must have a string at byte 0, but has a number")
	f(`"5"`, func(r *Reader) { r.Int(32) }, "must have an integer at byte 0, but has a string")
	f(`2147483648`, func(r *Reader) { r.Int(32) }, "must be an integer of 32 bits")
	f(`1.5`, func(r *Reader) { r.Int(32) }, "must be an integer of 32 bits")
	f(`1e400`, func(r *Reader) { r.Float() }, "must be a number")
	f(`"%"`, func(r *Reader) { r.Blob() }, "must be base64")
	f(`[]`, func(r *Reader) { r.BeginStruct() }, "must have an object at byte 0, but has an array")
	f(``, skip, "must have a value at byte 0, but has the end")
	f(`{"a":1,}`, skip, "must have a name in quotes at byte 7")
	f(`[1 2]`, skip, `must have a comma or ']' at byte 3, but has a number`)
	f(`{} x`, skip, "must have nothing more at byte 3")
	f(`"abc`, skip, "a closing quote at byte 4, but has the end")
	f("\"\n\"", skip, "control character 0xa")
	f(`"\x"`, skip, "has an escape at byte 1")
	f(`01`, skip, "nothing more at byte 1")
	f(strings.Repeat("[", 200), skip, "deeper than the 100 levels")
}

func TestDepthAllowed(t *testing.T) {
	text := strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth)
	r := NewReader([]byte(text))
	r.Skip()
	if err := r.Close(); err != nil {
		t.Errorf("%d levels: %v", wire.MaxDepth, err)
	}
}

// FuzzReader holds Skip against encoding/json, and strings against what it makes of them.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,null,true,"x\u00e9\ud83d\ude00"],"b":{}}`, `[1,]`, `-`, `-0.0E+1`, `"\ud800"`, `nul`, "\x00", `{"a":1 "b":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(text)
		r.Skip()
		err := r.Close()
		if deep := strings.Count(string(text), "[")+strings.Count(string(text), "{") > wire.MaxDepth; deep {
			return
		}
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: our error is %v, but json.Valid says %v", text, err, json.Valid(text))
		}
		var want string
		if json.Unmarshal(text, &want) != nil || string(text) == "null" {
			return
		}
		r = NewReader(text)
		if r.Null() {
			return
		}
		if got := r.Text(); got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
	})
}
