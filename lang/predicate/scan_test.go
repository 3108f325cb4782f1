package predicate

import (
	"encoding/json"
	"strings"
	"testing"
)

// seeds are JSON texts, right and wrong.
var seeds = []string{
	`{}`, `[]`, ` { } `, `{"a":1}`, `{"a":[1,{"b":null}],"c":"d"}`, `[1,2.5,-3e+7,0,0.1,true,false,null,""]`, `{"a":"\"\\\/\b\f\n\r\t\u00e9"}`,
	`{"a":"\ud83d\ude00\ud83d"}`, "{\"a\":\"\xff\"}", "\t[\n1\r]\n", `{"":0}`, `[[[[]]]]`, `[{"a":[]},{"a":{}}]`,
	``, ` `, `{`, `[`, `}`, `{]`, `[}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{a:1}`, `{"a":1 "b":2}`, `[1 2]`, `[01]`, `[1.]`, `[.5]`,
	`[+1]`, `[-]`, `[1e]`, `[1e+]`, `[tru]`, `[nulll]`, `[True]`, `["\x"]`, `["\u12g4"]`, `["\u123"]`, "[\"\n\"]", `["a]`, `["a\`, `[]]`, `{}{}`,
	`"a"`, `1`, `true`, `null`, `{"a":1}x`, "[\x00]", "[1\x00]", "[]\x00", `{"a":1,"a":2}`, `{"\u0061":1}`,
}

func isJSON(message string) bool {
	m := Matcher{selectors: new(node), message: []byte(message)}
	_ = m.selectors.add(Path{AnyKey()}, 0)
	_ = m.selectors.add(Path{AnyElem(), Key("a")}, 1)
	m.leaves = []leaf{{op: OpNotExists}, {op: OpIsNull}}
	m.hits = make([]bool, 2)
	return m.readJSON()
}

// TestScannerAgrees compares what counts as JSON with the standard library.
func TestScannerAgrees(t *testing.T) {
	for _, s := range seeds {
		if got, want := isJSON(s), wantJSON(s); got != want {
			t.Errorf("%q: JSON %v, want %v", s, got, want)
		}
	}
}

func wantJSON(s string) bool {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	return json.Valid([]byte(s)) && (trimmed[0] == '{' || trimmed[0] == '[')
}

func TestNesting(t *testing.T) {
	f := func(depth int, want bool) {
		t.Helper()
		if got := isJSON(strings.Repeat("[", depth) + strings.Repeat("]", depth)); got != want {
			t.Errorf("%d arrays: JSON %v, want %v", depth, got, want)
		}
	}
	f(MaxNesting, true)
	f(MaxNesting+1, false)
	f(1<<20, false)
}

func TestExtract(t *testing.T) {
	x, err := NewExtractor(Path{Key("a"), Key("b")}, Path{Key("a")}, Path{Key("l"), AnyElem()}, Path{Key("l"), Index(1)}, Path{Key("é")})
	if err != nil {
		t.Fatal(err)
	}
	f := func(message string, want ...string) {
		t.Helper()
		for i, v := range x.Extract([]byte(message)) {
			got := v.Text
			if !v.Found {
				got = "none"
			}
			if got != want[i] {
				t.Errorf("%s, value %d: got %q, want %q", message, i, got, want[i])
			}
		}
	}
	f(`{"a":{"b":"x"},"l":[null,7.0],"\u00e9":true}`, "x", "none", "7.0", "7.0", "true")
	f(`{"a":"\ud83d\ude00\ud83d!","l":["p\/q",[]]}`, "none", "😀\ufffd!", "p/q", "none", "none")
	f(`{"a":"\ude00\u0041"}`, "none", "\ufffdA", "none", "none", "none")
	f(`{"a":{"b":"x"}`, "none", "none", "none", "none", "none")
	if _, err := NewExtractor(nil); err == nil {
		t.Error("an empty path is accepted")
	}
	if _, err := NewExtractor(make([]Path, MaxNodes+1)...); err == nil {
		t.Error("any number of paths is accepted")
	}
}

// FuzzMatch checks the scanner against the standard library, for a message of any kind.
func FuzzMatch(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "a")
	}
	f.Add(`127.0.0.1 - [a b] "GET /" 200 [`, "127")
	f.Fuzz(func(t *testing.T, message, key string) {
		path := Path{Key(key)}
		exists := mustCompile(t, Ask(path, OpNotExists)).Match([]byte(message))
		fields := mustCompile(t, Fields(&Layout{Fields: 2, Gap: 2}, CompareField(2, OpGreater, numeric("1"))))
		fields.Match([]byte(message))
		if isJSON(message) != wantJSON(message) && strings.Count(message, "[")+strings.Count(message, "{") < MaxNesting {
			t.Fatalf("%q: JSON %v, want %v", message, isJSON(message), wantJSON(message))
		}
		var object map[string]any
		if strings.ContainsAny(key, "\ufffd") || json.Unmarshal([]byte(message), &object) != nil || object == nil {
			return
		}
		if _, there := object[key]; exists == there && validText(message) && strings.Count(message, "[")+strings.Count(message, "{") < MaxNesting {
			t.Fatalf("%q has property %q: %v, want %v", message, key, !exists, there)
		}
		if s, ok := object[key].(string); ok && validText(message) && strings.Count(message, key) == 1 && !strings.Contains(message, `\`) {
			if !mustCompile(t, Compare(path, OpEqual, text(s))).Match([]byte(message)) {
				t.Fatalf("%q: property %q does not equal %q", message, key, s)
			}
		}
	})
}

// validText excludes bytes the standard library replaces and this package keeps.
func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }
