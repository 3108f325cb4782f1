package registry

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strconv"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// testedActions are what policies call the action types. (aws: iot/API_AuthInfo)
var testedActions = map[string]string{
	iot.ActionTypeConnect: "iot:Connect", iot.ActionTypePublish: "iot:Publish",
	iot.ActionTypeSubscribe: "iot:Subscribe", iot.ActionTypeReceive: "iot:Receive",
}

// trial is what TestAuthorization evaluates.
type trial struct {
	policies []policy.Policy
	keys     policy.Keys
}

// TestAuthorization tells what the policies of a principal would say of a client's actions, with policies added or left out. What the
// policies ask and the call does not tell, such as the client's address, is named in missingContextValues. (aws: iot/API_TestAuthorization)
func (r *Registry) TestAuthorization(ctx context.Context, in *iot.TestAuthorizationInput) (*iot.TestAuthorizationOutput, error) {
	const op = "TestAuthorization"
	s := caller.From(ctx).Scope
	t := &trial{}
	var found []applied
	err := r.view(ctx, op, func(tx *state.Tx, _ caller.Scope) (err error) {
		if found, err = t.gather(tx, s, in); err != nil {
			return err
		}
		found, err = addAndSkip(tx, s, found, in)
		return err
	})
	for _, a := range found {
		if err == nil {
			t.policies, err = r.compiled(t.policies, a)
		}
	}
	if err != nil {
		return nil, blame(op, err)
	}
	out := &iot.TestAuthorizationOutput{}
	for i := range in.AuthInfos {
		result, err := t.ask(&in.AuthInfos[i])
		if err != nil {
			return nil, blame(op, err)
		}
		out.AuthResults = append(out.AuthResults, *result)
	}
	return out, nil
}

// gather finds the principal's policies, and what they may ask about the client.
func (t *trial) gather(tx *state.Tx, s caller.Scope, in *iot.TestAuthorizationInput) ([]applied, error) {
	now := time.Now().UTC()
	t.keys.Set("aws:CurrentTime", now.Format(time.RFC3339))
	t.keys.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	t.keys.Set("aws:SecureTransport", "true")
	if in.ClientId != "" {
		t.keys.Set("iot:ClientId", in.ClientId)
	}
	if in.Principal == "" {
		return nil, nil
	}
	p, err := readTarget(s, in.Principal)
	if err == nil {
		err = p.mustExist(tx, s)
	}
	if err != nil {
		return nil, err
	}
	switch p.kind {
	case "thinggroup":
		return appliedToGroup(tx, s, p.name)
	case "cert":
		return t.gatherCertificate(tx, s, p, in.ClientId)
	}
	return appliedTo(tx, s, p.text, "", nil)
}

// appliedToGroup are the policies of a thing group and its ancestors.
func appliedToGroup(tx *state.Tx, s caller.Scope, name string) (list []applied, err error) {
	g, err := findGroup(tx, s, name)
	if err != nil {
		return nil, err
	}
	for _, name := range g.lineage() {
		if list, err = appliedTo(tx, s, groupARN(s, name), "thing group "+name, list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// gatherCertificate is gather for a connection with a certificate, active or not.
func (t *trial) gatherCertificate(tx *state.Tx, s caller.Scope, p principal, clientID string) ([]applied, error) {
	c, err := findCertificate(tx, s, p.name)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode([]byte(c.PEM)); block != nil {
		if leaf, err := x509.ParseCertificate(block.Bytes); err == nil { // it was read when it was registered
			t.keys.SetX509(leaf)
		}
	}
	list, err := appliedTo(tx, s, p.text, "certificate", nil)
	if err != nil {
		return nil, err
	}
	b, err := bind(tx, s, c.ID, clientID)
	if err != nil {
		return nil, err
	}
	b.SetKeys(&t.keys)
	if !b.Attached {
		return list, nil
	}
	return appliedToGroups(tx, s, b.Thing, list)
}

// addAndSkip adds policies as if they were attached, and leaves out others as if they were not.
func addAndSkip(tx *state.Tx, s caller.Scope, list []applied, in *iot.TestAuthorizationInput) ([]applied, error) {
	for _, name := range in.PolicyNamesToAdd {
		p, err := findPolicy(tx, s, name)
		if err != nil {
			return nil, err
		}
		v, err := p.inForce()
		if err != nil {
			return nil, err
		}
		list = append(list, applied{p, v, "policyNamesToAdd"})
	}
	return slices.DeleteFunc(list, func(a applied) bool { return slices.Contains(in.PolicyNamesToSkip, a.policy.Name) }), nil
}

// ask evaluates an action on each resource. It is allowed if it is on all of them.
func (t *trial) ask(info *iot.AuthInfo) (*iot.AuthResult, error) {
	action, known := testedActions[info.ActionType]
	if !known {
		return nil, refuse(fault.Invalid, "The actionType %q is not allowed; allowed are CONNECT, PUBLISH, SUBSCRIBE and RECEIVE.", info.ActionType)
	}
	if len(info.Resources) == 0 {
		return nil, refuse(fault.Invalid, "The resources of the authInfo for %s are missing: want at least one ARN.", info.ActionType)
	}
	by := [policy.Allowed + 1][]iot.Policy{{}, {}, {}} // which policies say what
	decision, missing := policy.Allowed, []string{}
	for _, resource := range info.Resources {
		if a, err := arn.Parse(resource); err != nil || a.Service != "iot" {
			return nil, refuse(fault.Invalid, "The resource %q is not the ARN of an IoT resource: want arn:aws:iot:region:account:topic/name, topicfilter/filter or client/id.", resource)
		}
		e := policy.Explain(t.policies, &policy.Request{Action: action, Resource: resource, Context: &t.keys})
		decision = worse(decision, e.Effect)
		for i, v := range e.Considered {
			said := iot.Policy{PolicyName: v.Name, PolicyArn: t.policies[i].ARN}
			if !slices.Contains(by[v.Effect], said) {
				by[v.Effect] = append(by[v.Effect], said)
			}
		}
		missing = append(missing, e.Missing...)
	}
	slices.Sort(missing)
	return &iot.AuthResult{
		AuthInfo: info, AuthDecision: decision.String(), MissingContextValues: slices.Compact(missing),
		Allowed: &iot.Allowed{Policies: by[policy.Allowed]},
		Denied:  &iot.Denied{ImplicitDeny: &iot.ImplicitDeny{Policies: by[policy.ImplicitDeny]}, ExplicitDeny: &iot.ExplicitDeny{Policies: by[policy.ExplicitDeny]}},
	}, nil
}

// worse is the decision on two resources together.
func worse(a, b policy.Effect) policy.Effect {
	for _, e := range []policy.Effect{policy.ExplicitDeny, policy.ImplicitDeny} {
		if a == e || b == e {
			return e
		}
	}
	return policy.Allowed
}
