package rolealias

import (
	"context"
	"errors"
	"slices"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

const (
	most           = 100 // role aliases of an account in a region (aws: general/iot-core#security-limits)
	maxPage        = 250
	defaultSeconds = 3600
)

// alias is another name of a role, by which devices ask for it.
type alias struct {
	caller.Scope
	Name, Role        string
	Seconds           int32 // that credentials last
	Created, Modified time.Time
}

var aliases = state.Table[alias]{
	Name: "rolealias_aliases",
	Key:  func(a *alias) state.Key { return at(a.Scope, a.Name) },
}

func (a *alias) arn() string { return arn.IoT(a.Scope, kind, a.Name) }

func find(tx *state.Tx, s caller.Scope, name string) (*alias, error) {
	a, err := aliases.Get(tx, at(s, name))
	if errors.Is(err, state.ErrNotFound) {
		return nil, refuse(fault.NotFound, "The role alias %s does not exist in account %s, region %s.", name, s.Account, s.Region).Named(iot.ResourceNotFoundException)
	}
	return a, err
}

// all are the role aliases of a scope by name.
func all(tx *state.Tx, s caller.Scope) (list []*alias, err error) {
	for a, err := range aliases.Scan(tx, at(s), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// CreateRoleAlias makes a role alias. The role need not exist yet. (aws: iot/API_CreateRoleAlias)
func (a *Aliases) CreateRoleAlias(ctx context.Context, in *iot.CreateRoleAliasInput) (*iot.CreateRoleAliasOutput, error) {
	const op = "CreateRoleAlias"
	row := &alias{Scope: caller.From(ctx).Scope, Name: in.RoleAlias, Role: in.RoleArn, Seconds: defaultSeconds, Created: now()}
	row.Modified = row.Created
	if in.CredentialDurationSeconds != nil {
		row.Seconds = *in.CredentialDurationSeconds
	}
	if err := checkRole(row.Role); err != nil {
		return nil, blame(op, err)
	}
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		if err := aliases.Insert(tx, row); errors.Is(err, state.ErrExists) {
			return refuse(fault.Exists, "The role alias %s already exists in account %s, region %s.", row.Name, row.Account, row.Region).
				Named(iot.ResourceAlreadyExistsException).With("resourceId", row.Name).With("resourceArn", row.arn())
		} else if err != nil {
			return err
		}
		list, err := all(tx, row.Scope)
		switch {
		case err != nil:
			return err
		case len(list) > most:
			return refuse(fault.Limit, "There would be %d role aliases in account %s, region %s; allowed are %d.", len(list), row.Account, row.Region, most).
				Named(iot.LimitExceededException)
		}
		return a.needs.Registry.PutTags(tx, row.Scope, kind+"/"+row.Name, in.Tags)
	})
	if err != nil {
		return nil, blame(op, err)
	}
	return &iot.CreateRoleAliasOutput{RoleAlias: row.Name, RoleAliasArn: row.arn()}, nil
}

// UpdateRoleAlias changes what is given of a role alias. Credentials that devices have already stay as they are. (aws: iot/API_UpdateRoleAlias)
func (a *Aliases) UpdateRoleAlias(ctx context.Context, in *iot.UpdateRoleAliasInput) (*iot.UpdateRoleAliasOutput, error) {
	var row *alias
	err := a.needs.State.Update(ctx, func(tx *state.Tx) (err error) {
		if row, err = find(tx, caller.From(ctx).Scope, in.RoleAlias); err != nil {
			return err
		}
		if in.RoleArn != "" {
			row.Role = in.RoleArn
		}
		if in.CredentialDurationSeconds != nil {
			row.Seconds = *in.CredentialDurationSeconds
		}
		if err := checkRole(row.Role); err != nil {
			return err
		}
		row.Modified = now()
		return aliases.Put(tx, row)
	})
	if err != nil {
		return nil, blame("UpdateRoleAlias", err)
	}
	return &iot.UpdateRoleAliasOutput{RoleAlias: row.Name, RoleAliasArn: row.arn()}, nil
}

// checkRole refuses what is not the ARN of a role.
func checkRole(text string) error {
	if a, err := arn.Parse(text); err == nil && a.Service == "iam" {
		if kind, name := a.SplitResource(); kind == "role" && name != "" {
			return nil
		}
	}
	return invalid("The roleArn %q is not the ARN of a role: want arn:aws:iam::account:role/name.", text)
}

// DescribeRoleAlias tells all about a role alias. (aws: iot/API_DescribeRoleAlias)
func (a *Aliases) DescribeRoleAlias(ctx context.Context, in *iot.DescribeRoleAliasInput) (*iot.DescribeRoleAliasOutput, error) {
	var row *alias
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		row, err = find(tx, caller.From(ctx).Scope, in.RoleAlias)
		return err
	})
	if err != nil {
		return nil, blame("DescribeRoleAlias", err)
	}
	return &iot.DescribeRoleAliasOutput{RoleAliasDescription: &iot.RoleAliasDescription{
		RoleAlias: row.Name, RoleAliasArn: row.arn(), RoleArn: row.Role, Owner: row.Account, CredentialDurationSeconds: &row.Seconds,
		CreationDate: row.Created, LastModifiedDate: row.Modified,
	}}, nil
}

// ListRoleAliases lists role aliases by name, the last first unless ascending. (aws: iot/API_ListRoleAliases)
func (a *Aliases) ListRoleAliases(ctx context.Context, in *iot.ListRoleAliasesInput) (*iot.ListRoleAliasesOutput, error) {
	const op = "ListRoleAliases"
	size, ascending := maxPage, in.AscendingOrder != nil && *in.AscendingOrder
	if in.PageSize != nil {
		size = int(*in.PageSize)
	}
	names := []string{}
	err := a.needs.State.View(ctx, func(tx *state.Tx) error {
		list, err := all(tx, caller.From(ctx).Scope)
		for _, row := range list {
			names = append(names, row.Name)
		}
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	if !ascending {
		slices.Reverse(names)
	}
	names, marker, err := page.Marked(op, in.Marker, size, !ascending, names, func(name string) string { return name })
	if err != nil {
		return nil, blame(op, err)
	}
	return &iot.ListRoleAliasesOutput{RoleAliases: names, NextMarker: marker}, nil
}

// DeleteRoleAlias removes a role alias. Credentials that devices have already stay good. (aws: iot/API_DeleteRoleAlias)
func (a *Aliases) DeleteRoleAlias(ctx context.Context, in *iot.DeleteRoleAliasInput) (*iot.DeleteRoleAliasOutput, error) {
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		row, err := find(tx, caller.From(ctx).Scope, in.RoleAlias)
		if err != nil {
			return err
		}
		if err := a.needs.Registry.DropTags(tx, row.Scope, kind+"/"+row.Name); err != nil {
			return err
		}
		return aliases.Delete(tx, aliases.Key(row))
	})
	if err != nil {
		return nil, blame("DeleteRoleAlias", err)
	}
	return &iot.DeleteRoleAliasOutput{}, nil
}
