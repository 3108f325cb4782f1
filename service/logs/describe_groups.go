package logs

import (
	"context"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// maxDescribed is the size of a page of groups or streams, unless a smaller one is asked for.
const maxDescribed = 50

// namePage is where a listing continues: after this name.
type namePage struct{ After string }

// DescribeLogGroups lists groups in order of their names. A pattern is a part of the name, case-sensitive.
// (aws: logs/API_DescribeLogGroups)
func (l *Logs) DescribeLogGroups(ctx context.Context, in *logs.DescribeLogGroupsInput) (*logs.DescribeLogGroupsOutput, error) {
	const op = "logs.DescribeLogGroups"
	scope := caller.From(ctx).Scope
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return nil, invalid(op, "Only one of logGroupNamePrefix and logGroupNamePattern may be given.")
	}
	wanted, err := identifiedGroups(op, scope, in.LogGroupIdentifiers)
	if err != nil {
		return nil, err
	}
	r := listing{scope: scope, prefix: in.LogGroupNamePrefix, class: in.LogGroupClass, accounts: in.AccountIdentifiers}
	if r.limit, err = describeLimit(op, in.Limit, maxDescribed); err != nil {
		return nil, err
	}
	r.keep = func(g *group) bool {
		return strings.Contains(g.Name, in.LogGroupNamePattern) && (wanted == nil || slices.Contains(wanted, g.Name))
	}
	groups, next, err := l.list(ctx, op, r, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &logs.DescribeLogGroupsOutput{LogGroups: []logs.LogGroup{}, NextToken: next}
	for _, g := range groups {
		if in.LogGroupNamePattern != "" {
			out.LogGroups = append(out.LogGroups, logs.LogGroup{LogGroupName: g.Name, CreationTime: &g.Created, Arn: g.arn() + ":*"})
			continue
		}
		out.LogGroups = append(out.LogGroups, l.describe(g))
	}
	return out, nil
}

func (l *Logs) describe(g *group) logs.LogGroup {
	stored := int64(l.needs.Store.Usage(g.ID).Bytes)
	d := logs.LogGroup{LogGroupName: g.Name, CreationTime: &g.Created, MetricFilterCount: new(int32), Arn: g.arn() + ":*", LogGroupArn: g.arn(),
		StoredBytes: &stored, LogGroupClass: g.Class, DeletionProtectionEnabled: &g.Protected}
	if g.Retention > 0 {
		d.RetentionInDays = &g.Retention
	}
	return d
}

// identifiedGroups is the names that identifiers mean; nil if none is given.
func identifiedGroups(op string, s caller.Scope, identifiers []string) (names []string, err error) {
	for _, id := range identifiers {
		name, err := identifiedGroup(op, s, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// describeLimit is the size of a page of a listing.
func describeLimit(op string, limit *int32, most int) (int, error) {
	switch {
	case limit == nil:
		return min(most, maxDescribed), nil
	case *limit < 1 || int(*limit) > most:
		return 0, invalid(op, "The limit %d is not allowed: it must be 1 to %d.", *limit, most)
	}
	return int(*limit), nil
}

// listing says which groups to list.
type listing struct {
	scope    caller.Scope
	prefix   string
	class    string   // "" is any
	accounts []string // nil is any
	keep     func(*group) bool
	limit    int
}

// list reads a page of groups in order of their names, and the token of the next page.
func (l *Logs) list(ctx context.Context, op string, r listing, token string) (groups []*group, next string, err error) {
	var at namePage
	if err := fromToken(op, token, &at); err != nil {
		return nil, "", err
	}
	if r.accounts != nil && !slices.Contains(r.accounts, r.scope.Account) {
		return nil, "", nil // other accounts share nothing
	}
	scope := state.K(r.scope.Account, r.scope.Region)
	after := state.Key{}
	if at.After != "" {
		after = scope.With(at.After)
	}
	err = l.view(ctx, op, func(tx *state.Tx) error {
		for g, err := range groupsTable.Scan(tx, scope.Begins(r.prefix), after, 0) {
			if err != nil {
				return err
			}
			if r.class != "" && g.Class != r.class || !r.keep(g) {
				continue
			}
			if len(groups) == r.limit {
				next = pageToken(op, namePage{groups[len(groups)-1].Name})
				return nil
			}
			groups = append(groups, g)
		}
		return nil
	})
	return groups, next, err
}
