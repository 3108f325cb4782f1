package broker

import (
	"context"
	"crypto/x509"
	"strconv"
	"sync"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/policy"
	"telltale/service/registry"
)

// permissions are what one connection may do. Anonymous clients of the plain listener may do everything; everybody else what the
// policies of the certificate and of its thing's groups allow. (aws: iot/iot-policies)
//
// Publishers ask about their receivers, so any goroutine may use them.
type permissions struct {
	everything bool
	signer     *signer // decides instead of policies; nil: nobody
	granted    bool    // the policies are a custom authorizer's
	permissive bool    // what no policy allows is let through, and told
	registry   *registry.Registry
	scope      caller.Scope
	principal  string // certificate id
	clientID   string

	mu         sync.Mutex
	keys       policy.Keys
	generation uint64   // of the registry, when the rest was read
	thingKeys  []string // set for the thing
	policies   []policy.Policy
	fresh      bool // policies were read at all
}

// verdict is a decision on one action and resource.
type verdict struct {
	allowed    bool
	overlooked bool   // allowed although no policy does
	why        string // of a denial, overlooked or not: the explanation as a JSON object
	err        error  // it could not be decided
}

// newPermissions gathers what policies may ask about a connection. (aws: iot/policy-variables)
func newPermissions(c *conn, a *attempt) *permissions {
	who := &permissions{registry: c.b.needs.Registry, scope: c.origin.Scope, principal: c.certificate, clientID: a.clientID, permissive: c.b.cfg.Permissive}
	switch {
	case c.anonymous && c.certificate == "":
		who.everything = true
		return who
	case c.entrant != nil && c.entrant.Signed:
		who.signer = &signer{c.b.needs.Identity, c.entrant.Caller}
		return who
	case c.grant != nil:
		who.granted, who.principal, who.policies = true, c.grant.PrincipalID, c.grant.Policies
	}
	var attributes []string
	if a.persistent {
		attributes = append(attributes, "PersistentConnect")
	}
	if a.will != nil {
		attributes = append(attributes, "LastWill")
		who.keys.Set("iot:LastWillTopic", arn.IoT(c.origin.Scope, "topic", a.will.message.Topic))
	}
	who.keys.Set("iot:ConnectAttributes", attributes...)
	who.keys.Set("aws:SourceIp", c.origin.SourceIP)
	who.present(c.leaf)
	if c.certificate == "" {
		who.keys.Set("aws:SecureTransport", strconv.FormatBool(c.way != nil || c.entrant != nil && c.entrant.TLS))
	}
	return who
}

// regrant replaces the policies of a custom authorizer.
func (p *permissions) regrant(policies []policy.Policy) {
	p.mu.Lock()
	p.policies = policies
	p.mu.Unlock()
}

// present sets what policies may ask about any client with a certificate, or that an authorizer let in without one.
func (p *permissions) present(leaf *x509.Certificate) {
	if p.clientID != "" { // requests over HTTP have none
		p.keys.Set("iot:ClientId", p.clientID)
	}
	p.keys.Set("aws:SecureTransport", "true")
	if leaf != nil {
		p.keys.SetX509(leaf)
	}
}

// allow decides, and explains a denial.
func (p *permissions) allow(now time.Time, action, resource string) verdict {
	switch {
	case p.everything:
		return verdict{allowed: true}
	case p.signer != nil:
		return p.signer.allow(action, resource, p.permissive)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.refresh(); err != nil {
		return verdict{err: err}
	}
	req := p.request(now, action, resource)
	if policy.Evaluate(p.policies, req).Allowed() {
		return verdict{allowed: true}
	}
	return verdict{allowed: p.permissive, overlooked: p.permissive, why: p.explain(req)}
}

// why decides as allow does, and explains either way.
func (p *permissions) why(now time.Time, action, resource string) (explanation, error) {
	if p.everything {
		return explanation{Action: action, Resource: resource, Principal: "anonymous", Decision: allowed, Policies: []consideredPolicy{}}, nil
	}
	if p.signer != nil {
		return p.signer.explanation(action, resource)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.refresh(); err != nil {
		return explanation{}, err
	}
	return p.explanation(p.request(now, action, resource)), nil
}

// request is the question that policies answer. The permissions are locked.
func (p *permissions) request(now time.Time, action, resource string) *policy.Request {
	p.keys.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	p.keys.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	return &policy.Request{Action: action, Resource: resource, Context: &p.keys}
}

// refresh reads policies and thing anew if anything in the registry changed that may matter.
func (p *permissions) refresh() error {
	if p.granted {
		return nil
	}
	generation := p.registry.Generation()
	if p.fresh && p.generation == generation {
		return nil
	}
	binding, err := p.registry.Bind(context.Background(), p.scope, p.principal, p.clientID)
	if err != nil {
		return err
	}
	policies, err := p.registry.DevicePolicies(context.Background(), p.scope, p.principal, binding)
	if err != nil {
		return err
	}
	p.setThing(binding)
	p.policies, p.generation, p.fresh = policies, generation, true
	return nil
}

// setThing replaces what policies may ask about the thing: what was true of it before must not go on granting.
func (p *permissions) setThing(b *registry.Binding) {
	for _, key := range p.thingKeys {
		p.keys.Set(key)
	}
	p.thingKeys = p.thingKeys[:0]
	set := func(key, value string) {
		p.thingKeys = append(p.thingKeys, key)
		p.keys.Set(key, value)
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

// failure is what the entry of an operation says that the verdict did not allow.
func (v *verdict) failure(c *conn) event.Failure {
	if v.err != nil {
		return c.broken(v.err)
	}
	return denied(v.why)
}

// remark is what the entry of an operation says besides its success: nothing, or that no policy allowed it, and why.
func (v *verdict) remark() event.Failure {
	if !v.overlooked {
		return event.Failure{}
	}
	return event.Failure{Details: "Allowed only because of --permissive", Why: v.why}
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
	return event.Failure{Outcome: event.ServerError, Reason: "SERVER_ERROR", Details: internalError.text}
}
