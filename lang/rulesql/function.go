package rulesql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// function is a function of the language. aws: iot/iot-sql-functions
type function struct {
	name       string
	parameters string // "num, n", with optional ones in brackets
	least      int    // arguments
	most       int    // arguments; -1 for any number
	since      Version
	doc        string // one sentence
	run        func(e *Evaluator, args []value) value

	fixed   fixed
	outside bool // the answer comes from another service
	raw     bool // takes * as bytes
}

// fixed says which argument cannot be a variable.
type fixed uint8

const (
	fixedNone   fixed = iota
	fixedFirst        // a mode
	fixedLast         // the ARN of a role
	fixedSecond       // the ARN of a role
)

// families are the functions by file.
var families = [][]function{
	mathFunctions, doubleFunctions, bitFunctions, textFunctions, regexpFunctions, hashFunctions, encodingFunctions,
	timeFunctions, messageFunctions, typeFunctions, collectionFunctions, externalFunctions,
}

// functions by their name in lower case.
var functions = index(families)

func index(families [][]function) map[string]*function {
	m := map[string]*function{}
	for _, family := range families {
		for i := range family {
			m[strings.ToLower(family[i].name)] = &family[i]
		}
	}
	return m
}

// Function describes a function of the language.
type Function struct {
	Name      string
	Signature string  // "substring(text, start[, end])"
	Since     Version // the first version that has it
	External  bool    // another service gives the answer: error actions may not use it
	Text      string  // one sentence
}

// Functions lists the functions of the language and CAST by name.
func Functions() []Function {
	list := []Function{{"cast", "cast(value AS type)", V20151008, false, "Converts to String, Int, Double, Decimal or Boolean."}}
	for _, family := range families {
		for _, f := range family {
			list = append(list, Function{f.name, f.name + "(" + f.parameters + ")", f.since, f.outside, f.doc})
		}
	}
	slices.SortFunc(list, func(a, b Function) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list
}

// takes reports whether f can be called with so many arguments.
func (f *function) takes(n int) bool { return n >= f.least && (f.most < 0 || n <= f.most) }

func (f *function) arity() string {
	switch {
	case f.least == f.most && f.least == 1:
		return "1 argument"
	case f.least == f.most:
		return fmt.Sprintf("%d arguments", f.least)
	case f.most < 0:
		return fmt.Sprintf("%d or more arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

// fixedArg is the argument that cannot be a variable, or -1.
func (f *function) fixedArg(n int) int {
	switch {
	case f.fixed == fixedFirst:
		return 0
	case f.fixed == fixedLast:
		return n - 1
	case f.fixed == fixedSecond:
		return 1
	}
	return -1
}

// roleArg is the argument that names a role, or -1.
func (f *function) roleArg(n int) int {
	if f.fixed == fixedLast || f.fixed == fixedSecond {
		return f.fixedArg(n)
	}
	return -1
}

// isExternal tells whether a call asks another service: decode does for the descriptors of Protobuf.
func (f *function) isExternal(args int) bool { return f.outside || f.name == "decode" && args > 2 }

// suggestion is the known name that is nearest to a wrong one, as the end of a sentence.
func suggestion(name string) string {
	best, least := "", 3
	for _, f := range Functions() {
		if d := distance(strings.ToLower(name), strings.ToLower(f.Name)); d < least {
			best, least = f.Name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters must be put in, taken out or changed to make b of a.
func distance(a, b string) int {
	if len(a) > MaxName {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
