package identity

import (
	"context"

	"telltale/base/caller"
	"telltale/lang/shape/sts"
	"telltale/lang/wire/sigv4"
)

// GetCallerIdentity tells callers who they are. It needs no permission. (aws: sts/API_GetCallerIdentity)
func (d *Directory) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	c := caller.From(ctx)
	if c.Kind == caller.Anonymous {
		return nil, sigv4.Missing()
	}
	return &sts.GetCallerIdentityOutput{UserId: c.PrincipalID, Account: c.Account, Arn: c.ARN}, nil
}
