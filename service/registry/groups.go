package registry

import (
	"context"
	"maps"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// The shape of a hierarchy of groups. (aws: general/iot-core#thing-group-limits)
const (
	groupDepth    = 7   // groups from a root to its farthest descendant, both included
	groupChildren = 100 // direct children of a group
)

// group is a static thing group.
type group struct {
	caller.Scope
	Name, ID    string
	Line        []string          `json:",omitempty"` // its ancestors from its parent up to its root: they never change
	Description string            `json:",omitempty"`
	Attributes  map[string]string `json:",omitempty"`
	Version     int64
	Created     time.Time
}

var groups = state.Table[group]{
	Name: "registry_groups",
	Key:  func(g *group) state.Key { return at(g.Scope, g.Name) },
	Index: []state.Index[group]{
		{Name: "parent", Key: func(g *group) []state.Key { return []state.Key{at(g.Scope, g.parent())} }},
		{Name: "ancestor", Key: func(g *group) []state.Key { return entries(g.Scope, g.Line) }},
	},
}

// entries are the index entries of a row under several names.
func entries(s caller.Scope, names []string) []state.Key {
	keys := make([]state.Key, len(names))
	for i, name := range names {
		keys[i] = at(s, name)
	}
	return keys
}

func findGroup(tx *state.Tx, s caller.Scope, name string) (*group, error) {
	return find(tx, &groups, s, "thing group", name)
}

// parent is the group above, "" for a root.
func (g *group) parent() string {
	if len(g.Line) == 0 {
		return ""
	}
	return g.Line[0]
}

// lineage is the group and its ancestors up to the root.
func (g *group) lineage() []string { return append([]string{g.Name}, g.Line...) }

// root is the group at the top of the hierarchy.
func (g *group) root() string {
	if len(g.Line) == 0 {
		return g.Name
	}
	return g.Line[len(g.Line)-1]
}

func (g *group) arn() string { return groupARN(g.Scope, g.Name) }

func groupARN(s caller.Scope, name string) string { return arn.IoT(s, "thinggroup", name) }

func (g *group) nameAndARN() iot.GroupNameAndArn { return nameAndARN(g.Scope, g.Name) }

func nameAndARN(s caller.Scope, name string) iot.GroupNameAndArn {
	return iot.GroupNameAndArn{GroupName: name, GroupArn: groupARN(s, name)}
}

// CreateThingGroup makes a static group, for good below its parent or as a root. Making it again exactly as it is succeeds.
// (aws: iot/API_CreateThingGroup)
func (r *Registry) CreateThingGroup(ctx context.Context, in *iot.CreateThingGroupInput) (*iot.CreateThingGroupOutput, error) {
	out := &iot.CreateThingGroupOutput{}
	return outcome(out, r.update(ctx, "CreateThingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := makeGroup(tx, s, in)
		if err == nil {
			*out = iot.CreateThingGroupOutput{ThingGroupName: g.Name, ThingGroupArn: g.arn(), ThingGroupId: g.ID}
		}
		return err
	}))
}

func makeGroup(tx *state.Tx, s caller.Scope, in *iot.CreateThingGroupInput) (*group, error) {
	g := &group{Scope: s, Name: in.ThingGroupName, ID: newID(), Version: 1, Created: now()}
	if err := g.set(in.ThingGroupProperties); err != nil {
		return nil, err
	}
	old, err := findGroup(tx, s, g.Name)
	switch {
	case err == nil && old.parent() == in.ParentGroupName && old.Description == g.Description && maps.Equal(old.Attributes, g.Attributes):
		return old, nil
	case err == nil:
		return nil, taken(s, "thing group", "thinggroup", old.Name, old.ID)
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	if in.ParentGroupName != "" {
		if err := g.descend(tx, in.ParentGroupName); err != nil {
			return nil, err
		}
	}
	if err := putTags(tx, s, "thinggroup/"+g.Name, in.Tags); err != nil {
		return nil, err
	}
	return g, groups.Insert(tx, g)
}

// descend puts a new group below its parent.
func (g *group) descend(tx *state.Tx, parentName string) error {
	parent, err := findGroup(tx, g.Scope, parentName)
	if err != nil {
		return err
	}
	g.Line = parent.lineage()
	if len(g.Line) >= groupDepth {
		return refuse(fault.Invalid, "The thing group %s cannot have a child: it is %d levels deep already, the most that are allowed.", parentName, groupDepth)
	}
	n, err := groups.CountIndex(tx, "parent", at(g.Scope, parentName))
	if err != nil {
		return err
	}
	if n >= groupChildren {
		return refuse(fault.Invalid, "The thing group %s cannot have another child: it has %d already, the most that are allowed.", parentName, n)
	}
	return nil
}

// set applies the properties that are given.
func (g *group) set(p *iot.ThingGroupProperties) error {
	if p == nil {
		return nil
	}
	if p.ThingGroupDescription != "" {
		g.Description = p.ThingGroupDescription
	}
	if p.AttributePayload == nil {
		return nil
	}
	g.Attributes = mergeAttributes(g.Attributes, p.AttributePayload)
	if n := len(g.Attributes); n > attributesGroup {
		return refuse(fault.Invalid, "The thing group %s would have %d attributes; allowed are %d.", g.Name, n, attributesGroup)
	}
	return nil
}

// DescribeThingGroup tells all about a group, its ancestors from the root down included. (aws: iot/API_DescribeThingGroup)
func (r *Registry) DescribeThingGroup(ctx context.Context, in *iot.DescribeThingGroupInput) (*iot.DescribeThingGroupOutput, error) {
	out := &iot.DescribeThingGroupOutput{}
	return outcome(out, r.view(ctx, "DescribeThingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findGroup(tx, s, in.ThingGroupName)
		if err != nil {
			return err
		}
		*out = iot.DescribeThingGroupOutput{
			ThingGroupName: g.Name, ThingGroupId: g.ID, ThingGroupArn: g.arn(), Version: &g.Version,
			ThingGroupProperties: &iot.ThingGroupProperties{
				ThingGroupDescription: g.Description, AttributePayload: &iot.AttributePayload{Attributes: notNil(g.Attributes)},
			},
			ThingGroupMetadata: &iot.ThingGroupMetadata{ParentGroupName: g.parent(), CreationDate: g.Created},
		}
		for i := len(g.Line) - 1; i >= 0; i-- {
			out.ThingGroupMetadata.RootToParentThingGroups = append(out.ThingGroupMetadata.RootToParentThingGroups, nameAndARN(s, g.Line[i]))
		}
		return nil
	}))
}

// UpdateThingGroup changes those properties of a group that are given and raises its version. (aws: iot/API_UpdateThingGroup)
func (r *Registry) UpdateThingGroup(ctx context.Context, in *iot.UpdateThingGroupInput) (*iot.UpdateThingGroupOutput, error) {
	out := &iot.UpdateThingGroupOutput{}
	return outcome(out, r.update(ctx, "UpdateThingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findGroup(tx, s, in.ThingGroupName)
		if err != nil {
			return err
		}
		if err := checkVersion("thing group", g.Name, g.Version, in.ExpectedVersion); err != nil {
			return err
		}
		if err := g.set(in.ThingGroupProperties); err != nil {
			return err
		}
		g.Version++
		out.Version = &g.Version
		return groups.Put(tx, g)
	}))
}

// DeleteThingGroup removes a group without children and without policies; its things leave it. One that does not exist is deleted
// already. (aws: iot/API_DeleteThingGroup)
func (r *Registry) DeleteThingGroup(ctx context.Context, in *iot.DeleteThingGroupInput) (*iot.DeleteThingGroupOutput, error) {
	return outcome(&iot.DeleteThingGroupOutput{}, r.update(ctx, "DeleteThingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findGroup(tx, s, in.ThingGroupName)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if err := checkVersion("thing group", g.Name, g.Version, in.ExpectedVersion); err != nil {
			return err
		}
		if child, err := groups.Find(tx, "parent", at(s, g.Name)); err == nil {
			return refuse(fault.Invalid, "The thing group %s cannot be deleted: it has children, such as %s.", g.Name, child.Name)
		} else if !isAbsent(err) {
			return err
		}
		attached, err := policiesOf(tx, s, g.arn())
		if err != nil {
			return err
		}
		if len(attached) > 0 {
			return refuse(fault.Invalid, "The thing group %s cannot be deleted: policies are attached to it: %s.", g.Name, strings.Join(attached, ", "))
		}
		if err := emptyGroup(tx, s, g.Name); err != nil {
			return err
		}
		if err := dropTags(tx, s, "thinggroup/"+g.Name); err != nil {
			return err
		}
		return groups.Delete(tx, groups.Key(g))
	}))
}

// ListThingGroups lists groups by name: all, those below a group, or those whose names begin alike. Below a group it lists the direct
// children unless recursive; without one it lists everything unless recursive is false, which leaves the roots.
// (aws: iot/API_ListThingGroups)
func (r *Registry) ListThingGroups(ctx context.Context, in *iot.ListThingGroupsInput) (*iot.ListThingGroupsOutput, error) {
	out := &iot.ListThingGroupsOutput{}
	return outcome(out, r.view(ctx, "ListThingGroups", func(tx *state.Tx, s caller.Scope) (err error) {
		p := pages{"ListThingGroups", in.NextToken, in.MaxResults}
		if in.ParentGroup != "" {
			if _, err := findGroup(tx, s, in.ParentGroup); err != nil {
				return err
			}
		}
		index := "parent"
		switch {
		case in.ParentGroup == "" && (in.Recursive == nil || *in.Recursive):
			out.ThingGroups, out.NextToken, err = scanPage(tx, p, &groups, at(s).Begins(in.NamePrefixFilter), (*group).nameAndARN)
			return err
		case in.ParentGroup != "" && isTrue(in.Recursive):
			index = "ancestor"
		}
		keep := func(g *group) bool { return strings.HasPrefix(g.Name, in.NamePrefixFilter) }
		out.ThingGroups, out.NextToken, err = indexPage(tx, p, &groups, index, at(s, in.ParentGroup), keep, (*group).nameAndARN)
		return err
	}))
}
