package identity

import (
	"context"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/sts"
)

// GetSessionToken gives a user or root temporary credentials with the same rights. It needs no permission. (aws: sts/API_GetSessionToken)
func (d *Directory) GetSessionToken(ctx context.Context, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	const op = "identity.GetSessionToken"
	who := caller.From(ctx)
	if in.SerialNumber != "" || in.TokenCode != "" {
		return nil, fault.New(op, fault.Unimplemented, "SerialNumber and TokenCode are not implemented: there are no MFA devices here.")
	}
	seconds, err := longTerm(op, who, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	t := &temporary{Account: who.Account, Kind: who.Kind, Principal: who.PrincipalID, ARN: who.ARN, UserName: who.UserName, Owner: who.PrincipalID}
	credentials, err := d.issue(ctx, op, t, seconds)
	if err != nil {
		return nil, err
	}
	return &sts.GetSessionTokenOutput{Credentials: credentials}, nil
}

// GetFederationToken gives a user's rights, as far as the session policies passed allow, to somebody whom only the user knows. Without
// session policies that is nothing. (aws: sts/API_GetFederationToken)
func (d *Directory) GetFederationToken(ctx context.Context, in *sts.GetFederationTokenInput) (*sts.GetFederationTokenOutput, error) {
	const op = "identity.GetFederationToken"
	who := caller.From(ctx)
	seconds, err := longTerm(op, who, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	t := &temporary{
		Account: who.Account, Kind: caller.Federated, Principal: who.Account + ":" + in.Name, Owner: who.PrincipalID, Limited: true,
		ARN: "arn:aws:sts::" + who.Account + ":federated-user/" + in.Name, Keys: map[string]string{},
	}
	for _, tag := range in.Tags {
		t.Keys["aws:principaltag/"+strings.ToLower(tag.Key)] = tag.Value
	}
	packed, err := d.limit(ctx, op, t, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	credentials, err := d.issue(ctx, op, t, seconds)
	if err != nil {
		return nil, err
	}
	return &sts.GetFederationTokenOutput{
		Credentials: credentials, PackedPolicySize: packed, FederatedUser: &sts.FederatedUser{FederatedUserId: t.Principal, Arn: t.ARN},
	}, nil
}

// longTerm refuses callers who have temporary credentials already, and returns how long the new ones are to last.
func longTerm(op string, who *caller.Caller, asked *int32) (int32, error) {
	if who.Temporary || who.Kind != caller.User && who.Kind != caller.Root {
		return 0, fault.New(op, fault.Denied, "Cannot call it with session credentials: it needs the long-term key of a user or of root.").Named(accessDenied)
	}
	seconds, most := int32(anyLifetime), int32(maxLongToken)
	if who.Kind == caller.Root {
		seconds, most = maxRootToken, maxRootToken
	}
	if asked != nil {
		seconds = min(*asked, most) // (aws: sts/API_GetSessionToken#API_GetSessionToken_RequestParameters)
	}
	return seconds, nil
}
