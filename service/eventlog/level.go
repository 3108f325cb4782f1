package eventlog

import (
	"sync/atomic"

	"telltale/base/caller"
	"telltale/base/event"
)

// Target types of a resource level. (aws: iot/API_LogTarget)
const (
	targetDefault   = "DEFAULT"
	targetGroup     = "THING_GROUP"
	targetClient    = "CLIENT_ID"
	targetSource    = "SOURCE_IP"
	targetPrincipal = "PRINCIPAL_ID"
)

// settings is how one account and region logs: an immutable picture, replaced as a whole at each change.
type settings struct {
	replaced   atomic.Bool // there is a newer one, or must be
	scope      caller.Scope
	configured bool // V2 options were set
	disabled   bool // the kill switch
	role       string
	level      event.Level
	events     map[string]eventSetting
	levels     resources[event.Level]
	captures   resources[*capture]

	fallback *destination
	dests    map[string]*destination // by log group
}

type eventSetting struct {
	Level       event.Level
	HasLevel    bool
	Destination string
}

type target struct{ Type, Name string }

// threshold is the level an entry of a kind must reach, for an origin. The order of strength is documented: account default, then
// event type, then resource; among resources the most specific decides: client, principal, address, thing group.
func (s *settings) threshold(o *caller.Origin, k *event.Kind, groups Groups) event.Level {
	if s.disabled || !s.configured {
		return event.Disabled
	}
	if level, ok := s.levels.find(o, groups, moreVerbose); ok {
		return level
	}
	if e, ok := s.events[k.Name]; ok && e.HasLevel {
		return e.Level
	}
	if k.OptIn {
		return event.Disabled
	}
	return s.level
}

func moreVerbose(a, b event.Level) bool { return a > b }

// destination is where the entries of a kind go.
func (s *settings) destination(k *event.Kind) *destination {
	if e, ok := s.events[k.Name]; ok && e.Destination != "" {
		return s.dests[e.Destination]
	}
	return s.fallback
}

// destination is a log group of a scope, written with the scope's logging role.
type destination struct {
	scope caller.Scope
	group string
	role  string
}
