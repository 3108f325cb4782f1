package logs

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
)

// ListLogGroups lists groups whose names match a regular expression and that have certain tags. Data sources and field indexes are not
// kept, so selecting by them is refused. (aws: logs/API_ListLogGroups)
func (l *Logs) ListLogGroups(ctx context.Context, in *logs.ListLogGroupsInput) (*logs.ListLogGroupsOutput, error) {
	const op = "logs.ListLogGroups"
	if len(in.DataSources) > 0 || len(in.FieldIndexNames) > 0 {
		return nil, invalid(op, "Log groups cannot be selected by dataSources or fieldIndexNames: use logGroupNamePattern, logGroupClass or logGroupTags.")
	}
	pattern, err := regexp.Compile(in.LogGroupNamePattern)
	if err != nil {
		return nil, invalid(op, "The logGroupNamePattern %q is not a regular expression: %v", in.LogGroupNamePattern, err)
	}
	r := listing{scope: caller.From(ctx).Scope, class: in.LogGroupClass, accounts: in.AccountIdentifiers}
	if r.limit, err = describeLimit(op, in.Limit, 1000); err != nil {
		return nil, err
	}
	r.keep = func(g *group) bool { return pattern.MatchString(g.Name) && g.tagged(in.LogGroupTags) }
	groups, next, err := l.list(ctx, op, r, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &logs.ListLogGroupsOutput{LogGroups: []logs.LogGroupSummary{}, NextToken: next}
	for _, g := range groups {
		out.LogGroups = append(out.LogGroups, logs.LogGroupSummary{LogGroupName: g.Name, LogGroupArn: g.arn(), LogGroupClass: g.Class})
	}
	return out, nil
}

// tagged reports whether the group has every tag asked for, with one of its values.
func (g *group) tagged(filters []logs.TagFilter) bool {
	for _, f := range filters {
		value, ok := g.Tags[f.Key]
		if !ok || len(f.Values) > 0 && !slices.ContainsFunc(f.Values, func(want string) bool { return tagMatches(want, value) }) {
			return false
		}
	}
	return true
}

// tagMatches compares a value with one that may begin with ! for not, and begin or end with * for any text.
func tagMatches(want, value string) bool {
	want, not := strings.CutPrefix(want, "!")
	want, open := strings.CutPrefix(want, "*")
	want, more := strings.CutSuffix(want, "*")
	var match bool
	switch {
	case open && more:
		match = strings.Contains(value, want)
	case open:
		match = strings.HasSuffix(value, want)
	case more:
		match = strings.HasPrefix(value, want)
	default:
		match = value == want
	}
	return match != not
}
