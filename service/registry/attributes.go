package registry

import (
	"maps"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// The most attributes a thing may have, with and without a type, and a group. With 128 characters for each name and 800 for each
// value, fifty stay below the 47 KB that a thing may have in all. (aws: general/iot-core#thing-limits)
const (
	attributesTyped   = 50
	attributesUntyped = 3
	attributesGroup   = 50
)

// mergeAttributes applies a payload: with merge, names not given stay and an empty value removes a name; without, the payload
// replaces everything.
func mergeAttributes(old map[string]string, p *iot.AttributePayload) map[string]string {
	merged := map[string]string{}
	if isTrue(p.Merge) {
		maps.Copy(merged, old)
	}
	for name, value := range p.Attributes {
		if value == "" {
			delete(merged, name)
		} else {
			merged[name] = value
		}
	}
	return merged
}

func (t *thing) checkAttributes() error {
	n := len(t.Attributes)
	switch {
	case t.Type == "" && n > attributesUntyped:
		return refuse(fault.Invalid, "The thing %s would have %d attributes; a thing without a type may have %d, one with a type %d.", t.Name, n, attributesUntyped, attributesTyped)
	case n > attributesTyped:
		return refuse(fault.Invalid, "The thing %s would have %d attributes; allowed are %d.", t.Name, n, attributesTyped)
	}
	return nil
}

// notNil makes an absent map an empty one: that is how answers show it.
func notNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
