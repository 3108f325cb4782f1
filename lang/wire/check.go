package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// check is what the model allows in a value, and how it is said that a value is not allowed.
type check struct {
	min, max string  // as the model writes them; empty where there is no limit
	lo, hi   float64 // the same as numbers
	enum     []string
	pattern  string
	matches  func(string) bool // compiled when first needed
}

func newCheck(s Shape) *check {
	c := &check{enum: s.Enum, pattern: s.Pattern}
	c.min, c.max, _ = strings.Cut(s.Range, "..")
	c.lo, _ = strconv.ParseFloat(c.min, 64)
	c.hi, _ = strconv.ParseFloat(c.max, 64)
	if s.Pattern != "" {
		compiled := sync.OnceValue(func() func(string) bool { return compilePattern(s.Pattern) })
		c.matches = func(value string) bool { return compiled()(value) }
	}
	return c
}

// failures appends the constraints the value breaks.
func (c *check) failures(p *plan, v reflect.Value, list []string) []string {
	unit := "have length"
	var size float64
	switch p.kind {
	case kindString:
		size = float64(utf8.RuneCountInString(v.String()))
	case kindBlob, kindList, kindMap:
		size = float64(v.Len())
	case kindInt:
		size, unit = float64(v.Int()), "have value"
	case kindFloat:
		size, unit = v.Float(), "have value"
	}
	if c.max != "" && size > c.hi {
		list = append(list, fmt.Sprintf("Member must %s less than or equal to %s", unit, c.max))
	}
	if c.min != "" && size < c.lo {
		list = append(list, fmt.Sprintf("Member must %s greater than or equal to %s", unit, c.min))
	}
	if p.kind != kindString {
		return list
	}
	if len(c.enum) > 0 && !slices.Contains(c.enum, v.String()) {
		list = append(list, c.enumText())
	}
	if c.matches != nil && !c.matches(v.String()) {
		list = append(list, c.patternText())
	}
	return list
}

// all lists every constraint: the service names them all when an element of a list or map breaks one.
func (c *check) all(p *plan) string {
	unit := "have length"
	if p.kind == kindInt || p.kind == kindFloat {
		unit = "have value"
	}
	var list []string
	if c.max != "" {
		list = append(list, fmt.Sprintf("Member must %s less than or equal to %s", unit, c.max))
	}
	if c.min != "" {
		list = append(list, fmt.Sprintf("Member must %s greater than or equal to %s", unit, c.min))
	}
	if len(c.enum) > 0 {
		list = append(list, c.enumText())
	}
	if c.pattern != "" {
		list = append(list, c.patternText())
	}
	return strings.Join(list, ", ")
}

func (c *check) enumText() string {
	return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
}

func (c *check) patternText() string {
	return "Member must satisfy regular expression pattern: " + c.pattern
}
