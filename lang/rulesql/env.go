package rulesql

import (
	"fmt"
	"time"
)

// Message is what the rules engine knows about a message besides its payload.
type Message struct {
	Topic     string // as the rule sees it: without the $aws/rules/NAME/ of Basic Ingest
	ClientID  string // empty if the message did not come over MQTT
	Principal string // empty if nobody is known
	AccountID string // of the rule
	TraceID   string // empty outside of MQTT
	Time      time.Time
	MQTT5     Properties
}

// Properties are the properties of an MQTT 5 PUBLISH. An empty one is absent.
type Properties struct {
	ContentType     string
	UTF8            bool // payload format indicator
	ResponseTopic   string
	CorrelationData []byte
	User            []Property
}

// Property is a user property; one name may be there more than once.
type Property struct{ Name, Value string }

// Env is the world outside of a statement, for one message. The evaluation calls its methods one after another.
type Env interface {
	// Message is never nil and does not change during an evaluation.
	Message() *Message
	// Random is a number in [0, 1).
	Random() float64
	// UUID is a new random UUID.
	UUID() string
	// Location finds a time zone by its name in the tz database.
	Location(name string) (*time.Location, error)
	External
}

// External is the functions whose answer other services give. Answers are JSON text unless said otherwise. An error makes the function
// Undefined and is told in Result.Calls.
type External interface {
	// InvokeLambda calls a function with a JSON text and waits for its answer, 2 seconds at most.
	InvokeLambda(functionARN string, input []byte) ([]byte, error)
	// Predict asks a machine learning model about a record, a JSON object.
	Predict(model, roleARN string, record []byte) ([]byte, error)
	// ThingShadow is a shadow document; an empty shadow is the classic one.
	ThingShadow(thing, shadow, roleARN string) ([]byte, error)
	// DynamoDBItem is one item as an object.
	DynamoDBItem(key ItemKey, roleARN string) ([]byte, error)
	// Secret is the current value of a secret, as it is stored and not as JSON. kind is SecretString or SecretBinary.
	Secret(id, kind, roleARN string) ([]byte, error)
	// RegistryData is the answer of DescribeThing or ListThingGroupsForThing.
	RegistryData(api, thing, roleARN string) ([]byte, error)
	// DescriptorSet is a serialized google.protobuf.FileDescriptorSet.
	DescriptorSet(bucket, key string) ([]byte, error)
}

// ItemKey names an item of a table. Values are JSON texts: a string or a number. SortName is empty in a table without a sort key.
type ItemKey struct {
	Table, PartitionName, PartitionValue, SortName, SortValue string
}

// Offline is an Env with a fixed message and no services: every external function fails.
type Offline struct {
	Msg     Message
	Rand    float64
	NewUUID string
}

var _ Env = (*Offline)(nil)

// Message is Msg.
func (o *Offline) Message() *Message { return &o.Msg }

// Random is Rand.
func (o *Offline) Random() float64 { return o.Rand }

// UUID is NewUUID.
func (o *Offline) UUID() string { return o.NewUUID }

// Location knows UTC only.
func (o *Offline) Location(name string) (*time.Location, error) {
	return nil, fmt.Errorf("time zone %s is not available offline", name)
}

func offline(service string) ([]byte, error) {
	return nil, fmt.Errorf("%s is not available offline", service)
}

// InvokeLambda fails.
func (o *Offline) InvokeLambda(string, []byte) ([]byte, error) { return offline("Lambda") }

// Predict fails.
func (o *Offline) Predict(string, string, []byte) ([]byte, error) { return offline("Machine Learning") }

// ThingShadow fails.
func (o *Offline) ThingShadow(string, string, string) ([]byte, error) {
	return offline("Device Shadow")
}

// DynamoDBItem fails.
func (o *Offline) DynamoDBItem(ItemKey, string) ([]byte, error) { return offline("DynamoDB") }

// Secret fails.
func (o *Offline) Secret(string, string, string) ([]byte, error) { return offline("Secrets Manager") }

// RegistryData fails.
func (o *Offline) RegistryData(string, string, string) ([]byte, error) {
	return offline("the registry")
}

// DescriptorSet fails.
func (o *Offline) DescriptorSet(string, string) ([]byte, error) { return offline("S3") }
