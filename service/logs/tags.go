package logs

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// maxTags is the number of tags of a log group.
const maxTags = 50

// TagResource adds tags to a group and replaces those of the same keys. (aws: logs/API_TagResource)
func (l *Logs) TagResource(ctx context.Context, in *logs.TagResourceInput) (*logs.TagResourceOutput, error) {
	const op = "logs.TagResource"
	name, err := taggedGroup(ctx, op, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &logs.TagResourceOutput{}, l.tag(ctx, op, name, in.Tags)
}

// UntagResource removes tags from a group; keys it does not have are no error. (aws: logs/API_UntagResource)
func (l *Logs) UntagResource(ctx context.Context, in *logs.UntagResourceInput) (*logs.UntagResourceOutput, error) {
	const op = "logs.UntagResource"
	name, err := taggedGroup(ctx, op, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &logs.UntagResourceOutput{}, l.untag(ctx, op, name, in.TagKeys)
}

// ListTagsForResource answers the tags of a group. (aws: logs/API_ListTagsForResource)
func (l *Logs) ListTagsForResource(ctx context.Context, in *logs.ListTagsForResourceInput) (*logs.ListTagsForResourceOutput, error) {
	const op = "logs.ListTagsForResource"
	name, err := taggedGroup(ctx, op, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := l.tags(ctx, op, name)
	return &logs.ListTagsForResourceOutput{Tags: tags}, err
}

// TagLogGroup is the older TagResource. (aws: logs/API_TagLogGroup)
func (l *Logs) TagLogGroup(ctx context.Context, in *logs.TagLogGroupInput) (*logs.TagLogGroupOutput, error) {
	return &logs.TagLogGroupOutput{}, l.tag(ctx, "logs.TagLogGroup", in.LogGroupName, in.Tags)
}

// UntagLogGroup is the older UntagResource. (aws: logs/API_UntagLogGroup)
func (l *Logs) UntagLogGroup(ctx context.Context, in *logs.UntagLogGroupInput) (*logs.UntagLogGroupOutput, error) {
	return &logs.UntagLogGroupOutput{}, l.untag(ctx, "logs.UntagLogGroup", in.LogGroupName, in.Tags)
}

// ListTagsLogGroup is the older ListTagsForResource. (aws: logs/API_ListTagsLogGroup)
func (l *Logs) ListTagsLogGroup(ctx context.Context, in *logs.ListTagsLogGroupInput) (*logs.ListTagsLogGroupOutput, error) {
	tags, err := l.tags(ctx, "logs.ListTagsLogGroup", in.LogGroupName)
	return &logs.ListTagsLogGroupOutput{Tags: tags}, err
}

// taggedGroup is the group that the ARN of a resource means. Nothing else has tags here.
func taggedGroup(ctx context.Context, op, resource string) (string, error) {
	if !strings.HasPrefix(resource, "arn:") {
		return "", invalid(op, "The resourceArn %q is not an ARN: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME", resource)
	}
	return identifiedGroup(op, caller.From(ctx).Scope, resource)
}

func (l *Logs) tags(ctx context.Context, op, name string) (map[string]string, error) {
	g, err := l.group(ctx, op, caller.From(ctx).Scope, name)
	if err != nil {
		return nil, err
	}
	if g.Tags == nil {
		g.Tags = map[string]string{}
	}
	return g.Tags, nil
}

func (l *Logs) tag(ctx context.Context, op, name string, tags map[string]string) error {
	if len(tags) == 0 {
		return invalid(op, "There are no tags: at least one must be given.")
	}
	if err := checkTags(op, tags); err != nil {
		return err
	}
	return l.retag(ctx, op, name, func(g *group) error {
		if g.Tags == nil {
			g.Tags = map[string]string{}
		}
		maps.Copy(g.Tags, tags)
		if n := len(g.Tags); n > maxTags {
			return tooManyTags(op, g.arn(), n)
		}
		return nil
	})
}

func (l *Logs) untag(ctx context.Context, op, name string, keys []string) error {
	return l.retag(ctx, op, name, func(g *group) error {
		maps.DeleteFunc(g.Tags, func(key, _ string) bool { return slices.Contains(keys, key) })
		return nil
	})
}

func (l *Logs) retag(ctx context.Context, op, name string, change func(*group) error) error {
	scope := caller.From(ctx).Scope
	return l.alter(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, scope, name)
		if err != nil {
			return err
		}
		if err := change(g); err != nil {
			return err
		}
		return groupsTable.Put(tx, g)
	})
}

// tooManyTags is the error of TagResource; the older operation has no name of its own for it.
func tooManyTags(op, resource string, n int) error {
	if op != "logs.TagResource" {
		return invalid(op, "The log group would have %d tags: at most %d are allowed.", n, maxTags)
	}
	return fault.New(op, fault.Limit, "The log group would have %d tags: at most %d are allowed.", n, maxTags).
		Named(logs.TooManyTagsException).With("resourceName", resource)
}

func checkTags(op string, tags map[string]string) error {
	if n := len(tags); n > maxTags {
		return invalid(op, "There are %d tags: at most %d are allowed.", n, maxTags)
	}
	for key, value := range tags {
		switch k, v := utf8.RuneCountInString(key), utf8.RuneCountInString(value); {
		case k < 1 || k > 128:
			return invalid(op, "The tag key %q has %d characters: it must have 1 to 128.", key, k)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalid(op, "The tag key %q begins with aws:, which is reserved.", key)
		case v > 256:
			return invalid(op, "The value of the tag %q has %d characters: it may have 256.", key, v)
		}
	}
	return nil
}
