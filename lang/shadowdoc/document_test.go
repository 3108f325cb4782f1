package shadowdoc

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// apply makes the document of updates to an empty shadow, one per second.
func apply(t testing.TB, limits Limits, updates ...string) (*Document, error) {
	t.Helper()
	d := &Document{}
	for i, payload := range updates {
		u, err := ParseUpdate([]byte(payload), limits)
		if err != nil {
			return d, err
		}
		next, err := d.Apply(&u, int64(i+1), limits)
		if err != nil {
			return d, err
		}
		d = next
	}
	return d, nil
}

func isRefused(t testing.TB, what string, err error, code int, message string) {
	t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok || r.Code != code || r.Message != message {
		t.Errorf("%s: got %v, want %d %s", what, err, code, message)
	}
}

func TestStateSize(t *testing.T) {
	const frame = len(`{"reported":{"a":""}}`)
	limits := DefaultLimits()
	fill := func(n int) string { return `{"state":{"reported":{"a":"` + strings.Repeat("x", n) + `"}}}` }
	largest := limits.StateBytes - frame
	if _, err := apply(t, limits, fill(largest)); err != nil {
		t.Errorf("a state of %d bytes: %v", limits.StateBytes, err)
	}
	_, err := apply(t, limits, fill(largest+1))
	isRefused(t, "one byte more", err, 413, tooLarge)
	// Two updates that fit each, but not together.
	d, err := apply(t, limits, fill(largest-20), `{"state":{"reported":{"b":"12345678901234567890"}}}`)
	isRefused(t, "the sum", err, 413, tooLarge)
	if got, want := d.StateSize(), limits.StateBytes-20; got != want {
		t.Errorf("after the refusal the state has %d bytes, want %d", got, want)
	}
	// Blanks, metadata and what is ignored do not count.
	if _, err := apply(t, limits, `{"x":"`+strings.Repeat("y", 10_000)+`",`+strings.Repeat(" ", 10_000)+fill(largest)[1:]); err != nil {
		t.Errorf("with blanks: %v", err)
	}
	_, err = ParseUpdate(make([]byte, maxPayload+1), limits)
	isRefused(t, "a payload beyond the broker's limit", err, 413, tooLarge)
}

func TestEncoding(t *testing.T) {
	_, err := ParseUpdate([]byte("{\"state\":{\"desired\":{\"a\":\"\xe9\"}}}"), DefaultLimits())
	isRefused(t, "Latin-1", err, 415, notUTF8)
}

func TestLevelsAreConfigurable(t *testing.T) {
	limits := DefaultLimits()
	limits.Levels = 1
	if _, err := apply(t, limits, `{"state":{"desired":{"a":{"b":1}}}}`); err != nil {
		t.Error(err)
	}
	_, err := apply(t, limits, `{"state":{"desired":{"a":{"b":{}}}}}`)
	isRefused(t, "two levels", err, 400, "JSON contains too many levels of nesting; maximum is 1")
}

func TestParseToken(t *testing.T) {
	f := func(payload, want string) {
		t.Helper()
		if got, err := ParseToken([]byte(payload), DefaultLimits()); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", payload, got, err, want)
		}
	}
	f(``, ``)
	f(`{}`, ``)
	f(`{"clientToken":"t","x":1}`, `"t"`)
	f(`{"clientToken":"\u0041\""}`, `"A\""`)
	for _, payload := range []string{`x`, `[]`, ` `, `{"clientToken":"t"`} {
		_, err := ParseToken([]byte(payload), DefaultLimits())
		isRefused(t, payload, err, 400, invalidJSON)
	}
	_, err := ParseToken([]byte(`{"clientToken":{}}`), DefaultLimits())
	isRefused(t, "an object", err, 400, invalidToken)
}

func TestRefusals(t *testing.T) {
	isRefused(t, "NoThing", NoThing(), 404, "Thing not found")
	isRefused(t, "NoShadow", NoShadow("lamp"), 404, "No shadow exists with name: 'lamp'")
	isRefused(t, "TooMany", TooMany(), 429, "Too many requests")
	isRefused(t, "Broken", Broken(), 500, "Internal service failure")
	r, _ := errors.AsType[*Refusal](NoShadow("a\"b\x01"))
	const want = `{"code":404,"message":"No shadow exists with name: 'a\"b\u0001'","timestamp":9,"clientToken":"t"}`
	if got := string(r.AppendRejected(nil, Stamp{Time: 9, Token: `"t"`})); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDeleted(t *testing.T) {
	const want = `{"version":3,"timestamp":9,"clientToken":"t"}`
	if got := string(AppendDeleted(nil, Stamp{3, 9, `"t"`})); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestApplyLeavesTheOldDocumentAlone(t *testing.T) {
	old, err := apply(t, DefaultLimits(), `{"state":{"desired":{"a":{"b":1,"c":[1]}},"reported":{"x":1}}}`)
	if err != nil {
		t.Fatal(err)
	}
	before := string(old.AppendDocument(nil, Stamp{}))
	u, err := ParseUpdate([]byte(`{"state":{"desired":{"a":{"b":null,"c":{"d":1}},"z":1},"reported":null}}`), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Apply(&u, 7, DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	if after := string(old.AppendDocument(nil, Stamp{})); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestStoredFormIsStable(t *testing.T) {
	d, err := apply(t, DefaultLimits(), `{"state":{"desired":{"a":{"b":"x"}},"reported":{"l":[1,[2],{"k":3}]}}}`, `{"state":{"desired":{"n":1.0}}}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"desired":{"a":{"b":[1,"x"]},"n":[2,1.0]},"reported":{"l":[1,[1,[2],{"k":3}]]}}`
	if got, err := json.Marshal(d); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestStoredFormIsChecked(t *testing.T) {
	for _, stored := range []string{
		`[]`, `{"delta":{}}`, `{"desired":1}`, `{"desired":{"a":1}}`, `{"desired":{"a":[1]}}`, `{"desired":{"a":["1",2]}}`,
		`{"desired":{"a":[1.5,2]}}`, `{"desired":{"a":[1,{}]}}`, `{"desired":{"a":[1,null]}}`, `{"desired":{"o":{"a":[1,[null]]}}}`, `{`,
	} {
		if err := new(Document).UnmarshalJSON([]byte(stored)); err == nil {
			t.Errorf("%s was taken for a document", stored)
		}
	}
}

func FuzzUpdate(f *testing.F) {
	readCases(f, func(_, word, rest string) {
		if word == "update" {
			f.Add(rest, `{"state":{"desired":{"a":{"b":[1]}},"reported":{"a":{"b":[1.0]}}}}`)
		}
	})
	limits := DefaultLimits()
	f.Fuzz(func(t *testing.T, first, second string) {
		d, err := apply(t, limits, first, second)
		if _, refused := errors.AsType[*Refusal](err); err != nil && !refused {
			t.Fatalf("error %v is no refusal", err)
		}
		if d.StateSize() > limits.StateBytes {
			t.Fatalf("the state has %d bytes", d.StateSize())
		}
		w := world{t: t, doc: d}
		w.checkStored()
		answer := d.AppendDocument(nil, Stamp{})
		if !json.Valid(answer) {
			t.Fatalf("not JSON: %s", answer)
		}
		own := d.sections()
		if state := appendSections(nil, own[:], (*value).appendState); len(state) != d.StateSize() {
			t.Fatalf("StateSize is %d, but the state has %d bytes: %s", d.StateSize(), len(state), state)
		}
		// Reporting what is desired leaves nothing to do.
		same := Document{desired: d.desired, reported: d.desired}
		if delta, any := same.AppendDelta(nil, Stamp{}); any {
			t.Fatalf("delta between equal states: %s", delta)
		}
		// Our reading of JSON is the standard one, but for depth.
		if _, err := parse(first, storedLevels); (err == nil) != json.Valid([]byte(first)) && err != errDeep {
			t.Fatalf("%q: parsed with error %v, valid is %v", first, err, json.Valid([]byte(first)))
		}
	})
}
