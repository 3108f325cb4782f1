package identity

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

const maxTags = 50 // of one user or role

// TagUser adds tags to a user, or replaces those of the same keys. (aws: iam/API_TagUser)
func (d *Directory) TagUser(ctx context.Context, in *iam.TagUserInput) (*iam.TagUserOutput, error) {
	err := d.changeUser(ctx, "identity.TagUser", in.UserName, func(u *user) error { return u.setTags(in.Tags) })
	return &iam.TagUserOutput{}, err
}

// UntagUser removes tags of a user; those that are not there do not matter. (aws: iam/API_UntagUser)
func (d *Directory) UntagUser(ctx context.Context, in *iam.UntagUserInput) (*iam.UntagUserOutput, error) {
	err := d.changeUser(ctx, "identity.UntagUser", in.UserName, func(u *user) error { u.dropTags(in.TagKeys); return nil })
	return &iam.UntagUserOutput{}, err
}

// ListUserTags lists a user's tags by key. (aws: iam/API_ListUserTags)
func (d *Directory) ListUserTags(ctx context.Context, in *iam.ListUserTagsInput) (*iam.ListUserTagsOutput, error) {
	const op = "identity.ListUserTags"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	u, err := d.readUser(ctx, op, in.UserName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListUserTagsOutput{Tags: u.tagPage(l)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// TagRole adds tags to a role, or replaces those of the same keys. (aws: iam/API_TagRole)
func (d *Directory) TagRole(ctx context.Context, in *iam.TagRoleInput) (*iam.TagRoleOutput, error) {
	err := d.changeRole(ctx, "identity.TagRole", in.RoleName, func(r *role) error { return r.setTags(in.Tags) })
	return &iam.TagRoleOutput{}, err
}

// UntagRole removes tags of a role; those that are not there do not matter. (aws: iam/API_UntagRole)
func (d *Directory) UntagRole(ctx context.Context, in *iam.UntagRoleInput) (*iam.UntagRoleOutput, error) {
	err := d.changeRole(ctx, "identity.UntagRole", in.RoleName, func(r *role) error { r.dropTags(in.TagKeys); return nil })
	return &iam.UntagRoleOutput{}, err
}

// ListRoleTags lists a role's tags by key. (aws: iam/API_ListRoleTags)
func (d *Directory) ListRoleTags(ctx context.Context, in *iam.ListRoleTagsInput) (*iam.ListRoleTagsOutput, error) {
	const op = "identity.ListRoleTags"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := d.readRole(ctx, op, in.RoleName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListRoleTagsOutput{Tags: r.tagPage(l)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// setTags adds tags. Their keys are the same if only case differs; the new spelling wins.
func (e *entity) setTags(tags []iam.Tag) error {
	for i, t := range tags {
		if slices.ContainsFunc(tags[:i], func(earlier iam.Tag) bool { return strings.EqualFold(earlier.Key, t.Key) }) {
			return fault.New("", fault.Invalid, "Duplicate tag keys found: %s. Please note that Tag keys are case insensitive.", t.Key).
				Named(iam.InvalidInputException)
		}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return fault.New("", fault.Invalid, "Tag key %s begins with aws:, which is reserved.", t.Key).Named(iam.InvalidInputException)
		}
		e.dropTags([]string{t.Key})
		e.Tags = append(e.Tags, tag(t))
	}
	if len(e.Tags) > maxTags {
		return fault.New("", fault.Limit, "The number of tags has reached the maximum limit: %d, would be %d.", maxTags, len(e.Tags)).
			Named(iam.LimitExceededException)
	}
	slices.SortFunc(e.Tags, func(a, b tag) int { return cmp.Compare(a.Key, b.Key) })
	return nil
}

func (e *entity) dropTags(keys []string) {
	e.Tags = slices.DeleteFunc(e.Tags, func(t tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, t.Key) })
	})
}

func (e *entity) tagPage(l *listing) []iam.Tag {
	list := []iam.Tag{}
	for _, t := range pageOf(l, e.Tags, func(t *tag) string { return t.Key }) {
		list = append(list, iam.Tag(*t))
	}
	return list
}

func (e *entity) tagShapes() []iam.Tag { return e.tagPage(&listing{limit: maxTags}) }
