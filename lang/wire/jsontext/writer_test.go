package jsontext

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"telltale/lang/wire"
)

func TestWriter(t *testing.T) {
	var w Writer
	w.BeginStruct()
	w.Field("text")
	w.Text("a\"\\\n\r\t\x01é\xff<>")
	w.Field("list")
	w.BeginList(3, wire.Form{})
	w.Int(-5)
	w.Bool(true)
	w.Float(1e-7, 64)
	w.EndList()
	w.Field("empty")
	w.BeginMap(0, wire.Form{})
	w.EndMap()
	w.Field("map")
	w.BeginMap(1, wire.Form{})
	w.Key("k")
	w.Blob([]byte{0, 1})
	w.EndMap()
	w.Field("whole")
	w.Time(time.Unix(1763600000, 0), false)
	w.Field("milli")
	w.Time(time.UnixMilli(1763600000250), false)
	w.Field("iso")
	w.Time(time.UnixMilli(1763600000250), true)
	w.Field("nan")
	w.Float(math.NaN(), 64)
	w.EndStruct()
	want := `{"text":"a\"\\\n\r\t\u0001é` + "\uFFFD" + `<>","list":[-5,true,1e-07],"empty":{},"map":{"k":"AAE="},` +
		`"whole":1763600000,"milli":1763600000.250,"iso":"2025-11-20T00:53:20.25Z","nan":"NaN"}`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !json.Valid(w.Bytes()) {
		t.Errorf("not JSON: %s", w.Bytes())
	}
}

// FuzzString holds that any text comes back as it was, but for what is not UTF-8.
func FuzzString(f *testing.F) {
	f.Add("a\"\\\n\x00é\xff😀\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var w Writer
		w.Text(s)
		want, _ := json.Marshal(s)
		var a, b string
		if err := json.Unmarshal(w.Bytes(), &a); err != nil {
			t.Fatalf("%q: wrote %s: %v", s, w.Bytes(), err)
		}
		json.Unmarshal(want, &b)
		if a != b {
			t.Fatalf("%q: wrote %s, encoding/json writes %s", s, w.Bytes(), want)
		}
	})
}
