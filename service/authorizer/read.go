package authorizer

import (
	"context"
	"slices"

	"telltale/base/caller"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// maxPage is the most a page may hold, and what it holds unless asked otherwise. (aws: iot/API_ListAuthorizers)
const maxPage = 250

// DescribeAuthorizer tells all about an authorizer. (aws: iot/API_DescribeAuthorizer)
func (a *Authorizers) DescribeAuthorizer(ctx context.Context, in *iot.DescribeAuthorizerInput) (*iot.DescribeAuthorizerOutput, error) {
	var r *record
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		r, err = find(tx, caller.From(ctx).Scope, in.AuthorizerName)
		return err
	})
	if err != nil {
		return nil, blame("DescribeAuthorizer", err)
	}
	return &iot.DescribeAuthorizerOutput{AuthorizerDescription: r.describe()}, nil
}

// ListAuthorizers lists the authorizers by name, the last first unless ascending, all or those of a status. (aws: iot/API_ListAuthorizers)
func (a *Authorizers) ListAuthorizers(ctx context.Context, in *iot.ListAuthorizersInput) (*iot.ListAuthorizersOutput, error) {
	const op = "ListAuthorizers"
	size := maxPage
	if in.PageSize != nil {
		size = int(*in.PageSize)
	}
	var list []*record
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		list, err = all(tx, caller.From(ctx).Scope)
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	list = slices.DeleteFunc(list, func(r *record) bool { return in.Status != "" && r.status() != in.Status })
	if !isTrue(in.AscendingOrder) {
		slices.Reverse(list)
	}
	list, marker, err := page.Marked(op, in.Marker, size, !isTrue(in.AscendingOrder), list, func(r *record) string { return r.Name })
	if err != nil {
		return nil, blame(op, err)
	}
	out := &iot.ListAuthorizersOutput{Authorizers: []iot.AuthorizerSummary{}, NextMarker: marker}
	for _, r := range list {
		out.Authorizers = append(out.Authorizers, iot.AuthorizerSummary{AuthorizerName: r.Name, AuthorizerArn: r.arn()})
	}
	return out, nil
}
