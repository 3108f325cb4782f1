package awsquery

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"telltale/lang/wire"
)

func ExampleReader() {
	r := NewReader("Action=TagRole&RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=v")
	r.BeginStruct()
	for name, ok := r.Field(); ok; name, ok = r.Field() {
		if name == "RoleName" {
			fmt.Println(r.Text())
		}
	}
	// Output: r
}

func TestList(t *testing.T) {
	f := func(form string, spelled wire.Form, want string) {
		t.Helper()
		r := NewReader(form)
		r.BeginStruct()
		r.Field()
		r.BeginList(spelled)
		var got []string
		for r.More() {
			got = append(got, r.Text())
		}
		if r.Err() != nil || strings.Join(got, ",") != want {
			t.Errorf("%s: got %v, %v, want %s", form, got, r.Err(), want)
		}
	}
	f("L.member.2=b&L.member.1=a&L.member.10=c", wire.Form{}, "a,b,c")
	f("L.1=a&L.2=b", wire.Form{}, "a,b")
	f("L.1=a&L.2=b", wire.Form{Flat: true}, "a,b")
	f("L.Item.1=a", wire.Form{ElemName: "Item"}, "a")
	f("L=", wire.Form{}, "")
	f("L.member.999999999=z&L.member.x=no", wire.Form{}, "z")
	f("L.member.1=a%26b+c%2B", wire.Form{}, "a&b c+")
}

func TestMap(t *testing.T) {
	f := func(form string, spelled wire.Form, want string) {
		t.Helper()
		r := NewReader(form)
		r.BeginStruct()
		r.Field()
		r.BeginMap(spelled)
		var got []string
		for key, ok := r.Key(); ok; key, ok = r.Key() {
			got = append(got, key+"="+r.Text())
		}
		if r.Err() != nil || strings.Join(got, ",") != want {
			t.Errorf("%s: got %v, %v, want %s", form, got, r.Err(), want)
		}
	}
	f("M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=b&M.entry.2.value=2", wire.Form{}, "a=1,b=2")
	f("M.entry.1.Name=a&M.entry.1.Value=1", wire.Form{KeyName: "Name", ElemName: "Value"}, "a=1")
	f("M.1.key=a&M.1.value=1", wire.Form{Flat: true}, "a=1")
}

func TestErrorsSayWhat(t *testing.T) {
	f := func(form string, read func(*Reader), want string) {
		t.Helper()
		r := NewReader(form)
		r.BeginStruct()
		r.Field()
		read(r)
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", form, err, want)
		}
	}
	f("A=x", func(r *Reader) { r.Int(32) }, `parameter A: the value "x" must be an integer of 32 bits`)
	f("A=x", func(r *Reader) { r.Bool() }, "must be true or false")
	f("A=x", func(r *Reader) { r.Time() }, "must be a timestamp")
	f("A=x", func(r *Reader) { r.BeginList(wire.Form{}) }, "must be a list: A.member.1")
	f("A=x", func(r *Reader) { r.BeginMap(wire.Form{}) }, "must be a map: A.entry.1.key")
	f("A=x", func(r *Reader) { r.BeginStruct() }, "must be a structure")
	f("A.B=x", func(r *Reader) { r.Text() }, "has members, but must be a text")
	f("A.entry.1.key=x", func(r *Reader) { r.BeginMap(wire.Form{}); r.Key() }, "must have a key and a value")
	f("A=%zz", func(*Reader) {}, "is not URL-encoded")
	f("A"+strings.Repeat(".a", 300)+"=x", func(*Reader) {}, "deeper than the 100 levels")
}

func TestWriter(t *testing.T) {
	var w Writer
	w.Field("R")
	w.BeginStruct()
	w.Field("List")
	w.BeginList(1, wire.Form{})
	w.BeginStruct()
	w.Field("K")
	w.Text("<&>\r\x00")
	w.EndStruct()
	w.EndList()
	w.Field("Flat")
	w.BeginList(2, wire.Form{Flat: true})
	w.Int(1)
	w.Int(2)
	w.EndList()
	w.Field("Map")
	w.BeginMap(1, wire.Form{})
	w.Key("a")
	w.BeginList(1, wire.Form{})
	w.Bool(true)
	w.EndList()
	w.EndMap()
	w.Field("Named")
	w.BeginMap(1, wire.Form{Flat: true, KeyName: "Name", ElemName: "Value"})
	w.Key("a")
	w.Float(1.5, 64)
	w.EndMap()
	w.Field("At")
	w.Time(time.UnixMilli(1763600000250), false)
	w.EndStruct()
	want := "<R><List><member><K>&lt;&amp;&gt;&#xD;\uFFFD</K></member></List><Flat>1</Flat><Flat>2</Flat>" +
		"<Map><entry><key>a</key><value><member>true</member></value></entry></Map>" +
		"<Named><Name>a</Name><Value>1.5</Value></Named><At>2025-11-20T00:53:20.25Z</At></R>"
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzReader holds that nothing makes us panic.
func FuzzReader(f *testing.F) {
	f.Add("Action=A&L.member.1.B=x&M.entry.1.key=k&M.entry.1.value=v&S=")
	f.Add("a.=1&.a=2&..=3&=4&a&%")
	f.Fuzz(func(t *testing.T, form string) {
		r := NewReader(form)
		r.BeginStruct()
		for i := 0; ; i++ {
			if _, ok := r.Field(); !ok {
				break
			}
			switch i % 4 {
			case 0:
				r.Text()
			case 1:
				for r.BeginList(wire.Form{}); r.More(); {
					r.Text()
				}
			case 2:
				r.BeginMap(wire.Form{})
				for _, ok := r.Key(); ok; _, ok = r.Key() {
					r.Int(64)
				}
			case 3:
				r.BeginStruct()
				for _, ok := r.Field(); ok; _, ok = r.Field() {
					r.Skip()
				}
			}
		}
	})
}

// FuzzText holds that any text makes well-formed XML.
func FuzzText(f *testing.F) {
	f.Add("<a>&\x00\r\n\xff\uFFFE")
	f.Fuzz(func(t *testing.T, s string) {
		var w Writer
		w.Field("A")
		w.Text(s)
		d := xml.NewDecoder(strings.NewReader(string(w.Bytes())))
		for {
			_, err := d.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("%q: wrote %q: %v", s, w.Bytes(), err)
			}
		}
	})
}
