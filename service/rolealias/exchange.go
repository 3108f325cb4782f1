package rolealias

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/sts"
	"telltale/service/registry"
	"telltale/store/state"
)

// servicePrincipal is who assumes the roles. (aws: iot/authorizing-direct-aws)
const servicePrincipal = "credentials.iot.amazonaws.com"

// Request is what a device asks for.
type Request struct {
	Alias string
	Thing string            // the thing it says to be, "" if it does not say
	Leaf  *x509.Certificate // which it has proved to be its own

	SourceIP   string
	SourcePort uint16
}

// exchange is one request on its way through the steps.
type exchange struct {
	Request
	aliases *Aliases
	origin  caller.Origin
	fact    CredentialExchange
	binding registry.Binding
	alias   *alias

	credentials *sts.Credentials
}

// Exchange gives a device temporary credentials. An error is a *Refusal.
func (a *Aliases) Exchange(ctx context.Context, req Request) (*sts.Credentials, error) {
	sum := sha256.Sum256(req.Leaf.Raw)
	e := &exchange{Request: req, aliases: a, fact: CredentialExchange{Alias: req.Alias, Thing: req.Thing}}
	e.origin = caller.Origin{Trace: caller.NewTrace(), PrincipalID: hex.EncodeToString(sum[:]), SourceIP: req.SourceIP, SourcePort: req.SourcePort, Protocol: "HTTP"}
	for _, step := range []func(context.Context) *Refusal{e.identify, e.bind, e.authorize, e.findAlias, e.assume} {
		r := step(ctx)
		if r == nil {
			continue
		}
		e.fact.Failure = event.Failure{Outcome: r.outcome, Reason: r.Code, Details: r.Details}
		if r.Err != nil {
			a.needs.Diary.Error("credentials cannot be given", "alias", req.Alias, "certificate", e.origin.PrincipalID, "error", r.Err)
		}
		if e.origin.Account == "" { // a certificate that nobody registered belongs in nobody's log
			a.needs.Diary.Info("credentials refused", "alias", req.Alias, "peer", req.SourceIP, "certificate", e.origin.PrincipalID, "why", r.Details)
			return nil, r
		}
		a.needs.Facts.Record(&e.origin, &e.fact)
		return nil, r
	}
	a.needs.Facts.Record(&e.origin, &e.fact)
	return e.credentials, nil
}

// identify finds the account of the certificate, which must be active and not outdated.
func (e *exchange) identify(context.Context) *Refusal {
	cert, err := e.aliases.needs.Registry.Certificate(e.origin.PrincipalID)
	if fault.Is(err, fault.NotFound) {
		return refusal(badCertificate, "the certificate is not registered")
	}
	if err != nil {
		return broken(err)
	}
	e.origin.Scope = cert.Scope
	now := time.Now()
	switch {
	case cert.Status != registry.CertificateActive:
		return refusal(badCertificate, "the certificate is "+cert.Status)
	case now.Before(e.Leaf.NotBefore) || now.After(e.Leaf.NotAfter):
		return refusal(badCertificate, fmt.Sprintf("the certificate is valid from %s to %s, and the server's clock says %s",
			e.Leaf.NotBefore.UTC().Format(time.RFC3339), e.Leaf.NotAfter.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339)))
	}
	return nil
}

// bind believes a device that it is a thing if its certificate is attached to that thing.
func (e *exchange) bind(ctx context.Context) *Refusal {
	if e.Thing == "" {
		return nil
	}
	b, err := e.aliases.needs.Registry.Bind(ctx, e.origin.Scope, e.origin.PrincipalID, e.Thing)
	switch {
	case err != nil:
		return broken(err)
	case b.Thing != e.Thing:
		return refusal(badThing, fmt.Sprintf("there is no thing %q", e.Thing))
	case !b.Attached:
		return refusal(badThing, fmt.Sprintf("the certificate is not attached to the thing %q", e.Thing))
	}
	e.binding, e.origin.Thing = *b, b.Thing
	return nil
}

// authorize asks the IoT policies of certificate and thing.
func (e *exchange) authorize(ctx context.Context) *Refusal {
	policies, err := e.aliases.needs.Registry.DevicePolicies(ctx, e.origin.Scope, e.origin.PrincipalID, &e.binding)
	if err != nil {
		return broken(err)
	}
	now := time.Now().UTC()
	var keys policy.Keys
	keys.SetX509(e.Leaf)
	e.binding.SetKeys(&keys)
	keys.Set("aws:SourceIp", e.SourceIP)
	keys.Set("aws:SecureTransport", "true")
	keys.Set("aws:CurrentTime", now.Format(time.RFC3339))
	keys.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	req := &policy.Request{Action: "iot:AssumeRoleWithCertificate", Resource: arn.IoT(e.origin.Scope, kind, e.Alias), Context: &keys}
	if policy.Evaluate(policies, req).Allowed() {
		return nil
	}
	why := policy.Explain(policies, req)
	text := fmt.Sprintf("no policy allows %s on %s: %s", req.Action, req.Resource, why.Lacked)
	if why.Nearest != nil {
		text += "; nearest is " + why.Nearest.String()
	}
	if why.Suggestion != "" {
		text += ". This statement would allow it: " + why.Suggestion
	}
	return refusal(accessDenied, text)
}

func (e *exchange) findAlias(ctx context.Context) *Refusal {
	err := e.aliases.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		e.alias, err = find(tx, e.origin.Scope, e.Alias)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return refusal(noAlias, fault.TextOf(err))
	}
	if err != nil {
		return broken(err)
	}
	e.fact.Role = e.alias.Role
	return nil
}

// assume gets the credentials. Policies of the role may ask whose they are. (aws: iot/authorizing-direct-aws)
func (e *exchange) assume(ctx context.Context) *Refusal {
	s := Session{RoleARN: e.alias.Role, Service: servicePrincipal, Source: e.alias.arn(), Name: e.origin.PrincipalID, Seconds: e.alias.Seconds,
		Keys: map[string]string{"credentials-iot:awscertificateid": e.origin.PrincipalID}}
	if e.binding.Attached {
		s.Keys["credentials-iot:thingname"] = e.binding.Thing
	}
	if e.binding.TypeName != "" {
		s.Keys["credentials-iot:thingtypename"] = e.binding.TypeName
	}
	c, err := e.aliases.needs.Roles.Credentials(ctx, s)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied):
		return refusal(noRole, fault.TextOf(err))
	case fault.Is(err, fault.Invalid):
		return refusal(tooLong, fault.TextOf(err))
	case err != nil:
		return broken(err)
	}
	e.credentials, e.fact.Session = c, c.AccessKeyId
	return nil
}
