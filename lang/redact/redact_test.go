package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func paths(t testing.TB, texts ...string) (list []Path) {
	t.Helper()
	for _, text := range texts {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func TestJSON(t *testing.T) {
	// In want, # stands for a hidden value.
	f := func(document, want string, names ...string) {
		t.Helper()
		got, ok := JSON([]byte(document), paths(t, names...))
		if !ok || string(got) != strings.ReplaceAll(want, "#", Hidden) {
			t.Errorf("%s without %v\n got %s %v\nwant %s", document, names, got, ok, strings.ReplaceAll(want, "#", Hidden))
		}
	}
	f(`{"token":"x","t":1}`, `{"token":#,"t":1}`, "$.token")
	f(`{ "a" : { "token" : [1, {"b":2}] } , "token":3 }`, `{ "a" : { "token" : # } , "token":3 }`, "$.a.token")
	f(`{"a":{"token":1},"token":{"token":2},"l":[{"token":3}]}`, `{"a":{"token":#},"token":#,"l":[{"token":#}]}`, "$..token")
	f(`{"a":{"x":{"k":1}},"x":{"y":{"k":2}},"k":3}`, `{"a":{"x":{"k":#}},"x":{"y":{"k":2}},"k":3}`, "$..x.k")
	f(`[1,-2.50e1,"s",null,true]`, `[1,#,"s",null,true]`, "$[1]")
	f(`[[1,2],[3],{"0":4}]`, `[[#,2],[#],{"0":4}]`, "$[*][0]")
	f(`{"a":[1,2],"b":{"c":3}}`, `{"a":[#,#],"b":{"c":#}}`, "$.*.*")
	f(`{"a.b":1,"a":{"b":2},"it's":3}`, `{"a.b":#,"a":{"b":2},"it's":#}`, "$['a.b']", `$["it's"]`)
	f(`{"a":1,"a":2}`, `{"a":#,"a":#}`, "$.a")
	f(`{"\u0074oken":1}`, `{"\u0074oken":#}`, "$.token")
	f(`{"Token":1}`, `{"Token":1}`, "$.token")
	f(` 5 `, ` # `, "$")
	f(`"s"`, `"s"`, "$.a", "$[0]")
	f(`{"":1}`, `{"":#}`, "$['']")
	f(`{"ü":"<&>","n":1e400}`, `{"ü":"<&>","n":#}`, "$.n")
	f(`{"ü":"<&>","n":1e400}`, `{"ü":#,"n":1e400}`, "$.ü")
	f(`{"a":1}`, `{"a":1}`)
	f(`{"a":{"b":1,"c":2}}`, `{"a":#}`, "$.a.b", "$.a")
}

// Of what is not JSON nobody can say what it holds.
func TestNotJSON(t *testing.T) {
	for _, document := range []string{"", " ", "token=x", `{"a":1`, `{"a":1}}`, `{"a":1} {"a":2}`, `{"a" 1}`, `[1,]`, `{"a":tru}`, "{a:1}", "\x00", `{"a":1}x`} {
		if got, ok := JSON([]byte(document), paths(t, "$.a")); ok {
			t.Errorf("%q gave %q", document, got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if _, err := Parse(path); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	f("", `path "", character 1: want $ for the document`)
	f("token", `path "token", character 1: want $ for the document`)
	f("$token", `path "$token", character 2: want .name, ['name'], [number], .* or [*]`)
	f("$.", `path "$.", character 3: want a name or *`)
	f("$.a..", `path "$.a..", character 6: want a name or *`)
	f("$.a b", `path "$.a b", character 4: want .name, ['name'], [number], .* or [*]`)
	f("$['a", `path "$['a", character 4: want the end of the name, ']`)
	f("$[-1]", `path "$[-1]", character 3: want 'name'], a number], or *]`)
	f("$[?(@.a)]", `path "$[?(@.a)]", character 3: want 'name'], a number], or *]`)
}

func ExampleJSON() {
	token, _ := Parse("$.token")
	document, ok := JSON([]byte(`{"token": "s3cret", "on": true}`), []Path{token})
	fmt.Println(string(document), ok)
	// Output: {"token": "[REDACTED]", "on": true} true
}

// What is hidden is gone, whatever the document; what comes out is JSON again, with the same members.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"token":"x"}`, `[{"token":{"token":[]}},1]`, `{"a":{"token":1},"token":"\u00e4"}`, `{"token":1}}`, ` null `, `[[[`} {
		f.Add([]byte(seed))
	}
	token := paths(f, "$..token")
	f.Fuzz(func(t *testing.T, document []byte) {
		got, ok := JSON(document, token)
		if ok != json.Valid(document) {
			t.Fatalf("%q is JSON: %v, redacted: %v", document, json.Valid(document), ok)
		}
		if ok && !json.Valid(got) {
			t.Fatalf("%q became %q", document, got)
		}
		again, ok2 := JSON(got, token)
		if ok && (!ok2 || string(again) != string(got)) {
			t.Fatalf("%q became %q and then %q", document, got, again)
		}
	})
}
