// Package catalogue knows every log entry that AWS documents, and those of our own, and finds what is wrong with one of ours. (aws: iot/cwl-format)
package catalogue

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

//go:embed log-entries.json
var documented []byte

//go:embed own-entries.json
var own []byte

// Schema is one documented shape of an entry. An entry is valid if one of the shapes of its type accepts it.
type Schema struct {
	Component, EventType, Discriminator, Variant string
	LevelSuccess, LevelFailure                   *string
	OptIn                                        bool
	Fields                                       []Field
}

// Field is a documented member of an entry.
type Field struct {
	Name, Type       string
	Required         any // true, false, "success" or "failure"
	Enum             []string
	Const            *string
	Pattern, Format  string
	Minimum, Maximum *float64
	Items            []Field
	Aliases          []string
}

// Catalogue is all shapes.
type Catalogue []Schema

// Read reads the catalogue.
func Read() (Catalogue, error) {
	var list, ours Catalogue
	if err := json.Unmarshal(documented, &list); err != nil || len(list) == 0 {
		return nil, fmt.Errorf("the catalogue of log entries: %d schemas, %v", len(list), err)
	}
	if err := json.Unmarshal(own, &ours); err != nil || len(ours) == 0 {
		return nil, fmt.Errorf("the catalogue of our own entries: %d schemas, %v", len(ours), err)
	}
	return append(list, ours...), nil
}

// Validate says what is wrong with an entry: nothing if one of the shapes of its type accepts it.
func (c Catalogue) Validate(entry string) (problems []string) {
	var members map[string]any
	if err := json.Unmarshal([]byte(entry), &members); err != nil {
		return []string{"not a JSON object: " + err.Error()}
	}
	if compact := new(bytes.Buffer); json.Compact(compact, []byte(entry)) != nil || compact.String() != entry {
		problems = append(problems, "not compact")
	}
	known, refused := false, []string{}
	for _, s := range c {
		if s.EventType != members[s.Discriminator] {
			continue
		}
		known = true
		wrong := s.check(members, keys(entry))
		if len(wrong) == 0 {
			return problems
		}
		refused = append(refused, wrong...)
	}
	problems = append(problems, refused...)
	if !known {
		problems = append(problems, "unknown eventType "+TypeOf(entry))
	}
	return problems
}

// TypeOf is the type of an entry, "" if it has none.
func TypeOf(entry string) string {
	var e struct{ EventType, Event string }
	_ = json.Unmarshal([]byte(entry), &e) // what is not JSON has no type
	if e.EventType == "" {
		return e.Event // of LoRaWAN
	}
	return e.EventType
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

func (s *Schema) check(members map[string]any, order []string) (problems []string) {
	failure := members["status"] != "Success"
	if s.Discriminator == "event" { // these have no status
		failure = members["logLevel"] == "ERROR"
	}
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
	documented = append(documented, ownFields[s.EventType]...)
	problems = append(problems, checkFields(s.Fields, members, failure)...)
	var last int
	for _, name := range order {
		i := slices.Index(documented, name)
		switch {
		case name == "authorization" && (failure || overlooked(members)), // ours: the reason of a refusal
			slices.Contains(payloadFields, name) && i < 0, // ours: what was asked for
			name == "subscriptions":                       // listed last, but printed behind the topic
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

// overlooked reports whether an entry is of something that a permissive broker let through.
func overlooked(members map[string]any) bool {
	details, _ := members["details"].(string)
	return strings.HasPrefix(details, "Allowed only because of --permissive")
}

// ownFields are ours: what entries of a type tell beyond what is documented, behind all that is.
var ownFields = map[string][]string{
	"Disconnect": {"connectedForMs", "lastPacket", "lastPacketAt", "keepAlive", "bytesIn", "messagesIn", "bytesOut", "messagesOut", "rivalIp", "rivalPort"},
}

// payloadFields are ours: what entries say of a payload when payloads are captured.
var payloadFields = []string{"payload", "payloadEncoding", "payloadSize", "payloadTruncated"}

// unknowable reports whether an entry may lack a field that is documented because nobody has it: messages over HTTP have no client id
// (aws: iot/http), and who was not admitted by a custom authorizer has no principal.
func unknowable(field string, members map[string]any, failure bool) bool {
	switch field {
	case "clientId":
		return members["eventType"] == "Publish-In" && members["protocol"] == "HTTP"
	case "principalId":
		return members["eventType"] == "Connect" && failure
	}
	return false
}

func checkFields(fields []Field, members map[string]any, failure bool) (problems []string) {
	for _, f := range fields {
		value, ok := members[f.Name]
		required := f.Required == true || f.Required == "failure" && failure || f.Required == "success" && !failure
		switch {
		case !ok && required && !unknowable(f.Name, members, failure):
			problems = append(problems, f.Name+" is missing")
		case ok:
			if wrong := f.check(value); wrong != "" {
				problems = append(problems, f.Name+" "+wrong)
			}
		}
	}
	return problems
}

func (f *Field) check(value any) string {
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
	case map[string]any:
		return f.checkTexts(v)
	default:
		return fmt.Sprintf("is %v, want %s", value, f.Type)
	}
	return ""
}

// checkTexts checks an object of texts, as the resources of a rule's action are.
func (f *Field) checkTexts(v map[string]any) string {
	if f.Type != "map<string,string>" {
		return "is an object, want " + f.Type
	}
	for name, value := range v {
		if _, ok := value.(string); !ok {
			return fmt.Sprintf("has the member %s: %v, want a string", name, value)
		}
	}
	return ""
}

func (f *Field) checkText(v string) string {
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
