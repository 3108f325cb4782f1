// Package predicate decides which log messages match a condition.
//
// A condition is a tree of Expr: plain data that travels as JSON between nodes and that every query language of the log service
// compiles to, so that a store, a live tail and a metric filter all give the same answer. Compile turns the tree into a Matcher.
//
// Three readings of a message exist side by side. Contains and Matches look at its bytes. Comparisons of a Path read it as JSON:
// a message whose outermost value is not an object or an array, or that is malformed, satisfies none of them. Comparisons of a
// Field read it as words separated by spaces, inside an OpFields node that says how many there are.
//
// aws: logs/FilterAndPatternSyntax
package predicate

// Op names what a node of the tree asks.
type Op string

// The operations. And without arguments is true, Or without arguments is false.
const (
	OpAll      Op = "all"      // true
	OpAnd      Op = "and"      // every argument is true
	OpOr       Op = "or"       // at least one argument is true
	OpNot      Op = "not"      // the one argument is false
	OpContains Op = "contains" // the message contains Text, byte for byte
	OpMatches  Op = "matches"  // the message contains a match of the regular expression Text
	OpFields   Op = "fields"   // the message splits as Layout says, and the argument, if there is one, is true

	// Comparisons of what Path or Field names with Value. A Path that selects several values compares true if any of them does.
	// What is missing, JSON null, an object and an array compare false, also with OpNotEqual.
	OpEqual    Op = "eq"
	OpNotEqual Op = "ne"
	OpLess     Op = "lt" // this and the following: numbers only
	OpAtMost   Op = "le"
	OpGreater  Op = "gt"
	OpAtLeast  Op = "ge"

	// Questions about what Path names in a JSON message.
	OpIsNull    Op = "null"   // JSON null
	OpIsTrue    Op = "true"   // JSON true, not the string
	OpIsFalse   Op = "false"  // JSON false, not the string
	OpNotExists Op = "absent" // nothing is there, not even null
)

// Limits that Compile enforces, so that a tree from another node or a user cannot exhaust the reader.
const (
	MaxDepth   = 64    // nesting of the tree
	MaxNodes   = 1024  // nodes of the tree
	MaxRegexps = 16    // regular expressions in the tree
	MaxText    = 10240 // bytes of one text, number or regular expression
	MaxSteps   = 64    // steps of one path
	MaxFields  = 512   // fields of one layout
	// MaxRegexpSize bounds the instructions of one compiled regular expression, and with them the time it takes for each byte:
	// counted repetitions such as x{500} multiply.
	MaxRegexpSize = 1000
)

// Expr is one node of a condition. Which members are used depends on Op; Compile refuses a tree that lacks one.
// A nil *Expr matches everything. An Expr is never changed by this package and may be shared.
type Expr struct {
	Op     Op      `json:"op"`
	Args   []*Expr `json:"args,omitempty"`
	Text   string  `json:"text,omitempty"`
	Path   Path    `json:"path,omitempty"`   // what a comparison or question reads from a JSON message
	Field  int     `json:"field,omitempty"`  // what a comparison inside OpFields reads: 1 is the first field of the layout
	Value  Value   `json:"value,omitzero"`   // what a comparison compares with
	Layout *Layout `json:"layout,omitempty"` // how OpFields splits the message
}

// ValueKind says how the Text of a Value is meant.
type ValueKind string

// The kinds of value.
const (
	KindText   ValueKind = "text"   // the same bytes
	KindGlob   ValueKind = "glob"   // text in which each * stands for any bytes, also none
	KindNumber ValueKind = "number" // a decimal number; texts that read as numbers compare as numbers
	KindRegexp ValueKind = "regexp" // a regular expression, found anywhere in the text
)

// Value is what a comparison compares with. Numbers stay text, so that integers of any size compare exactly.
type Value struct {
	Kind ValueKind `json:"kind"`
	Text string    `json:"text"`
}

// And is true if every one of args is.
func And(args ...*Expr) *Expr { return &Expr{Op: OpAnd, Args: args} }

// Or is true if one of args is.
func Or(args ...*Expr) *Expr { return &Expr{Op: OpOr, Args: args} }

// Not is true if e is not.
func Not(e *Expr) *Expr { return &Expr{Op: OpNot, Args: []*Expr{e}} }

// Contains is true if the message contains text.
func Contains(text string) *Expr { return &Expr{Op: OpContains, Text: text} }

// Matches is true if the message contains a match of the regular expression, in RE2 syntax.
func Matches(re string) *Expr { return &Expr{Op: OpMatches, Text: re} }

// Compare is true if a value that path selects stands in relation op to v.
func Compare(path Path, op Op, v Value) *Expr { return &Expr{Op: op, Path: path, Value: v} }

// Ask is true if the answer to op (OpIsNull, OpIsTrue, OpIsFalse, OpNotExists) about path is yes.
func Ask(path Path, op Op) *Expr { return &Expr{Op: op, Path: path} }

// CompareField is true if field n of the enclosing Fields stands in relation op to v.
func CompareField(n int, op Op, v Value) *Expr { return &Expr{Op: op, Field: n, Value: v} }

// Fields is true if the message splits as l says and cond, which may be nil, is true of the fields.
func Fields(l *Layout, cond *Expr) *Expr {
	if cond == nil {
		return &Expr{Op: OpFields, Layout: l}
	}
	return &Expr{Op: OpFields, Layout: l, Args: []*Expr{cond}}
}
