package filterpattern

import (
	"slices"
	"testing"

	"telltale/lang/predicate"
)

const accessLog = `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 200 1534`

func TestValues(t *testing.T) {
	f := func(pattern, message string, want ...Value) {
		t.Helper()
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Values([]byte(message)); !slices.Equal(got, want) {
			t.Errorf("%s on %s:\n got %q\nwant %q", pattern, message, got, want)
		}
	}
	f("[ip, identity, user_id, timestamp, request, status_code, size]", accessLog,
		Value{"$ip", "127.0.0.1"}, Value{"$identity", "-"}, Value{"$user_id", "frank"}, Value{"$timestamp", "10/Oct/2000:13:25:15 -0700"},
		Value{"$request", "GET /index.html HTTP/1.0"}, Value{"$status_code", "200"}, Value{"$size", "1534"})
	f("[..., size]", accessLog,
		Value{"$1", "127.0.0.1"}, Value{"$2", "-"}, Value{"$3", "frank"}, Value{"$4", "10/Oct/2000:13:25:15 -0700"},
		Value{"$5", "GET /index.html HTTP/1.0"}, Value{"$6", "200"}, Value{"$size", "1534"})
	f("[a, ..., z]", "1 2 3", Value{"$a", "1"}, Value{"$2", "2"}, Value{"$z", "3"})
	f("[a, ]", `1 2 "3"`, Value{"$a", "1"}, Value{"$2", `2 "3"`})
	f("[a, b, c]", "1 2")
	f(`{ $.eventType = "x" || $.a[0].n > 1 || $.eventType = "y" || $.gone = 1 || $.nil IS NULL || $.o = 1 }`,
		`{"eventType":"a\"b","a":[{"n":1.50}],"nil":null,"o":{}}`,
		Value{"$.eventType", `a"b`}, Value{"$.a[0].n", "1.50"})
	f(`{ $.a[*] = 1 }`, `{"a":[null,true,3]}`, Value{"$.a[*]", "true"})
	f(`{ $.a = 1 }`, `{"a":1`)
	f(`ERROR`, `ERROR`)
	f(``, `ERROR`)
}

func TestReader(t *testing.T) {
	f := func(pattern, message string, names []string, want ...predicate.Extracted) {
		t.Helper()
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Reader(names...)
		if err != nil {
			t.Fatalf("%s: Reader(%q): %v", pattern, names, err)
		}
		r.Read([]byte(`{"latency":99,"a":"stale"}`))
		if got := r.Read([]byte(message)); !slices.Equal(got, want) {
			t.Errorf("%s on %s, %q:\n got %+v\nwant %+v", pattern, message, names, got, want)
		}
	}
	yes := func(text string) predicate.Extracted { return predicate.Extracted{Text: text, Found: true} }
	no := predicate.Extracted{}
	f(`{ $.x = 1 }`, `{"latency":12.5,"region":"eu","x":1}`, []string{"$.latency", "$.region", "$.gone", "$.['x']"}, yes("12.5"), yes("eu"), no, yes("1"))
	f(`{ $.x = 1 }`, `plain`, []string{"$.latency"}, no)
	f(`[ip, ..., status, bytes]`, accessLog, []string{"$bytes", "$ip", "$2", "$7", "$8"}, yes("1534"), yes("127.0.0.1"), yes("-"), yes("1534"), no)
	f(`[a, , c]`, `1 2 3`, []string{"$2", "$c"}, yes("2"), yes("3"))
	f(`[a, , c]`, `1 2`, []string{"$2"}, no)
	f(`ERROR`, `x`, nil)
	f(``, ``, nil)
}

func TestReaderRefuses(t *testing.T) {
	f := func(pattern, name, want string) {
		t.Helper()
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = p.Reader(name); err == nil || err.Error() != want {
			t.Errorf("%s: Reader(%q):\n got %v\nwant %s", pattern, name, err, want)
		}
	}
	f(`ERROR`, `$.a`, `$.a has no value: only patterns in braces or brackets name values`)
	f(`{ $.x = 1 }`, `$latency`, `selector, character 2: expected "." or "[" after "$", got "latency"`)
	f(`{ $.x = 1 }`, `$.a b`, `selector, character 4: expected ".", "[" or the end, got " "`)
	f(`{ $.x = 1 }`, ``, `selector, character 1: expected a selector, which begins with "$", got the end`)
	f(`[a, b]`, `$.a`, `$.a is not a value of the pattern [a, b]: expected $ and the name or the position of a field`)
	f(`[a, b]`, `$3`, `$3 is not a value of the pattern [a, b]: expected $ and the name or the position of a field`)
	f(`[a, b]`, `$`, `$ is not a value of the pattern [a, b]: expected $ and the name or the position of a field`)
}
