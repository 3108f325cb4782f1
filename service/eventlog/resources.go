package eventlog

import (
	"net/netip"

	"telltale/base/caller"
)

// resources are values, levels or captures, set for clients, principals, addresses and thing groups.
type resources[V any] struct {
	byTarget map[target]V
	sources  map[netip.Addr]V // the SOURCE_IP targets, parsed
	groups   bool             // some target is a thing group
}

// set sets the value of a target, in place of an earlier one.
func (r *resources[V]) set(t target, v V) {
	if r.byTarget == nil {
		r.byTarget, r.sources = map[target]V{}, map[netip.Addr]V{}
	}
	r.byTarget[t] = v
	r.groups = r.groups || t.Type == targetGroup
	if addr, err := netip.ParseAddr(t.Name); t.Type == targetSource && err == nil {
		r.sources[addr.Unmap()] = v
	}
}

// find finds the value for an origin. The most specific target decides: client, principal, address, thing group.
func (r *resources[V]) find(o *caller.Origin, groups Groups, greater func(a, b V) bool) (v V, found bool) {
	if len(r.byTarget) == 0 {
		return v, false
	}
	if v, ok := r.byTarget[target{targetClient, o.ClientID}]; ok && o.ClientID != "" {
		return v, true
	}
	if v, ok := r.byTarget[target{targetPrincipal, o.PrincipalID}]; ok && o.PrincipalID != "" {
		return v, true
	}
	if len(r.sources) > 0 && o.SourceIP != "" {
		if addr, err := netip.ParseAddr(o.SourceIP); err == nil {
			if v, ok := r.sources[addr.Unmap()]; ok {
				return v, true
			}
		}
	}
	if r.groups && o.Thing != "" {
		return r.ofGroups(groups.GroupLines(o.Scope, o.Thing), greater)
	}
	return v, false
}

// ofGroups decides among the groups of a thing. Within one hierarchy the nearest group with a value wins; between hierarchies the
// deepest group wins, and at equal depth the greater value.
func (r *resources[V]) ofGroups(lines [][]string, greater func(a, b V) bool) (best V, found bool) {
	deepest := -1
	for _, line := range lines {
		for up, name := range line {
			v, ok := r.byTarget[target{targetGroup, name}]
			if !ok {
				continue
			}
			if depth := len(line) - up; depth > deepest || depth == deepest && greater(v, best) {
				best, deepest, found = v, depth, true
			}
			break
		}
	}
	return best, found
}
