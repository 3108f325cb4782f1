package rulesql

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse feeds statements and templates to scanner, parser and evaluator. Whatever they hold, the evaluator answers with text or an
// error, and a statement that was read once is read again.
func FuzzParse(f *testing.F) {
	forEachCase(f, func(_ string, c *caseFile, kind, text, _ string) {
		if kind == "expression" {
			text = "SELECT " + text
		}
		f.Add(text, c.payload)
	})
	env, e := testEnv(), NewEvaluator()
	f.Fuzz(func(t *testing.T, sql string, payload []byte) {
		if q, err := Parse(sql, V20160323); err == nil {
			r, trace, err := e.Trace(q, env, payload)
			if err == nil && r.Matched && !r.Raw && len(r.Payload) > 0 && !json.Valid(r.Payload) {
				t.Errorf("%q on %q: the result is not JSON: %q", sql, payload, r.Payload)
			}
			if err == nil && r.Matched != (q.body.where == nil || strings.EqualFold(strings.Trim(trace.Where, `"`), "true")) {
				t.Errorf("%q on %q: matched %v where %s", sql, payload, r.Matched, trace.Where)
			}
		}
		if tmpl, err := ParseTemplate(sql, Beta); err == nil {
			e.Bind(nil, env, payload)
			if s, err := e.Render(tmpl); err == nil && tmpl.Literal() && s != sql {
				t.Errorf("%q became %q", sql, s)
			}
		}
	})
}

// FuzzJSON compares the reader with that of the standard library, which is more forgiving in three things.
func FuzzJSON(f *testing.F) {
	forEachCase(f, func(_ string, c *caseFile, _, _, want string) {
		f.Add(string(c.payload))
		f.Add(want)
	})
	for _, s := range []string{"[1,]", `{"a":1,}`, "01", "-", "1e", "[", `"\x"`, `"\u12"`, "nul", "1 2", "\"\x01\"", "{1:2}", `{"a" 1}`, "[[[[", "1E5000"} {
		f.Add(s)
	}
	e := NewEvaluator()
	f.Fuzz(func(t *testing.T, s string) {
		e.Bind(nil, nil, nil)
		v, err := e.readJSON(s, V20160323)
		switch {
		case err == nil && !json.Valid([]byte(s)):
			t.Fatalf("%q is read as %s and is not JSON", s, e.show(v))
		case err != nil && json.Valid([]byte(s)) && utf8.ValidString(s) && e.problemIsOurs(s):
			t.Fatalf("%q is JSON and is not read: %v", s, err)
		case err != nil:
			return
		}
		first := string(e.appendJSON(nil, v, MaxResult))
		if e.err != nil {
			return
		}
		again, err := e.readJSON(first, V20160323)
		if err != nil || string(e.appendJSON(nil, again, MaxResult)) != first || !e.equal(v, again) && e.err == nil {
			t.Errorf("%q became %q and then %q, %v", s, first, e.show(again), err)
		}
	})
}

// problemIsOurs reports whether a text is within the limits that the standard library does not have: on nesting and on numbers.
func (e *Evaluator) problemIsOurs(s string) bool {
	depth, digits := 0, 0
	for _, c := range s {
		switch {
		case c == '[' || c == '{':
			depth++
		case c == 'e' || c == 'E' || c >= '0' && c <= '9':
			digits++
		}
	}
	return depth <= maxNesting && digits < 4
}
