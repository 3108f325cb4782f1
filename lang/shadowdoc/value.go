package shadowdoc

import (
	"iter"
	"strings"
)

// kind is the kind of a value.
type kind uint8

const (
	absent kind = iota // no value
	null
	boolean
	number
	text
	array
	object
)

// value is a JSON value.
type value struct {
	kind kind
	time int64    // when it was set, in epoch seconds; an object has no time of its own, the elements of an array have the array's
	json string   // of null, boolean, number and text: the JSON, texts with the fewest possible escapes so that equal ones are equal here
	list []member // of an object, in the order of the names; of an array, without names
}

// member is a member of an object or an element of an array.
type member struct {
	name string // as JSON, quoted
	value
}

// merge returns what a change makes of an old value: objects are merged member by member, null removes, everything else replaces.
func merge(old, change value, now int64) value {
	if change.kind != object {
		change.time = now
		return change
	}
	merged := value{kind: object}
	if old.kind != object {
		old = merged
	}
	merged.list = make([]member, 0, max(len(old.list), len(change.list)))
	for was, is := range pairs(old.list, change.list) {
		switch {
		case is == nil:
			merged.list = append(merged.list, *was)
		case is.kind == null:
		case was == nil:
			merged.list = append(merged.list, member{is.name, merge(value{}, is.value, now)})
		default:
			merged.list = append(merged.list, member{is.name, merge(was.value, is.value, now)})
		}
	}
	return merged
}

// difference returns the parts of desired that reported does not have, or no value if there are none. Objects are compared member by
// member, everything else as a whole.
func difference(desired, reported value) value {
	if desired.kind != object || reported.kind != object {
		if equal(desired, reported) {
			return value{}
		}
		return desired
	}
	var differs []member
	for want, have := range pairs(desired.list, reported.list) {
		switch {
		case want == nil:
		case have == nil:
			differs = append(differs, *want)
		default:
			if d := difference(want.value, have.value); d.kind != absent {
				differs = append(differs, member{want.name, d})
			}
		}
	}
	if len(differs) == 0 {
		return value{}
	}
	return value{kind: object, list: differs}
}

// equal reports whether two values are the same, whenever they were set. 1 equals 1.0.
func equal(a, b value) bool {
	if a.kind != b.kind || len(a.list) != len(b.list) {
		return false
	}
	if a.kind == number {
		return a.json == b.json || sameNumber(a.json, b.json)
	}
	for i := range a.list {
		if a.list[i].name != b.list[i].name || !equal(a.list[i].value, b.list[i].value) {
			return false
		}
	}
	return a.json == b.json
}

// pairs walks two objects side by side in the order of names; what one of them does not have is nil.
func pairs(a, b []member) iter.Seq2[*member, *member] {
	return func(yield func(a, b *member) bool) {
		for i, k := 0, 0; i < len(a) || k < len(b); {
			var x, y *member
			order := -1 // whose turn it is
			switch {
			case i == len(a):
				order = 1
			case k < len(b):
				order = strings.Compare(a[i].name, b[k].name)
			}
			if order <= 0 {
				x = &a[i]
				i++
			}
			if order >= 0 {
				y = &b[k]
				k++
			}
			if !yield(x, y) {
				return
			}
		}
	}
}

// size is the length of the value as JSON without blanks.
func (v *value) size() int {
	if v.kind < array {
		return len(v.json)
	}
	size := len(`{}`) + max(0, len(v.list)-1)
	for i := range v.list {
		size += v.list[i].size()
		if v.kind == object {
			size += len(v.list[i].name) + 1
		}
	}
	return size
}
