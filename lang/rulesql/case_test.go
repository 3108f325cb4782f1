package rulesql

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A case file holds directives and cases, one a line, obeyed from top to bottom:
//
//	# comment
//	version 2015-10-08        the version from here on; a file begins with 2016-03-23
//	payload {"a":1}           the payload from here on; a file begins with {}
//	raw AAEC                  the same, in base64
//	abs(-5) => 5              an expression and its value: JSON, or Undefined
//	SELECT * FROM 'a' => {}   a statement and its result: JSON, "no match", "empty" or raw: base64
//	template a${b} => ac      a template and its text
//	abs( => error: TEXT       what the message of a syntax or evaluation error holds
//	abs() => warning: TEXT    what the first warning holds; the value is Undefined
type caseFile struct {
	version Version
	payload []byte
	eval    *Evaluator
}

// forEachCase calls f for the cases of all files, with the text of a statement or template.
func forEachCase(t testing.TB, f func(place string, c *caseFile, kind, text, want string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.case")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := &caseFile{version: V20160323, payload: []byte("{}"), eval: NewEvaluator()}
		for i, line := range strings.Split(string(data), "\n") {
			place := fmt.Sprintf("%s:%d", file, i+1)
			verb, rest, _ := strings.Cut(line, " ")
			switch {
			case verb == "" || verb[0] == '#':
			case verb == "version":
				c.version = Version(rest)
			case verb == "payload":
				c.payload = []byte(rest)
			case verb == "raw":
				if c.payload, err = base64.StdEncoding.DecodeString(rest); err != nil {
					t.Fatalf("%s: %v", place, err)
				}
			default:
				at := strings.LastIndex(line, " => ")
				if at < 0 {
					t.Fatalf("%s: no => in %s", place, line)
				}
				text, want := line[:at], line[at+len(" => "):]
				switch kind := strings.ToUpper(verb); kind {
				case "SELECT", "SET":
					f(place, c, "statement", text, want)
				case "TEMPLATE":
					f(place, c, "template", strings.TrimPrefix(text, "template "), want)
				default:
					f(place, c, "expression", text, want)
				}
			}
		}
	}
}

func TestCases(t *testing.T) {
	n := 0
	forEachCase(t, func(place string, c *caseFile, kind, text, want string) {
		n++
		var got string
		switch kind {
		case "expression":
			got = c.statement("SELECT "+text+" AS v", want)
			if inner, ok := strings.CutPrefix(got, `{"v":`); ok {
				got = strings.TrimSuffix(inner, "}")
			} else if got == "{}" {
				got = "Undefined"
			}
		case "statement":
			got = c.statement(text, want)
		case "template":
			got = c.template(text)
		}
		message, isError := strings.CutPrefix(want, "error: ")
		if isError && strings.HasPrefix(got, "error: ") && strings.Contains(got, message) {
			return
		}
		if got != want {
			t.Errorf("%s: %s\n got %s\nwant %s", place, text, got, want)
		}
	})
	if n < 1000 {
		t.Errorf("%d cases, want at least 1000", n)
	}
}

func (c *caseFile) statement(sql, want string) string {
	q, err := Parse(sql, c.version)
	if err != nil {
		return "error: " + err.Error()
	}
	if warning, ok := strings.CutPrefix(want, "warning: "); ok {
		if len(q.Warnings()) == 0 || !strings.Contains(q.Warnings()[0].Text, warning) {
			return fmt.Sprintf("warnings %v", q.Warnings())
		}
		return want
	}
	r, err := c.eval.Eval(q, testEnv(), c.payload)
	switch {
	case err != nil:
		return "error: " + err.Error()
	case !r.Matched:
		return "no match"
	case r.Raw && !r.IsJSON():
		return "raw: " + base64.StdEncoding.EncodeToString(r.Payload)
	case len(r.Payload) == 0:
		return "empty"
	}
	return string(r.Payload)
}

func (c *caseFile) template(text string) string {
	q, err := Parse("SET @v = a SELECT *", V20160323)
	if err != nil {
		return err.Error()
	}
	q.version = c.version
	t, err := q.Template(text)
	if err != nil {
		return "error: " + err.Error()
	}
	c.eval.Bind(q, testEnv(), c.payload)
	s, err := c.eval.Render(t)
	if err != nil {
		return "error: " + err.Error()
	}
	return s
}

// Every function has a file of at least three cases, and one of them shows how it fails.
func TestEveryFunctionHasCases(t *testing.T) {
	cases, failures := map[string]int{}, map[string]int{}
	forEachCase(t, func(place string, _ *caseFile, _, text, want string) {
		name := strings.TrimSuffix(filepath.Base(place[:strings.LastIndex(place, ":")]), ".case")
		if strings.Contains(strings.ToLower(text), strings.ToLower(name)+"(") {
			cases[name]++
			if strings.HasPrefix(want, "error: ") || strings.HasPrefix(want, "warning: ") || want == "Undefined" {
				failures[name]++
			}
		}
	})
	for _, f := range Functions() {
		if cases[f.Name] < 3 || failures[f.Name] == 0 {
			t.Errorf("testdata/%s.case has %d cases, of them %d errors or Undefined; want 3 and 1", f.Name, cases[f.Name], failures[f.Name])
		}
	}
}

// fakeEnv answers what the case files expect.
type fakeEnv struct{ Offline }

func testEnv() *fakeEnv {
	return &fakeEnv{Offline{
		Msg: Message{
			Topic: "sensors/s7/t", ClientID: "s7", Principal: "cert7", AccountID: "123456789012", TraceID: "trace7",
			Time: time.UnixMilli(1481825251155),
			MQTT5: Properties{
				ContentType: "text/plain", UTF8: true, ResponseTopic: "r/t", CorrelationData: []byte("cid"),
				User: []Property{{"k", "v1"}, {"o", "ov"}, {"k", "v2"}},
			},
		},
		Rand: 0.25, NewUUID: "123e4567-e89b-12d3-a456-426655440000",
	}}
}

func (f *fakeEnv) Location(name string) (*time.Location, error) { return time.LoadLocation(name) }

func (f *fakeEnv) InvokeLambda(functionARN string, input []byte) ([]byte, error) {
	if !strings.HasSuffix(functionARN, "echo") {
		return nil, fmt.Errorf("no function %s", functionARN)
	}
	return fmt.Appendf(nil, `{"input":%s}`, input), nil
}

func (f *fakeEnv) Predict(model, _ string, record []byte) ([]byte, error) {
	if model != "m" {
		return nil, fmt.Errorf("no model %s", model)
	}
	return fmt.Appendf(nil, `{"predictedLabel":"x","record":%s}`, record), nil
}

func (f *fakeEnv) ThingShadow(thing, shadow, _ string) ([]byte, error) {
	if thing != "s7" {
		return nil, fmt.Errorf("no thing %s", thing)
	}
	return fmt.Appendf(nil, `{"state":{"reported":{"shadow":%q}}}`, shadow), nil
}

func (f *fakeEnv) DynamoDBItem(key ItemKey, _ string) ([]byte, error) {
	switch key.Table {
	case "t":
		return fmt.Appendf(nil, `{"pk":%s,"sk":%q}`, key.PartitionValue, key.SortName+key.SortValue), nil
	case "large":
		return fmt.Appendf(nil, "%q", strings.Repeat("x", maxItem)), nil
	}
	return nil, fmt.Errorf("no table %s", key.Table)
}

func (f *fakeEnv) Secret(id, kind, _ string) ([]byte, error) {
	if id != "s" {
		return nil, fmt.Errorf("no secret %s", id)
	}
	if kind == "SecretBinary" {
		return []byte{0, 1, 2}, nil
	}
	return []byte(`{"user":"u","pw":"p"}`), nil
}

func (f *fakeEnv) RegistryData(api, thing, _ string) ([]byte, error) {
	if thing != "s7" {
		return nil, fmt.Errorf("no thing %s", thing)
	}
	return fmt.Appendf(nil, `{"api":%q,"thingName":%q}`, api, thing), nil
}
