package wire

import (
	"fmt"
	"reflect"
	"strings"
)

// Place is where in a message a member stands.
type Place uint8

// The places. Only rest-json has others than Body.
const (
	Body    Place = iota
	URI           // a label of the path
	Param         // a parameter of the URL query
	Header        // a header
	Status        // the HTTP status
	Payload       // the body is this member alone
)

// Member is one member of an input or output: where it stands and what it may be.
//
// Generated fields describe themselves in a tag: `wire:"thingName,uri,required" is:"ThingName"`. First comes the name on the wire,
// then any of the words uri, query, header, status, payload (the place; body if none), required, json (text that holds JSON, base64
// in a header; a payload whose media type is JSON), flat (query: no wrapping element), stream (an event stream), secret (not for
// records). The key "is" names the shape in [Service.Shapes] that says more.
type Member struct {
	Name     string
	Place    Place
	Required bool
	JSON     bool
	Stream   bool
	Secret   bool // never shown in records of calls

	index   int    // of the field
	pointer bool   // the field is a pointer to the value
	path    string // name in validation messages and records: the model's, with a lower-case first letter
	plan    *plan
}

func parseTag(f reflect.StructField) (m Member, flat bool) {
	words := strings.Split(f.Tag.Get("wire"), ",")
	m.Name = words[0]
	m.path = strings.ToLower(f.Name[:1]) + f.Name[1:]
	for _, w := range words[1:] {
		switch w {
		case "uri":
			m.Place = URI
		case "query":
			m.Place = Param
		case "header":
			m.Place = Header
		case "status":
			m.Place = Status
		case "payload":
			m.Place = Payload
		case "required":
			m.Required = true
		case "json":
			m.JSON = true
		case "stream":
			m.Stream = true
		case "secret":
			m.Secret = true
		case "flat":
			flat = true
		default:
			panic(fmt.Sprintf("wire: unknown word %q in the tag of field %s: apigen and wire disagree", w, f.Name))
		}
	}
	return m, flat
}
