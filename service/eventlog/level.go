package eventlog

import (
	"net/netip"

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
	scope      caller.Scope
	configured bool // V2 options were set
	disabled   bool // the kill switch
	role       string
	level      event.Level
	events     map[string]eventSetting
	targets    map[target]event.Level
	sources    map[netip.Addr]event.Level // the SOURCE_IP targets, parsed
	groups     bool                       // some target is a thing group

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
	if len(s.targets) > 0 {
		if level, ok := s.resourceLevel(o, groups); ok {
			return level
		}
	}
	if e, ok := s.events[k.Name]; ok && e.HasLevel {
		return e.Level
	}
	if k.OptIn {
		return event.Disabled
	}
	return s.level
}

func (s *settings) resourceLevel(o *caller.Origin, groups Groups) (event.Level, bool) {
	if level, ok := s.targets[target{targetClient, o.ClientID}]; ok && o.ClientID != "" {
		return level, true
	}
	if level, ok := s.targets[target{targetPrincipal, o.PrincipalID}]; ok && o.PrincipalID != "" {
		return level, true
	}
	if len(s.sources) > 0 && o.SourceIP != "" {
		if addr, err := netip.ParseAddr(o.SourceIP); err == nil {
			if level, ok := s.sources[addr.Unmap()]; ok {
				return level, true
			}
		}
	}
	if s.groups && o.Thing != "" {
		return s.groupLevel(groups.GroupLines(o.Scope, o.Thing))
	}
	return event.Disabled, false
}

// groupLevel decides among the groups of a thing. Within one hierarchy the nearest group with a level wins; between hierarchies the
// deepest group wins, and at equal depth the most verbose level.
func (s *settings) groupLevel(lines [][]string) (level event.Level, found bool) {
	deepest := -1
	for _, line := range lines {
		for up, name := range line {
			l, ok := s.targets[target{targetGroup, name}]
			if !ok {
				continue
			}
			if depth := len(line) - up; depth > deepest || depth == deepest && l > level {
				level, deepest, found = l, depth, true
			}
			break
		}
	}
	return level, found
}

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
