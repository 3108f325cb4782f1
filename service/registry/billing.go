package registry

import (
	"context"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// billingGroup is a label for things; nothing is metered.
type billingGroup struct {
	caller.Scope
	Name, ID    string
	Description string `json:",omitempty"`
	Version     int64
	Created     time.Time
}

var billingGroups = state.Table[billingGroup]{
	Name: "registry_billing_groups",
	Key:  func(g *billingGroup) state.Key { return at(g.Scope, g.Name) },
}

func findBillingGroup(tx *state.Tx, s caller.Scope, name string) (*billingGroup, error) {
	return find(tx, &billingGroups, s, "billing group", name)
}

func (g *billingGroup) arn() string { return arn.IoT(g.Scope, "billinggroup", g.Name) }

func (g *billingGroup) set(p *iot.BillingGroupProperties) {
	if p != nil && p.BillingGroupDescription != "" {
		g.Description = p.BillingGroupDescription
	}
}

// CreateBillingGroup makes a billing group. Making it again exactly as it is succeeds. (aws: iot/API_CreateBillingGroup)
func (r *Registry) CreateBillingGroup(ctx context.Context, in *iot.CreateBillingGroupInput) (*iot.CreateBillingGroupOutput, error) {
	out := &iot.CreateBillingGroupOutput{}
	return outcome(out, r.update(ctx, "CreateBillingGroup", func(tx *state.Tx, s caller.Scope) error {
		g := &billingGroup{Scope: s, Name: in.BillingGroupName, ID: newID(), Version: 1, Created: now()}
		g.set(in.BillingGroupProperties)
		old, err := findBillingGroup(tx, s, g.Name)
		switch {
		case err == nil && old.Description == g.Description:
			g = old
		case err == nil:
			return taken(s, "billing group", "billinggroup", old.Name, old.ID)
		case !fault.Is(err, fault.NotFound):
			return err
		default:
			if err := putTags(tx, s, "billinggroup/"+g.Name, in.Tags); err != nil {
				return err
			}
			if err := billingGroups.Insert(tx, g); err != nil {
				return err
			}
		}
		*out = iot.CreateBillingGroupOutput{BillingGroupName: g.Name, BillingGroupArn: g.arn(), BillingGroupId: g.ID}
		return nil
	}))
}

// DescribeBillingGroup tells all about a billing group. (aws: iot/API_DescribeBillingGroup)
func (r *Registry) DescribeBillingGroup(ctx context.Context, in *iot.DescribeBillingGroupInput) (*iot.DescribeBillingGroupOutput, error) {
	out := &iot.DescribeBillingGroupOutput{}
	return outcome(out, r.view(ctx, "DescribeBillingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findBillingGroup(tx, s, in.BillingGroupName)
		if err != nil {
			return err
		}
		*out = iot.DescribeBillingGroupOutput{
			BillingGroupName: g.Name, BillingGroupId: g.ID, BillingGroupArn: g.arn(), Version: &g.Version,
			BillingGroupProperties: &iot.BillingGroupProperties{BillingGroupDescription: g.Description},
			BillingGroupMetadata:   &iot.BillingGroupMetadata{CreationDate: g.Created},
		}
		return nil
	}))
}

// UpdateBillingGroup changes the description and raises the version. (aws: iot/API_UpdateBillingGroup)
func (r *Registry) UpdateBillingGroup(ctx context.Context, in *iot.UpdateBillingGroupInput) (*iot.UpdateBillingGroupOutput, error) {
	out := &iot.UpdateBillingGroupOutput{}
	return outcome(out, r.update(ctx, "UpdateBillingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findBillingGroup(tx, s, in.BillingGroupName)
		if err != nil {
			return err
		}
		if err := checkVersion("billing group", g.Name, g.Version, in.ExpectedVersion); err != nil {
			return err
		}
		g.set(in.BillingGroupProperties)
		g.Version++
		out.Version = &g.Version
		return billingGroups.Put(tx, g)
	}))
}

// DeleteBillingGroup removes a billing group that has no things. One that does not exist is deleted already.
// (aws: iot/API_DeleteBillingGroup)
func (r *Registry) DeleteBillingGroup(ctx context.Context, in *iot.DeleteBillingGroupInput) (*iot.DeleteBillingGroupOutput, error) {
	return outcome(&iot.DeleteBillingGroupOutput{}, r.update(ctx, "DeleteBillingGroup", func(tx *state.Tx, s caller.Scope) error {
		g, err := findBillingGroup(tx, s, in.BillingGroupName)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if err := checkVersion("billing group", g.Name, g.Version, in.ExpectedVersion); err != nil {
			return err
		}
		if one, err := things.Find(tx, "billing", at(s, g.Name)); err == nil {
			return refuse(fault.Invalid, "The billing group %s cannot be deleted: it has things, such as %s.", g.Name, one.Name)
		} else if !isAbsent(err) {
			return err
		}
		if err := dropTags(tx, s, "billinggroup/"+g.Name); err != nil {
			return err
		}
		return billingGroups.Delete(tx, billingGroups.Key(g))
	}))
}

// ListBillingGroups lists the billing groups by name. (aws: iot/API_ListBillingGroups)
func (r *Registry) ListBillingGroups(ctx context.Context, in *iot.ListBillingGroupsInput) (*iot.ListBillingGroupsOutput, error) {
	out := &iot.ListBillingGroupsOutput{}
	return outcome(out, r.view(ctx, "ListBillingGroups", func(tx *state.Tx, s caller.Scope) (err error) {
		out.BillingGroups, out.NextToken, err = scanPage(tx, pages{"ListBillingGroups", in.NextToken, in.MaxResults},
			&billingGroups, at(s).Begins(in.NamePrefixFilter), func(g *billingGroup) iot.GroupNameAndArn {
				return iot.GroupNameAndArn{GroupName: g.Name, GroupArn: g.arn()}
			})
		return err
	}))
}

// AddThingToBillingGroup puts a thing into a billing group, out of the one it was in. (aws: iot/API_AddThingToBillingGroup)
func (r *Registry) AddThingToBillingGroup(ctx context.Context, in *iot.AddThingToBillingGroupInput) (*iot.AddThingToBillingGroupOutput, error) {
	return outcome(&iot.AddThingToBillingGroupOutput{}, r.bill(ctx, "AddThingToBillingGroup", in.ThingName, in.ThingArn, in.BillingGroupName, in.BillingGroupArn,
		func(t *thing, group string) { t.BillingGroup = group }))
}

// RemoveThingFromBillingGroup takes a thing out of a billing group if it is in that one. (aws: iot/API_RemoveThingFromBillingGroup)
func (r *Registry) RemoveThingFromBillingGroup(ctx context.Context, in *iot.RemoveThingFromBillingGroupInput) (*iot.RemoveThingFromBillingGroupOutput, error) {
	return outcome(&iot.RemoveThingFromBillingGroupOutput{}, r.bill(ctx, "RemoveThingFromBillingGroup", in.ThingName, in.ThingArn, in.BillingGroupName, in.BillingGroupArn,
		func(t *thing, group string) {
			if t.BillingGroup == group {
				t.BillingGroup = ""
			}
		}))
}

// bill changes the billing group of a thing.
func (r *Registry) bill(ctx context.Context, op, thingName, thingARN, groupName, groupARN string, change func(t *thing, group string)) error {
	return r.update(ctx, op, func(tx *state.Tx, s caller.Scope) error {
		name, group, err := namedPair(tx, s, "billinggroup", thingName, thingARN, groupName, groupARN)
		if err != nil {
			return err
		}
		if _, err := findBillingGroup(tx, s, group); err != nil {
			return err
		}
		t, err := findThing(tx, s, name)
		if err != nil {
			return err
		}
		change(t, group)
		return things.Put(tx, t)
	})
}

// ListThingsInBillingGroup lists the things of a billing group by name. (aws: iot/API_ListThingsInBillingGroup)
func (r *Registry) ListThingsInBillingGroup(ctx context.Context, in *iot.ListThingsInBillingGroupInput) (*iot.ListThingsInBillingGroupOutput, error) {
	out := &iot.ListThingsInBillingGroupOutput{}
	return outcome(out, r.view(ctx, "ListThingsInBillingGroup", func(tx *state.Tx, s caller.Scope) (err error) {
		if _, err := findBillingGroup(tx, s, in.BillingGroupName); err != nil {
			return err
		}
		out.Things, out.NextToken, err = indexPage(tx, pages{"ListThingsInBillingGroup", in.NextToken, in.MaxResults},
			&things, "billing", at(s, in.BillingGroupName), nil, func(t *thing) string { return t.Name })
		return err
	}))
}
