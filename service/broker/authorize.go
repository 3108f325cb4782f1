package broker

import (
	"context"
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
	allowed bool
	why     string // of a denial: the explanation as a JSON object
	err     error  // it could not be decided
}

// newPermissions gathers what policies may ask about a connection. (aws: iot/policy-variables)
func newPermissions(c *conn, a *attempt) *permissions {
	who := &permissions{registry: c.b.needs.Registry, scope: c.origin.Scope, principal: c.certificate, clientID: a.clientID}
	if c.certificate == "" {
		who.everything = true
		return who
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
	who.keys.Set("iot:ClientId", a.clientID)
	who.keys.Set("aws:SourceIp", c.origin.SourceIP)
	who.keys.Set("aws:SecureTransport", "true")
	setCertificateKeys(&who.keys, c.leaf)
	return who
}

// allow decides, and explains a denial.
func (p *permissions) allow(now time.Time, action, resource string) verdict {
	if p.everything {
		return verdict{allowed: true}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.refresh(); err != nil {
		return verdict{err: err}
	}
	p.keys.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	p.keys.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	req := &policy.Request{Action: action, Resource: resource, Context: &p.keys}
	if policy.Evaluate(p.policies, req).Allowed() {
		return verdict{allowed: true}
	}
	return verdict{why: p.explain(req)}
}

// refresh reads policies and thing anew if anything in the registry changed that may matter.
func (p *permissions) refresh() error {
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
