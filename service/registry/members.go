package registry

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// groupsPerThing is how many groups a thing may be in.
const groupsPerThing = 10

// member is a thing's being in a group.
type member struct {
	caller.Scope
	Thing, Group string
	Line         []string `json:",omitempty"` // the ancestors of the group, as in group.Line
}

var members = state.Table[member]{
	Name: "registry_members",
	Key:  func(m *member) state.Key { return at(m.Scope, m.Thing, m.Group) },
	Index: []state.Index[member]{
		{Name: "group", Key: func(m *member) []state.Key { return []state.Key{at(m.Scope, m.Group)} }},
		// A thing is in one group of a hierarchy at most, so below an ancestor it is met once.
		{Name: "within", Key: func(m *member) []state.Key { return entries(m.Scope, m.lineage()) }},
	},
}

func (m *member) lineage() []string { return append([]string{m.Group}, m.Line...) }

// membersOf lists the groups a thing is in directly.
func membersOf(tx *state.Tx, s caller.Scope, thing string) (list []*member, err error) {
	for m, err := range members.Scan(tx, at(s, thing), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// leaveAllGroups removes a thing from its groups.
func leaveAllGroups(tx *state.Tx, s caller.Scope, thing string) error {
	list, err := membersOf(tx, s, thing)
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := m.leave(tx); err != nil {
			return err
		}
	}
	return nil
}

// emptyGroup removes all things from a group.
func emptyGroup(tx *state.Tx, s caller.Scope, group string) error {
	for m, err := range members.ScanIndex(tx, "group", at(s, group), state.Cursor{}, 0) {
		if err != nil {
			return err
		}
		if err := m.leave(tx); err != nil {
			return err
		}
	}
	return nil
}

// join puts a thing into a group; being there already is fine.
func join(tx *state.Tx, s caller.Scope, thing, groupName string) error {
	g, err := findGroup(tx, s, groupName)
	if err != nil {
		return err
	}
	list, err := membersOf(tx, s, thing)
	if err != nil {
		return err
	}
	joined := &member{s, thing, g.Name, g.Line}
	for _, m := range list {
		lineage := m.lineage()
		switch {
		case m.Group == g.Name:
			return nil
		case lineage[len(lineage)-1] == g.root():
			return refuse(fault.Invalid, "The thing %s cannot be added to the thing group %s: it is in %s of the same hierarchy (root %s), and a thing can be in one group of a hierarchy.",
				thing, g.Name, m.Group, g.root())
		}
	}
	if len(list) >= groupsPerThing {
		return refuse(fault.Invalid, "The thing %s cannot be added to the thing group %s: it is in %d groups already, the most that are allowed.", thing, g.Name, len(list))
	}
	if err := members.Insert(tx, joined); err != nil {
		return err
	}
	return tellMembers(tx, &Membership{Scope: s, Thing: thing, Groups: joined.lineage(), Joined: true})
}

// leave ends the membership.
func (m *member) leave(tx *state.Tx) error {
	if err := members.Delete(tx, members.Key(m)); err != nil {
		return err
	}
	return tellMembers(tx, &Membership{Scope: m.Scope, Thing: m.Thing, Groups: m.lineage()})
}

// leave takes a thing out of a group; not being there is fine.
func leave(tx *state.Tx, s caller.Scope, thing, groupName string) error {
	if _, err := findGroup(tx, s, groupName); err != nil {
		return err
	}
	m, err := members.Get(tx, at(s, thing, groupName))
	if isAbsent(err) {
		return nil
	} else if err != nil {
		return err
	}
	return m.leave(tx)
}

// AddThingToThingGroup puts a thing into a static group. (aws: iot/API_AddThingToThingGroup)
func (r *Registry) AddThingToThingGroup(ctx context.Context, in *iot.AddThingToThingGroupInput) (*iot.AddThingToThingGroupOutput, error) {
	return outcome(&iot.AddThingToThingGroupOutput{}, r.update(ctx, "AddThingToThingGroup", func(tx *state.Tx, s caller.Scope) error {
		thing, group, err := namedPair(tx, s, "thinggroup", in.ThingName, in.ThingArn, in.ThingGroupName, in.ThingGroupArn)
		if err != nil {
			return err
		}
		return join(tx, s, thing, group)
	}))
}

// RemoveThingFromThingGroup takes a thing out of a group. (aws: iot/API_RemoveThingFromThingGroup)
func (r *Registry) RemoveThingFromThingGroup(ctx context.Context, in *iot.RemoveThingFromThingGroupInput) (*iot.RemoveThingFromThingGroupOutput, error) {
	return outcome(&iot.RemoveThingFromThingGroupOutput{}, r.update(ctx, "RemoveThingFromThingGroup", func(tx *state.Tx, s caller.Scope) error {
		thing, group, err := namedPair(tx, s, "thinggroup", in.ThingName, in.ThingArn, in.ThingGroupName, in.ThingGroupArn)
		if err != nil {
			return err
		}
		return leave(tx, s, thing, group)
	}))
}

// namedPair reads a thing, which must exist, and a group, each given by name, ARN or both.
func namedPair(tx *state.Tx, s caller.Scope, groupKind, thingName, thingARN, groupName, groupARN string) (thing, group string, err error) {
	if thing, err = nameOrARN(s, "thing", "thingName or thingArn", thingName, thingARN); err != nil {
		return "", "", err
	}
	if group, err = nameOrARN(s, groupKind, "the name or the ARN of the group", groupName, groupARN); err != nil {
		return "", "", err
	}
	_, err = findThing(tx, s, thing)
	return thing, group, err
}

func nameOrARN(s caller.Scope, kind, what, name, text string) (string, error) {
	if text == "" {
		if name == "" {
			return "", refuse(fault.Invalid, "Give %s.", what)
		}
		return name, nil
	}
	k, n, err := readARN(s, text)
	switch {
	case err != nil:
		return "", err
	case k != kind:
		return "", refuse(fault.Invalid, "%s is the ARN of a %s; want that of a %s.", text, k, kind)
	case name != "" && name != n:
		return "", refuse(fault.Invalid, "The name %s and the ARN %s contradict each other; give one of them.", name, text)
	}
	return n, nil
}

// UpdateThingGroupsForThing takes a thing out of groups and puts it into others, all or nothing.
// (aws: iot/API_UpdateThingGroupsForThing)
func (r *Registry) UpdateThingGroupsForThing(ctx context.Context, in *iot.UpdateThingGroupsForThingInput) (*iot.UpdateThingGroupsForThingOutput, error) {
	return outcome(&iot.UpdateThingGroupsForThingOutput{}, r.update(ctx, "UpdateThingGroupsForThing", func(tx *state.Tx, s caller.Scope) error {
		if in.ThingName == "" {
			return refuse(fault.Invalid, "Give thingName.")
		}
		if _, err := findThing(tx, s, in.ThingName); err != nil {
			return err
		}
		for _, group := range in.ThingGroupsToRemove {
			if err := leave(tx, s, in.ThingName, group); err != nil {
				return err
			}
		}
		for _, group := range in.ThingGroupsToAdd {
			if err := join(tx, s, in.ThingName, group); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ListThingGroupsForThing lists the groups a thing is in directly. (aws: iot/API_ListThingGroupsForThing)
func (r *Registry) ListThingGroupsForThing(ctx context.Context, in *iot.ListThingGroupsForThingInput) (*iot.ListThingGroupsForThingOutput, error) {
	out := &iot.ListThingGroupsForThingOutput{}
	return outcome(out, r.view(ctx, "ListThingGroupsForThing", func(tx *state.Tx, s caller.Scope) (err error) {
		if _, err := findThing(tx, s, in.ThingName); err != nil {
			return err
		}
		out.ThingGroups, out.NextToken, err = scanPage(tx, pages{"ListThingGroupsForThing", in.NextToken, in.MaxResults},
			&members, at(s, in.ThingName), func(m *member) iot.GroupNameAndArn { return nameAndARN(s, m.Group) })
		return err
	}))
}

// ListThingsInThingGroup lists the things of a group by name, those of its descendants included if recursive.
// (aws: iot/API_ListThingsInThingGroup)
func (r *Registry) ListThingsInThingGroup(ctx context.Context, in *iot.ListThingsInThingGroupInput) (*iot.ListThingsInThingGroupOutput, error) {
	out := &iot.ListThingsInThingGroupOutput{}
	return outcome(out, r.view(ctx, "ListThingsInThingGroup", func(tx *state.Tx, s caller.Scope) (err error) {
		if _, err := findGroup(tx, s, in.ThingGroupName); err != nil {
			return err
		}
		index := "group"
		if isTrue(in.Recursive) {
			index = "within"
		}
		out.Things, out.NextToken, err = indexPage(tx, pages{"ListThingsInThingGroup", in.NextToken, in.MaxResults},
			&members, index, at(s, in.ThingGroupName), nil, func(m *member) string { return m.Thing })
		return err
	}))
}
