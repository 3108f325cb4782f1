package shadow

import (
	"strings"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/limit"
	"telltale/lang/shadowdoc"
)

// key names a shadow among those of all accounts. The unnamed shadow of a thing has no name.
type key struct {
	scope       caller.Scope
	thing, name string
}

// title is what messages and entries call the shadow.
func (k *key) title() string {
	if k.name == "" {
		return k.thing
	}
	return k.name
}

// topic is the beginning of the shadow's topics.
func (k *key) topic() string {
	if k.name == "" {
		return "$aws/things/" + k.thing + "/shadow/"
	}
	return "$aws/things/" + k.thing + "/shadow/name/" + k.name + "/"
}

// The longest names. (aws: general/iot_device_management#device-shadow-limits)
const (
	maxThing  = 128
	maxShadow = 64
)

// check refuses names that no thing or shadow can have.
func (k *key) check() error {
	if !limit.IsName(k.thing, maxThing, ":_-") {
		return shadowdoc.NoThing()
	}
	if k.name != "" && !limit.IsName(k.name, maxShadow, "$:_-") {
		return shadowdoc.BadShadowName()
	}
	return nil
}

// verb is what can be done to a shadow.
type verb struct {
	name   string // last level of the request's topic
	kind   *event.Kind
	metric string
}

var (
	get    = &verb{"get", kindGet, "GetThingShadow.Accepted"}
	update = &verb{"update", kindUpdate, "UpdateThingShadow.Accepted"}
	remove = &verb{"delete", kindDelete, "DeleteThingShadow.Accepted"}
)

// parseTopic reads the topic of a request. It reports false for all other topics, our own answers among them.
func parseTopic(topic string) (k key, v *verb, ok bool) {
	rest, ok := strings.CutPrefix(topic, "$aws/things/")
	if !ok {
		return k, nil, false
	}
	if k.thing, rest, ok = strings.Cut(rest, "/shadow/"); !ok {
		return k, nil, false
	}
	if named, is := strings.CutPrefix(rest, "name/"); is {
		if k.name, rest, ok = strings.Cut(named, "/"); !ok || k.name == "" {
			return k, nil, false
		}
	}
	for _, v := range [...]*verb{get, update, remove} {
		if rest == v.name {
			return k, v, true
		}
	}
	return k, nil, false
}
