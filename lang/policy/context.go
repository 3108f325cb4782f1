package policy

import "strings"

// Context supplies the values of condition keys and policy variables.
type Context interface {
	// Lookup returns the values of a key, none if the request has no such key. The name arrives in lower case,
	// because names of keys are case-insensitive. The caller does not change the slice.
	Lookup(name string) []string
}

// Keys is the plain Context: a set of keys with their values. The zero value is ready to use.
type Keys struct {
	values map[string][]string
}

// Set gives a key its values, in place of earlier ones. No values remove the key. The name may be in any case.
func (k *Keys) Set(name string, values ...string) {
	if k.values == nil {
		k.values = map[string][]string{}
	}
	k.values[fold(name)] = values
}

// Lookup implements Context. A nil *Keys has no values.
func (k *Keys) Lookup(name string) []string {
	if k == nil {
		return nil
	}
	return k.values[name]
}

// key is the name of a condition key or variable: as written, for explanations, and as looked up.
type key struct {
	name, folded string
}

// fold is the spelling under which a key is looked up.
func fold(name string) string {
	folded := strings.ToLower(name)
	if folded == "iot:thing.thingname" { // The long-published examples leave out "Connection".
		return "iot:connection.thing.thingname"
	}
	return folded
}

func newKey(name string) key { return key{name, fold(name)} }

// values returns what the request knows under the key.
func (k key) values(ctx Context) []string {
	if ctx == nil {
		return nil
	}
	return ctx.Lookup(k.folded)
}
