package registry

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// ListThings lists the things of the caller, all or those with an attribute, a type, or both. An attribute name alone finds the
// things that have it. (aws: iot/API_ListThings)
func (r *Registry) ListThings(ctx context.Context, in *iot.ListThingsInput) (*iot.ListThingsOutput, error) {
	out := &iot.ListThingsOutput{}
	return outcome(out, r.view(ctx, "ListThings", func(tx *state.Tx, s caller.Scope) (err error) {
		out.Things, out.NextToken, err = listThings(tx, s, in)
		return err
	}))
}

func listThings(tx *state.Tx, s caller.Scope, in *iot.ListThingsInput) ([]iot.ThingAttribute, string, error) {
	p := pages{"ListThings", in.NextToken, in.MaxResults}
	switch {
	case in.AttributeName != "":
		prefix := at(s, in.AttributeName)
		switch {
		case isTrue(in.UsePrefixAttributeValue):
			prefix = prefix.Begins(in.AttributeValue)
		case in.AttributeValue != "":
			prefix = prefix.With(in.AttributeValue)
		}
		keep := func(t *thing) bool { return in.ThingTypeName == "" || t.Type == in.ThingTypeName }
		return indexPage(tx, p, &things, "attribute", prefix, keep, (*thing).summary)
	case in.AttributeValue != "" || isTrue(in.UsePrefixAttributeValue):
		return nil, "", refuse(fault.Invalid, "attributeValue and usePrefixAttributeValue need an attributeName.")
	case in.ThingTypeName != "":
		return indexPage(tx, p, &things, "type", at(s, in.ThingTypeName), nil, (*thing).summary)
	}
	return scanPage(tx, p, &things, at(s), (*thing).summary)
}

func (t *thing) summary() iot.ThingAttribute {
	return iot.ThingAttribute{ThingName: t.Name, ThingTypeName: t.Type, ThingArn: t.arn(), Attributes: notNil(t.Attributes), Version: &t.Version}
}
