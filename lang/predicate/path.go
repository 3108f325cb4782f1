package predicate

import (
	"strconv"
	"strings"
)

// Path selects values of a JSON message, from its outermost object or array downwards.
type Path []Step

// StepKind says how a step goes down.
type StepKind string

// The kinds of step.
const (
	StepKey     StepKind = "key"     // the property Name of an object
	StepIndex   StepKind = "index"   // element Index of an array, from 0
	StepAnyKey  StepKind = "keys"    // every property of an object
	StepAnyElem StepKind = "indexes" // every element of an array
)

// Step is one step of a Path.
type Step struct {
	Kind  StepKind `json:"kind"`
	Name  string   `json:"name,omitempty"`
	Index int      `json:"index,omitempty"`
}

// Key steps to the property name.
func Key(name string) Step { return Step{Kind: StepKey, Name: name} }

// Index steps to array element n.
func Index(n int) Step { return Step{Kind: StepIndex, Index: n} }

// AnyKey steps to every property.
func AnyKey() Step { return Step{Kind: StepAnyKey} }

// AnyElem steps to every array element.
func AnyElem() Step { return Step{Kind: StepAnyElem} }

// String is the path as a selector: $.a['b.c'][0].
func (p Path) String() string {
	b := []byte{'$'}
	for _, s := range p {
		switch {
		case s.Kind == StepAnyKey:
			b = append(b, ".*"...)
		case s.Kind == StepAnyElem:
			b = append(b, "[*]"...)
		case s.Kind == StepIndex:
			b = strconv.AppendInt(append(b, '['), int64(s.Index), 10)
			b = append(b, ']')
		case plainName(s.Name):
			b = append(append(b, '.'), s.Name...)
		default:
			b = append(append(append(b, ".['"...), s.Name...), "']"...)
		}
	}
	return string(b)
}

func plainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
