package logsegtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/predicate"
	"telltale/store/logseg"
)

func contains(text string) *predicate.Expr { return predicate.Contains(text) }

// testRaw expects each byte of a raw message back, from memory and from a segment.
func testRaw(t *testing.T, s logseg.Store) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	want := []string{"", " { \"b\" : 1,\"a\":2 }\n", string(every), "\xff\xfe\x00", "ü€😀\u2028", strings.Repeat("x", 300_000)}
	for i, m := range want {
		Append(t, s, Raw(1, 1, int64(i), m))
	}
	for _, where := range []string{"memory", "segment"} {
		got := Messages(Read(t, s, all(1)))
		if !slices.Equal(got, want) {
			t.Errorf("from %s: got %d messages that differ from the %d given", where, len(got), len(want))
		}
		flush(t, s)
	}
}

// jsonText is s as encoding/json writes it without HTML escaping.
func jsonText(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// testTemplates expects templates to be rendered byte for byte.
func testTemplates(t *testing.T, s logseg.Store) {
	id, err := s.Template(logseg.Template{Parts: []logseg.Part{
		logseg.Lit(`{"at":`), {Slot: logseg.SlotTime}, logseg.Lit(`, "s":`), {Slot: logseg.SlotString},
		logseg.Lit("\n\xff,\"n\":"), {Slot: logseg.SlotInt}, logseg.Lit(`,"id":`), {Slot: logseg.SlotUUID},
		logseg.Lit(`,"raw":`), {Slot: logseg.SlotJSON}, {Slot: logseg.SlotString},
	}})
	if err != nil {
		t.Fatalf("Template: %v", err)
	}
	uuid := [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}
	at := time.Date(2024, 2, 29, 23, 59, 58, 7_000_000, time.UTC)
	var want []string
	for _, text := range []string{
		"", "plain", `quote " and \ and /`, "\x00\x01\b\f\n\r\t\x1f\x7f", "<html>&amp;", "ümlaut € 😀", "\u2028\u2029", "bad \xff\xc3( end\xe2\x82",
		"12345678", "1234567\"", "\"1234567", "12345678\x1f12345678", strings.Repeat("long ", 4000), strings.Repeat("\n", 20000),
	} {
		for _, n := range []int64{0, -1, 63, -64, math.MaxInt64, math.MinInt64} {
			raw := `{"x": [1, 2]}`
			e := logseg.Entry{Group: 1, Stream: 1, TS: at.UnixMilli(), Tmpl: id, Vals: []logseg.Value{
				logseg.Str(text), logseg.Int(n), logseg.UUID(uuid), logseg.JSON(raw), logseg.Str("last"),
			}}
			Append(t, s, e)
			want = append(want, `{"at":"2024-02-29 23:59:58.007", "s":`+jsonText(t, text)+"\n\xff,\"n\":"+fmt.Sprint(n)+
				`,"id":"01234567-89ab-cdef-fedc-ba9876543210","raw":`+raw+`"last"`)
		}
	}
	for _, where := range []string{"memory", "segment"} {
		got := Messages(Read(t, s, all(1)))
		if len(got) != len(want) {
			t.Fatalf("from %s: got %d messages, want %d", where, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("from %s, message %d:\n got %q\nwant %q", where, i, got[i], want[i])
			}
		}
		flush(t, s)
	}
	var size uint64
	for _, m := range want {
		size += uint64(len(m))
	}
	if u := s.Usage(1); u.Bytes != size {
		t.Errorf("Usage.Bytes: got %d, want the size of the messages, %d", u.Bytes, size)
	}
}

func testTemplateIDs(t *testing.T, s logseg.Store) {
	a := logseg.Template{Parts: []logseg.Part{logseg.Lit("a"), {Slot: logseg.SlotInt}}}
	b := logseg.Template{Parts: []logseg.Part{logseg.Lit("a"), {Slot: logseg.SlotString}}}
	ids := map[uint32]int{}
	for range 2 {
		for _, tmpl := range []logseg.Template{a, b} {
			id, err := s.Template(tmpl)
			if err != nil || id == 0 {
				t.Fatalf("Template(%v): got %d, %v", tmpl, id, err)
			}
			ids[id]++
		}
	}
	for id, n := range ids {
		if n != 2 {
			t.Errorf("id %d was given %d times, want 2", id, n)
		}
	}
	for _, bad := range []logseg.Template{{}, {Parts: []logseg.Part{{Slot: 77}}}, {Parts: []logseg.Part{{Slot: logseg.SlotInt, Lit: "x"}}}} {
		if id, err := s.Template(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("Template(%v): got %d, %v; want a fault.Invalid", bad, id, err)
		}
	}
}

// testRefused expects that a bad entry keeps its whole batch out.
func testRefused(t *testing.T, s logseg.Store) {
	id, err := s.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("n="), {Slot: logseg.SlotInt}}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(kind fault.Kind, bad logseg.Entry) {
		t.Helper()
		err := s.Append(t.Context(), []logseg.Entry{Raw(1, 1, 1, "good"), bad, Raw(1, 1, 1, "good")})
		if !fault.Is(err, kind) {
			t.Errorf("Append of %+v: got %v, want a fault of kind %v", bad, err, kind)
		}
	}
	f(fault.Invalid, Raw(0, 1, 1, "no group"))
	f(fault.Invalid, Raw(1, 0, 1, "no stream"))
	f(fault.Invalid, Raw(1, 1, -1, "before the epoch"))
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id + 1})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id, Vals: []logseg.Value{{}}})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id, Vals: []logseg.Value{logseg.Str("1")}})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id, Vals: []logseg.Value{logseg.Int(1), logseg.Int(2)}})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Tmpl: id, Vals: []logseg.Value{logseg.Int(1)}, Raw: []byte("x")})
	f(fault.Invalid, logseg.Entry{Group: 1, Stream: 1, Vals: []logseg.Value{logseg.Int(1)}})
	f(fault.Limit, logseg.Entry{Group: 1, Stream: 1, Raw: make([]byte, logseg.MaxMessage+1)})
	if got := Read(t, s, all(1)); len(got) > 0 {
		t.Errorf("after refused batches: got %v", got)
	}
	if err := s.Append(t.Context(), nil); err != nil {
		t.Errorf("Append of nothing: %v", err)
	}
}

func testPredicates(t *testing.T, s logseg.Store) {
	id, err := s.Template(logseg.Template{Parts: []logseg.Part{
		logseg.Lit(`{"eventType":"Publish-In","traceId":`), {Slot: logseg.SlotUUID}, logseg.Lit(`,"clientId":`), {Slot: logseg.SlotString},
		logseg.Lit(`,"port":`), {Slot: logseg.SlotInt}, logseg.Lit(`}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		Append(t, s, logseg.Entry{Group: 1, Stream: 1, TS: int64(i), Tmpl: id, Vals: []logseg.Value{
			logseg.UUID([16]byte{0: 0xaa, 15: byte(i)}), logseg.Str(fmt.Sprint("device-", i)), logseg.Int(int64(4400 + i))}},
			Raw(1, 1, int64(i), fmt.Sprintf(`{"eventType":"Connect", "clientId":"device-%d"}`, i)))
	}
	f := func(e *predicate.Expr, want int) {
		t.Helper()
		if got := Read(t, s, matching(1, e)); len(got) != want {
			t.Errorf("%+v: got %d rows, want %d: %v", e, len(got), want, got)
		}
	}
	equal := func(member, text string) *predicate.Expr {
		return predicate.Compare(predicate.Path{predicate.Key(member)}, predicate.OpEqual, predicate.Value{Kind: predicate.KindText, Text: text})
	}
	for range 2 {
		f(contains("device-42"), 2)
		f(contains(`"clientId":"device-42","port":4442`), 1)
		f(contains("Publish-In"), 100)
		f(contains(`-In","traceId":"aa000000-`), 100)
		f(contains("aa000000-0000-0000-0000-00000000002a"), 1)
		f(contains("0000002a"), 1)
		f(contains("4442"), 1)
		f(contains("nowhere"), 0)
		f(equal("clientId", "device-7"), 2)
		f(predicate.And(equal("clientId", "device-7"), equal("eventType", "Connect")), 1)
		f(predicate.Or(equal("clientId", "device-7"), equal("clientId", "device-8")), 4)
		f(predicate.Not(equal("eventType", "Connect")), 100)
		flush(t, s)
	}
}

// testBruteForce compares what a scan finds with what the matcher finds in all messages, for pieces of messages cut
// at random. It is here to catch a prefilter that passes over a match.
func testBruteForce(t *testing.T, s logseg.Store) {
	r := rand.New(rand.NewPCG(3, 4))
	slots := []logseg.Slot{logseg.SlotString, logseg.SlotInt, logseg.SlotUUID, logseg.SlotJSON, logseg.SlotTime}
	glue := []string{`{"a":`, `,"b-c":`, `7`, `x`, `-`, ` `, `"`, `\u`, `\`}
	texts := []string{"", "ab", "12", "a1-b2", "x y", "q\"uote", "\n", "ü\xff", "dead-beef"}
	for range 30 {
		var tmpl logseg.Template
		for range 1 + r.IntN(8) {
			if r.IntN(2) == 0 {
				tmpl.Parts = append(tmpl.Parts, logseg.Lit(glue[r.IntN(len(glue))]))
			} else {
				tmpl.Parts = append(tmpl.Parts, logseg.Part{Slot: slots[r.IntN(len(slots))]})
			}
		}
		id, err := s.Template(tmpl)
		if err != nil {
			t.Fatalf("%v: %v", tmpl, err)
		}
		for range 8 {
			e := logseg.Entry{Group: 1, Stream: 1, TS: r.Int64N(1 << 41), Tmpl: id}
			for _, p := range tmpl.Parts {
				switch p.Slot {
				case logseg.SlotString:
					e.Vals = append(e.Vals, logseg.Str(texts[r.IntN(len(texts))]))
				case logseg.SlotInt:
					e.Vals = append(e.Vals, logseg.Int(r.Int64N(2000)-1000))
				case logseg.SlotUUID:
					var u [16]byte
					for i := range u {
						u[i] = byte(r.Uint32())
					}
					e.Vals = append(e.Vals, logseg.UUID(u))
				case logseg.SlotJSON:
					e.Vals = append(e.Vals, logseg.JSON(texts[r.IntN(len(texts))]))
				}
			}
			Append(t, s, e)
		}
		if r.IntN(5) == 0 {
			flush(t, s)
		}
	}
	whole := Messages(Read(t, s, all(1)))
	for range 1500 {
		m := whole[r.IntN(len(whole))]
		if len(m) == 0 {
			continue
		}
		from := r.IntN(len(m))
		piece := m[from : from+1+r.IntN(min(len(m)-from, 40))]
		var want []string
		for _, m := range whole {
			if strings.Contains(m, piece) {
				want = append(want, m)
			}
		}
		if got := Messages(Read(t, s, matching(1, contains(piece)))); !slices.Equal(got, want) {
			t.Fatalf("rows that contain %q: got %d, want %d\n got %q\nwant %q", piece, len(got), len(want), got, want)
		}
	}
}
