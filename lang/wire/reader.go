package wire

import "time"

// Form says how query spells a list or a map. Other protocols have no use for it.
type Form struct {
	Flat     bool   // items repeat the member's name
	KeyName  string // "" is "key"
	ElemName string // "" is "member" in lists, "value" in maps
}

// Reader pulls values out of a message. Which kind of value comes next is told by the model, so the caller asks for it.
//
// Errors stick: after the first one every method returns zero values and Field, More and Key report the end, so that a caller may
// read on and ask Err once.
type Reader interface {
	// Null reports whether the next value is null, and skips it if so.
	Null() bool

	// Structures: BeginStruct, then Field and a value until Field reports false.
	BeginStruct()
	Field() (name string, ok bool)
	// Lists: BeginList, then More and a value until More reports false.
	BeginList(Form)
	More() bool
	// Maps: BeginMap, then Key and a value until Key reports false.
	BeginMap(Form)
	Key() (key string, ok bool)

	Text() string
	Bool() bool
	// Int reads an integer that fits in the number of bits.
	Int(bits int) int64
	Float() float64
	Blob() []byte
	Time() time.Time

	// Skip reads a value of any kind and forgets it.
	Skip()
	// Err is the first error: what was found and what is allowed.
	Err() error
}

// Limits of what a Reader accepts.
const (
	MaxDepth = 100     // nesting of structures, lists and maps
	MaxBody  = 8 << 20 // bytes of a body, before and after decompression
)
