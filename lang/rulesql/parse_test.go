package rulesql

import (
	"errors"
	"slices"
	"testing"
)

func TestQueryTellsWhatItNeeds(t *testing.T) {
	sql := "SELECT get_thing_shadow(clientid(), 'r').x AS a, aws_lambda('f', *) AS b FROM 'a/+/#' WHERE aws_lambda('g', *) = 1"
	if _, err := Parse(sql, ""); err == nil {
		t.Error("the default version has get_thing_shadow")
	}
	q, err := Parse(sql, V20160323)
	if err != nil {
		t.Fatal(err)
	}
	if q.From() != "a/+/#" || q.Version() != V20160323 || q.Text() != sql || !slices.Equal(q.Externals(), []string{"get_thing_shadow", "aws_lambda"}) {
		t.Errorf("got %q, %s, %q, %q", q.From(), q.Version(), q.Text(), q.Externals())
	}
	if q, err = Parse("SELECT *", ""); err != nil || q.Version() != V20151008 || q.From() != "" || q.Externals() != nil {
		t.Errorf("got %+v, %v", q, err)
	}
	tmpl, err := ParseTemplate("${decode(a, 'proto', 'b', 'k', 'f', 'm')}${topic(1, 2)}", V20160323)
	if err != nil || !slices.Equal(tmpl.Externals(), []string{"decode"}) || len(tmpl.Warnings()) != 1 || tmpl.Literal() {
		t.Errorf("got %+v, %v", tmpl, err)
	}
}

// The place of a mistake is right also behind line breaks and characters of several bytes.
func TestErrorPlace(t *testing.T) {
	f := func(sql string, offset, line, column int) {
		t.Helper()
		_, err := Parse(sql, V20160323)
		var mistake *Error
		if !errors.As(err, &mistake) || mistake.Offset != offset || mistake.Line != line || mistake.Column != column {
			t.Errorf("%q: got %+v, want offset %d, line %d, column %d", sql, mistake, offset, line, column)
		}
	}
	f("", 0, 1, 1)
	f("SELECT\n  a,\n  FROM 't'", 14, 3, 3)
	f("SELECT 'äö' 5", 14, 1, 13)
	f("SELECT a\r\nWHERE b = = c", 20, 2, 11)
	f("SELECT length('ä') AS n WHERE lenght('ä')", 31, 1, 31)
}

func TestResultTellsWhatHappened(t *testing.T) {
	f := func(sql, payload, notJSON string, calls ...string) {
		t.Helper()
		r, err := NewEvaluator().Eval(benchQuery(t, sql), testEnv(), []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r.NotJSON != nil {
			got = r.NotJSON.Error()
		}
		var names []string
		for _, c := range r.Calls {
			name := c.Function + " " + c.Resource
			if c.Err != nil {
				name += ": " + c.Err.Error()
			}
			names = append(names, name)
		}
		if got != notJSON || !slices.Equal(names, calls) {
			t.Errorf("%s on %s: got %q, %q; want %q, %q", sql, payload, got, names, notJSON, calls)
		}
	}
	f("SELECT *", `no JSON`, "")
	f("SELECT *", ``, "")
	f("SELECT a", ``, "")
	f("SELECT a", `{"a":1}`, "")
	f("SELECT a", `no JSON`, "byte 1: expected a value, found 'n'")
	f("SELECT a", `{"a":1`, "byte 7: expected a comma or }, found the end")
	f("SELECT a", `{"a":1}}`, "byte 8: expected the end of the text, found '}'")
	f("SELECT a", `{"a":01}`, "byte 6: a number begins with a needless zero")
	f("SELECT a", "{\"a\":\"\xff\"}", "byte 10: the text is not UTF-8")
	f("SELECT a", "{\"a\":\"\n\"}", "byte 7: a control character in a string is not escaped")
	f("SELECT a", `{"a":"\q"}`, `byte 7: this is no escape; allowed are \" \\ \/ \b \f \n \r \t \u0000`)
	f("SELECT a", `{"a":1e5000}`, "byte 6: a number is malformed or out of range")
	f("SELECT * WHERE a = 1", `no JSON`, "byte 1: expected a value, found 'n'")
	f("SELECT get_thing_shadow('s7', 'r'), get_thing_shadow('x', 'r'), aws_lambda('echo', 1)", `{}`, "",
		"get_thing_shadow s7", "get_thing_shadow x: no thing x", "aws_lambda echo")
}
