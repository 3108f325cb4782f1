package registry

import (
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/store/state"
)

// The methods of this file answer inside a transaction of the caller, who so changes his own tables by what is true at that moment.
// The database must be the registry's.

// HasThing reports whether a thing is registered.
func (r *Registry) HasThing(tx *state.Tx, s caller.Scope, name string) (bool, error) {
	return things.Has(tx, at(s, name))
}

// GroupID returns the id of a thing group, "" if there is no such group.
func (r *Registry) GroupID(tx *state.Tx, s caller.Scope, name string) (string, error) {
	g, err := findGroup(tx, s, name)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return g.ID, nil
}

// ThingsWithin lists up to limit things of a group and its descendants, by name within each group, and the place to go on after; that
// is the zero Cursor when there are no more.
func (r *Registry) ThingsWithin(tx *state.Tx, s caller.Scope, group string, after state.Cursor, limit int) (names []string, next state.Cursor, err error) {
	rows, next, err := members.PageIndex(tx, "within", at(s, group), after, limit)
	for _, m := range rows {
		names = append(names, m.Thing)
	}
	return names, next, err
}

// Lines is GroupLines as of the transaction: one line for each group the thing is in directly, from that group up to its root.
func (r *Registry) Lines(tx *state.Tx, s caller.Scope, thing string) (lines [][]string, err error) {
	list, err := membersOf(tx, s, thing)
	for _, m := range list {
		lines = append(lines, m.lineage())
	}
	return lines, err
}
