package wire

import (
	"reflect"
	"slices"
	"sync"
)

// Protocol is one way of spelling calls.
type Protocol string

// The protocols AWS services speak.
const (
	RestJSON Protocol = "rest-json"
	JSON10   Protocol = "json-1.0"
	JSON11   Protocol = "json-1.1"
	Query    Protocol = "query"
	RPCCBOR  Protocol = "rpc-v2-cbor"
)

// Service is what the public model says about one service. Generated packages hold one each; it must not be changed or copied.
type Service struct {
	Name         string   // key everywhere in this program: "iot", "iotdata", "cloudwatch"
	ID           string   // service id of the model: "IoT", "IoT Data Plane"
	Version      string   // API version, e.g. 2015-05-28
	SigningNames []string // names accepted in the credential scope; the first is the current one
	EventSource  string   // as audit records spell it: iot.amazonaws.com
	Protocols    []Protocol
	TargetPrefix string // first half of X-Amz-Target, and the rpc-v2 service name
	XMLNamespace string // of query replies

	// QueryCompatible services once spoke only query and still tell the old error code in a header when asked to.
	QueryCompatible bool
	// ValidationCode names the error of an input that breaks the model's constraints.
	ValidationCode string

	Ops    []*Op                 // by name; filled by NewOp while the generated package is initialised
	Errors map[string]ErrorShape // by shape name
	Shapes map[string]Shape      // constrained or specially written shapes, by name

	plans sync.Map // reflect.Type → *plan: a cache, not state
}

// Signs reports whether name is one of the service's names in a credential scope.
func (s *Service) Signs(name string) bool { return slices.Contains(s.SigningNames, name) }

// Speaks reports whether the service knows the protocol.
func (s *Service) Speaks(p Protocol) bool { return slices.Contains(s.Protocols, p) }

// Op finds an operation by name.
func (s *Service) Op(name string) (*Op, bool) {
	i, ok := slices.BinarySearchFunc(s.Ops, name, func(op *Op, name string) int {
		switch {
		case op.Name < name:
			return -1
		case op.Name > name:
			return 1
		}
		return 0
	})
	if !ok {
		return nil, false
	}
	return s.Ops[i], true
}

// Shape is what the model says about the values of a named shape beyond their type. The zero Shape allows everything.
type Shape struct {
	Range   string   // "1..128", "..128", "1.."; of the length for strings, blobs, lists and maps, of the value for numbers
	Pattern string   // as the model spells it; it must match the whole value
	Enum    []string // the only values allowed

	Key  string // name of the shape of a map's keys
	Elem string // name of the shape of the elements of a list or the values of a map

	KeyName  string // query: element name of map keys where it is not "key"
	ElemName string // query: element name of list items ("member") or map values ("value")
	Flat     bool   // query: items repeat the member's name
	Time     string // timestamps in bodies: "iso8601" where not the protocol's usual form
}

// ErrorShape is a modelled error.
type ErrorShape struct {
	Code    string   // on the wire in query replies, e.g. NoSuchEntity for NoSuchEntityException
	Status  int      // HTTP status
	Fault   Fault    // whose fault
	Members []string // wire names of the members, the message among them
}

// Fault says who is to blame for an error.
type Fault uint8

// Blame, spelled in query replies as Sender and Receiver.
const (
	Sender Fault = iota
	Receiver
)

func (f Fault) String() string {
	if f == Receiver {
		return "Receiver"
	}
	return "Sender"
}

// Nothing is embedded by generated structs that stand for an input or output the model does not have.
type Nothing struct{}

var nothingType = reflect.TypeFor[Nothing]()
