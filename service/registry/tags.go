package registry

import (
	"context"
	"maps"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// tagsMax is how many tags a resource may have. (aws: general/iot-core#tag-limits)
const tagsMax = 50

// tags are those of one resource; a resource without any has no row.
type tags struct {
	caller.Scope
	Resource string // kind/name, as in its ARN
	Tags     map[string]string
}

var tagged = state.Table[tags]{
	Name: "registry_tags",
	Key:  func(t *tags) state.Key { return at(t.Scope, t.Resource) },
}

// findTags returns the tags of a resource, perhaps none.
func findTags(tx *state.Tx, s caller.Scope, resource string) (*tags, error) {
	t, err := tagged.Get(tx, at(s, resource))
	if isAbsent(err) {
		return &tags{s, resource, map[string]string{}}, nil
	}
	return t, err
}

// putTags adds tags to a resource.
func putTags(tx *state.Tx, s caller.Scope, resource string, list []iot.Tag) error {
	if len(list) == 0 {
		return nil
	}
	t, err := findTags(tx, s, resource)
	if err != nil {
		return err
	}
	for _, tag := range list {
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return refuse(fault.Invalid, "The tag key %q begins with aws:, which is reserved.", tag.Key)
		}
		t.Tags[tag.Key] = tag.Value
	}
	if n := len(t.Tags); n > tagsMax {
		return refuse(fault.Limit, "The resource %s would have %d tags; allowed are %d.", resource, n, tagsMax).Named(iot.LimitExceededException)
	}
	return tagged.Put(tx, t)
}

// dropTags forgets the tags of a resource that is deleted.
func dropTags(tx *state.Tx, s caller.Scope, resource string) error {
	if err := tagged.Delete(tx, at(s, resource)); !isAbsent(err) {
		return err
	}
	return nil
}

// Taggable reports whether a resource of some kind exists, for one that can have tags although the registry does not keep it.
type Taggable func(tx *state.Tx, s caller.Scope, name string) (bool, error)

// LetTag lets resources of a kind, the word in their ARNs, have tags. It is called before the first operation.
func (r *Registry) LetTag(kind string, exists Taggable) {
	if r.foreign == nil {
		r.foreign = map[string]Taggable{}
	}
	r.foreign[kind] = exists
}

// PutTags adds tags to a resource that another service makes, kind/name, as part of its transaction.
func (r *Registry) PutTags(tx *state.Tx, s caller.Scope, resource string, list []iot.Tag) error {
	return putTags(tx, s, resource, list)
}

// DropTags forgets the tags of a resource that another service deletes.
func (r *Registry) DropTags(tx *state.Tx, s caller.Scope, resource string) error {
	return dropTags(tx, s, resource)
}

// taggable reads the ARN of a resource that exists and can have tags.
func (r *Registry) taggable(tx *state.Tx, s caller.Scope, text string) (resource string, err error) {
	kind, name, err := readARN(s, text)
	if err != nil {
		return "", err
	}
	if exists := r.foreign[kind]; exists != nil {
		has, err := exists(tx, s, name)
		if err == nil && !has {
			err = missing(s, kind, name)
		}
		return kind + "/" + name, err
	}
	switch kind {
	case "thingtype":
		_, err = findType(tx, s, name)
	case "thinggroup":
		_, err = findGroup(tx, s, name)
	case "billinggroup":
		_, err = findBillingGroup(tx, s, name)
	case "policy":
		_, err = findPolicy(tx, s, name)
	case "cert":
		name = strings.ToLower(name)
		_, err = findCertificate(tx, s, name)
	default:
		err = refuse(fault.Invalid, "A %s cannot have tags here; thing types, thing groups, billing groups, policies, certificates, jobs and job templates can.", kind)
	}
	return kind + "/" + name, err
}

// TagResource adds tags to a resource, replacing the values of keys it has. (aws: iot/API_TagResource)
func (r *Registry) TagResource(ctx context.Context, in *iot.TagResourceInput) (*iot.TagResourceOutput, error) {
	return outcome(&iot.TagResourceOutput{}, r.update(ctx, "TagResource", func(tx *state.Tx, s caller.Scope) error {
		resource, err := r.taggable(tx, s, in.ResourceArn)
		if err != nil {
			return err
		}
		return putTags(tx, s, resource, in.Tags)
	}))
}

// UntagResource removes tags by key; keys that the resource does not have are removed already. (aws: iot/API_UntagResource)
func (r *Registry) UntagResource(ctx context.Context, in *iot.UntagResourceInput) (*iot.UntagResourceOutput, error) {
	return outcome(&iot.UntagResourceOutput{}, r.update(ctx, "UntagResource", func(tx *state.Tx, s caller.Scope) error {
		resource, err := r.taggable(tx, s, in.ResourceArn)
		if err != nil {
			return err
		}
		t, err := findTags(tx, s, resource)
		if err != nil {
			return err
		}
		for _, key := range in.TagKeys {
			delete(t.Tags, key)
		}
		if len(t.Tags) == 0 {
			return dropTags(tx, s, resource)
		}
		return tagged.Put(tx, t)
	}))
}

// ListTagsForResource lists the tags of a resource by key, all at once: there are few. (aws: iot/API_ListTagsForResource)
func (r *Registry) ListTagsForResource(ctx context.Context, in *iot.ListTagsForResourceInput) (*iot.ListTagsForResourceOutput, error) {
	out := &iot.ListTagsForResourceOutput{Tags: []iot.Tag{}}
	return outcome(out, r.view(ctx, "ListTagsForResource", func(tx *state.Tx, s caller.Scope) error {
		if err := page.Parse("ListTagsForResource", in.NextToken, new(string)); err != nil {
			return err
		}
		resource, err := r.taggable(tx, s, in.ResourceArn)
		if err != nil {
			return err
		}
		t, err := findTags(tx, s, resource)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
			out.Tags = append(out.Tags, iot.Tag{Key: key, Value: t.Tags[key]})
		}
		return nil
	}))
}
