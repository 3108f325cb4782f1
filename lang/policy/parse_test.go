package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSyntaxErrorPlace(t *testing.T) {
	f := func(text string, line, column int, want string) {
		t.Helper()
		_, err := Parse([]byte(text), IoT)
		var got *SyntaxError
		if !errors.As(err, &got) || got.Line != line || got.Column != column || err.Error() != want {
			t.Errorf("Parse(%q)\n got %+v: %v\nwant line %d, column %d: %s", text, got, err, line, column, want)
		}
	}
	f("{\n  \"Statement\": [\n    {\"Effect\": \"Alow\"}]}", 3, 16,
		`policy document: Statement[0].Effect: unknown effect "Alow" (line 3, column 16); allowed: "Allow", "Deny"`)
	f("{\"Version\" : \n1}", 2, 1,
		`policy document: Version: unknown version 1 (line 2, column 1); allowed: "2012-10-17", "2008-10-17"`)
	f("[", 1, 2, `policy document: the text ends too early (line 1, column 2); allowed: a complete JSON object`)
	f("{} {}", 1, 4, `policy document: text follows the end of the document (line 1, column 4); allowed: one JSON object`)
	f("\xff", 1, 1, `policy document: is not UTF-8 text (line 1, column 1); allowed: UTF-8`)
	f(strings.Repeat(" ", 404_601), 1, 1,
		`policy document: has 404601 characters (line 1, column 1); allowed: at most 404600`)
	f(strings.Repeat("[", 100_000), 1, 18,
		`policy document: `+strings.Repeat("[0]", 17)+`: is nested too deeply (line 1, column 18); allowed: 16 levels`)
}

// FuzzParse checks that no text makes Parse, Evaluate or Explain panic or disagree.
func FuzzParse(f *testing.F) {
	f.Add([]byte(fleet), "topic/a*?${iot:ClientId}", "lamp-7")
	files, err := filepath.Glob("testdata/*.case")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if verb, rest, _ := strings.Cut(line, " "); strings.HasPrefix(rest, "{") {
				switch verb {
				case "iot", "iam", "resource":
					f.Add([]byte(rest), "topic/a", "x")
				case "when":
					f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+rest+`}}`), "a", "b")
				default:
					f.Add([]byte(`{"Version":"2012-10-17","Statement":`+rest+`}`), "topic/a", "x")
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, resource, value string) {
		for _, dialect := range []Dialect{IoT, IAMIdentity, IAMTrust} {
			doc, err := Parse(text, dialect)
			if err != nil {
				var syntax *SyntaxError
				if !errors.As(err, &syntax) || syntax.Problem == "" || syntax.Line < 1 || syntax.Column < 1 {
					t.Fatalf("error %#v", err)
				}
				continue
			}
			keys := &Keys{}
			for _, s := range doc.statements {
				for _, c := range s.conditions {
					keys.Set(c.key.name, value)
				}
			}
			keys.Set("iot:ClientId", value)
			policies := []Policy{{Doc: doc}}
			for _, resource := range []string{"*", resource, "arn:aws:iot:eu-west-1:123456789012:" + resource} {
				req := &Request{Action: "iot:Publish", Resource: resource, Context: keys}
				e := Explain(policies, req)
				if got := Evaluate(policies, req).Effect; got != e.Effect {
					t.Fatalf("%s on %s: Evaluate says %v, Explain %v", text, resource, got, e.Effect)
				}
				if (e.Deciding == nil) != (e.Effect == ImplicitDeny) || (e.Lacked == "") != (e.Effect == Allowed) {
					t.Fatalf("%s on %s: %+v", text, resource, e)
				}
			}
		}
	})
}
