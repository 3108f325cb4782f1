package broker

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/policy"
	"telltale/service/registry"
)

// authority answers what one connection may do. Anonymous clients of the dev listener may do everything; everybody else what the
// policies of the certificate and of its thing's groups allow. (aws: iot/iot-policies)
type authority struct {
	everything bool
	mu         sync.Mutex // publishers ask for their receivers too
	registry   *registry.Registry
	scope      caller.Scope
	principal  string // certificate id
	clientID   string
	keys       policy.Keys

	generation uint64   // of the registry, when the rest was read
	thingKeys  []string // set for the thing
	policies   []policy.Policy
}

// verdict is a decision on one action and resource.
type verdict struct {
	allowed bool
	why     string // of a denial: the explanation as a JSON object
}

// newAuthority gathers what policies may ask about a connection. (aws: iot/policy-variables)
func (c *conn) newAuthority(clientID string, leaf *x509.Certificate, attributes ...string) *authority {
	a := &authority{registry: c.b.needs.Registry, scope: c.origin.Scope, principal: c.certificate, clientID: clientID}
	if c.certificate == "" {
		a.everything = true
		return a
	}
	a.keys.Set("iot:ClientId", clientID)
	a.keys.Set("aws:SourceIp", c.origin.SourceIP)
	a.keys.Set("aws:SecureTransport", "true")
	a.keys.Set("iot:ConnectAttributes", attributes...)
	setCertificateKeys(&a.keys, leaf)
	return a
}

// refresh reads policies and thing anew if anything in the registry changed that may matter.
func (a *authority) refresh(ctx context.Context) error {
	generation := a.registry.Generation()
	if a.policies != nil && a.generation == generation {
		return nil
	}
	binding, err := a.registry.Bind(ctx, a.scope, a.principal, a.clientID)
	if err != nil {
		return err
	}
	policies, err := a.registry.DevicePolicies(ctx, a.scope, a.principal, binding)
	if err != nil {
		return err
	}
	a.setThing(binding)
	a.policies, a.generation = append(make([]policy.Policy, 0, len(policies)), policies...), generation
	return nil
}

// setThing replaces what policies may ask about the thing: what was true of it before must not go on granting.
func (a *authority) setThing(b *registry.Binding) {
	for _, key := range a.thingKeys {
		a.keys.Set(key)
	}
	a.thingKeys = a.thingKeys[:0]
	set := func(key, value string) {
		a.thingKeys = append(a.thingKeys, key)
		a.keys.Set(key, value)
	}
	set("iot:Connection.Thing.IsAttached", strconv.FormatBool(b.Attached))
	if !b.Attached {
		return
	}
	set("iot:Connection.Thing.ThingName", b.Thing)
	if b.TypeName != "" {
		set("iot:Connection.Thing.ThingTypeName", b.TypeName)
	}
	for name, value := range b.Attributes {
		set("iot:Connection.Thing.Attributes["+name+"]", value)
	}
}

// allow decides, and explains a denial.
func (a *authority) allow(ctx context.Context, now time.Time, action, kind, name string) (verdict, error) {
	if a.everything {
		return verdict{allowed: true}, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(ctx); err != nil {
		return verdict{}, err
	}
	a.keys.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	a.keys.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	req := &policy.Request{Action: action, Resource: arn.IoT(a.scope, kind, name), Context: &a.keys}
	if policy.Evaluate(a.policies, req).Effect == policy.Allowed {
		return verdict{allowed: true}, nil
	}
	return verdict{why: a.explain(req)}, nil
}

// explanation is the authorization object of an entry: what AWS does not tell.
type explanation struct {
	Action     string             `json:"action"`
	Resource   string             `json:"resource"`
	Principal  string             `json:"principal"`
	Decision   string             `json:"decision"`
	Policies   []consideredPolicy `json:"policies"`
	Deciding   *decidingStatement `json:"deciding,omitempty"`
	Nearest    *decidingStatement `json:"nearest,omitempty"`
	Lacked     string             `json:"lacked,omitempty"`
	Suggestion json.RawMessage    `json:"suggestion,omitempty"`
}

type consideredPolicy struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Verdict string `json:"verdict"`
}

type decidingStatement struct {
	Policy    string          `json:"policy"`
	Version   string          `json:"version"`
	Index     int             `json:"index"`
	Sid       string          `json:"sid,omitempty"`
	Statement json.RawMessage `json:"statement,omitempty"`
}

func (a *authority) explain(req *policy.Request) string {
	x := policy.Explain(a.policies, req)
	e := explanation{Action: req.Action, Resource: req.Resource, Principal: arn.IoT(a.scope, "cert", a.principal),
		Decision: x.Effect.String(), Policies: []consideredPolicy{}, Lacked: x.Lacked,
		Deciding: statementOf(x.Deciding), Nearest: statementOf(x.Nearest)}
	for _, p := range x.Considered {
		e.Policies = append(e.Policies, consideredPolicy{p.Name, p.Version, p.Source, p.Effect.String()})
	}
	if len(x.Considered) == 0 && e.Lacked == "" {
		e.Lacked = "no policy is attached to the certificate or to a group of its thing"
	}
	if json.Valid([]byte(x.Suggestion)) {
		e.Suggestion = json.RawMessage(x.Suggestion)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "" // the explanation is ours; an entry without it is better than none
	}
	return string(text)
}

func statementOf(r *policy.StatementRef) *decidingStatement {
	if r == nil {
		return nil
	}
	return &decidingStatement{Policy: r.Policy, Version: r.Version, Index: r.Index, Sid: r.Sid, Statement: json.RawMessage(r.Text)}
}

// denied is the failure of an operation that no policy allowed.
func denied(why string) event.Failure {
	return event.Failure{Outcome: event.AuthError, Reason: "AUTHORIZATION_FAILURE", Details: "Authorization Failure", Why: why}
}

// invalid is the failure of an operation that broke a rule or a limit.
func invalid(details string) event.Failure {
	return event.Failure{Outcome: event.ClientError, Reason: "CLIENT_ERROR", Details: details}
}

// broken is the failure of an operation that could not be decided; the cause is in the diary.
func (c *conn) broken(err error) event.Failure {
	c.b.needs.Diary.Error("operation failed", "client", c.origin.ClientID, "error", err)
	return event.Failure{Outcome: event.ServerError, Reason: "SERVER_ERROR", Details: "Internal server error"}
}

// setCertificateKeys sets iot:Certificate.* from the certificate presented. (aws: iot/cert-policy-variables)
func setCertificateKeys(k *policy.Keys, leaf *x509.Certificate) {
	if leaf == nil {
		return
	}
	k.Set("iot:Certificate.SerialNumber", leaf.SerialNumber.Text(10))
	var available []string
	for _, side := range []struct {
		name   string
		fields map[string][]string
	}{{"Subject", nameFields(leaf.Subject.Names)}, {"Issuer", nameFields(leaf.Issuer.Names)}} {
		for field, values := range side.fields {
			name := "iot:Certificate." + side.name + "." + field
			k.SetCertificate(name, values...)
			available = append(available, strings.TrimPrefix(name, "iot:"))
		}
	}
	k.Set("iot:Certificate.AvailableKeys", available...)
}
