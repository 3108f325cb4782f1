package eventlog_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is one documented shape of an entry. An entry is valid if one of the shapes of its type accepts it.
type schema struct {
	Component, EventType, Discriminator, Variant string
	LevelSuccess, LevelFailure                   *string
	OptIn                                        bool
	Fields                                       []schemaField
}

type schemaField struct {
	Name, Type       string
	Required         any // true, false, "success" or "failure"
	Enum             []string
	Const            *string
	Pattern, Format  string
	Minimum, Maximum *float64
	Items            []schemaField
	Aliases          []string
}

func readSchemas(t testing.TB) []schema {
	t.Helper()
	text, err := os.ReadFile("testdata/log-entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []schema
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		t.Fatalf("%d schemas, %v", len(list), err)
	}
	return list
}

// validate says what is wrong with an entry: nothing if one of the shapes of its type accepts it.
func validate(schemas []schema, entry string) (problems []string) {
	var members map[string]any
	if err := json.Unmarshal([]byte(entry), &members); err != nil {
		return []string{"not a JSON object: " + err.Error()}
	}
	if compact := new(bytes.Buffer); json.Compact(compact, []byte(entry)) != nil || compact.String() != entry {
		problems = append(problems, "not compact")
	}
	known := false
	for _, s := range schemas {
		if s.Discriminator != "eventType" || s.EventType != members["eventType"] {
			continue
		}
		known = true
		wrong := s.check(members, keys(entry))
		if len(wrong) == 0 {
			return problems
		}
		problems = append(problems, wrong...)
	}
	if !known {
		problems = append(problems, fmt.Sprintf("unknown eventType %v", members["eventType"]))
	}
	return problems
}

// keys lists the members of an object in their order.
func keys(object string) (list []string) {
	d := json.NewDecoder(strings.NewReader(object))
	d.Token()
	for d.More() {
		name, _ := d.Token()
		list = append(list, name.(string))
		var value json.RawMessage
		d.Decode(&value)
	}
	return list
}

func (s *schema) check(members map[string]any, order []string) (problems []string) {
	failure := members["status"] != "Success"
	level := s.LevelSuccess
	if failure {
		level = s.LevelFailure
	}
	if level == nil || *level != members["logLevel"] {
		problems = append(problems, fmt.Sprintf("level %v with status %v", members["logLevel"], members["status"]))
	}
	var documented []string
	for _, f := range s.Fields {
		documented = append(documented, f.Name)
	}
	problems = append(problems, checkFields(s.Fields, members, failure)...)
	var last int
	for _, name := range order {
		i := slices.Index(documented, name)
		switch {
		case name == "authorization" && failure, // ours: the reason of a refusal
			name == "subscriptions": // listed last, but printed behind the topic
			continue
		case i < 0:
			problems = append(problems, "unknown field "+name)
		case i < last:
			problems = append(problems, name+" is behind "+documented[last])
		}
		last = max(last, i)
	}
	return problems
}

func checkFields(fields []schemaField, members map[string]any, failure bool) (problems []string) {
	for _, f := range fields {
		value, ok := members[f.Name]
		required := f.Required == true || f.Required == "failure" && failure || f.Required == "success" && !failure
		switch {
		case !ok && required:
			problems = append(problems, f.Name+" is missing")
		case ok:
			if wrong := f.check(value); wrong != "" {
				problems = append(problems, f.Name+" "+wrong)
			}
		}
	}
	return problems
}

func (f *schemaField) check(value any) string {
	switch v := value.(type) {
	case string:
		return f.checkText(v)
	case float64:
		switch {
		case f.Type != "integer" || v != float64(int64(v)):
			return fmt.Sprintf("is the number %v, want %s", v, f.Type)
		case f.Minimum != nil && v < *f.Minimum || f.Maximum != nil && v > *f.Maximum:
			return fmt.Sprintf("is %v, out of range", v)
		}
	case bool:
		if f.Type != "boolean" {
			return "is a boolean, want " + f.Type
		}
	case []any:
		if !strings.HasPrefix(f.Type, "array<") {
			return "is an array, want " + f.Type
		}
		for _, element := range v {
			object, ok := element.(map[string]any)
			if f.Type != "array<object>" || !ok {
				return fmt.Sprintf("has the element %v, want %s", element, f.Type)
			}
			if wrong := checkFields(f.Items, object, false); len(wrong) > 0 {
				return fmt.Sprint("has an element where ", wrong)
			}
		}
	default:
		return fmt.Sprintf("is %v, want %s", value, f.Type)
	}
	return ""
}

func (f *schemaField) checkText(v string) string {
	switch {
	case f.Type != "string":
		return fmt.Sprintf("is the text %q, want %s", v, f.Type)
	case f.Const != nil && v != *f.Const:
		return fmt.Sprintf("is %q, want %q", v, *f.Const)
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, v):
		return fmt.Sprintf("is %q, want one of %q", v, f.Enum)
	case f.Pattern != "" && !regexp.MustCompile(f.Pattern).MatchString(v):
		return fmt.Sprintf("is %q, want %s", v, f.Pattern)
	}
	if _, err := netip.ParseAddr(v); f.Format == "ip" && err != nil {
		return fmt.Sprintf("is %q, want an IP address", v)
	}
	return ""
}

// The validator is worth something only if it finds mistakes.
func TestValidatorFindsMistakes(t *testing.T) {
	const good = `{"timestamp":"2026-01-02 03:04:05.678","logLevel":"ERROR","traceId":"00000000-0000-4000-8000-000000000001","accountId":"123456789012","status":"Failure","eventType":"Publish-In","protocol":"MQTT","topicName":"t","clientId":"c","principalId":"p","sourceIp":"10.0.0.1","sourcePort":1,"reason":"R","details":"D","authorization":{}}`
	schemas := readSchemas(t)
	if wrong := validate(schemas, good); len(wrong) > 0 {
		t.Fatalf("a good entry: %q", wrong)
	}
	f := func(old, new, want string) {
		t.Helper()
		if wrong := strings.Join(validate(schemas, strings.Replace(good, old, new, 1)), "; "); !strings.Contains(wrong, want) {
			t.Errorf("%s instead of %s: got %q, want %s", new, old, wrong, want)
		}
	}
	f(`{`, `[`, "not a JSON object")
	f(`,`, `, `, "not compact")
	f(`"Publish-In"`, `"Publish"`, "unknown eventType Publish")
	f(`"ERROR"`, `"INFO"`, "level INFO with status Failure")
	f(`"clientId":"c",`, ``, "clientId is missing")
	f(`"reason":"R",`, ``, "reason is missing")
	f(`"sourcePort":1`, `"sourcePort":"1"`, `sourcePort is the text "1", want integer`)
	f(`"sourcePort":1`, `"sourcePort":0`, "sourcePort is 0, out of range")
	f(`"sourcePort":1`, `"sourcePort":1,"x":1`, "unknown field x")
	f(`"topicName":"t","clientId":"c"`, `"clientId":"c","topicName":"t"`, "topicName is behind clientId")
	f(`10.0.0.1`, `here`, `sourceIp is "here", want an IP address`)
	f(`"MQTT"`, `"COAP"`, `protocol is "COAP", want one of`)
	f(`.678"`, `"`, "timestamp is")
	f(`"Failure"`, `"Success"`, "unknown field authorization")
}
