package broker

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// The steps of a CONNECT: each returns why it refuses, or nil.

func (c *conn) checkClientID(a *attempt) *refusal {
	a.clientID = string(a.packet.ClientID)
	limit := c.b.cfg.Limits.ClientIDBytes
	c.origin.ClientID = printable(a.clientID) // a refusal names it, too
	switch {
	case a.clientID == "" && (c.version == mqtt.V5 || c.b.cfg.Limits.EmptyClientID):
		a.clientID, a.assigned = "auto-"+strings.ToLower(rand.Text()[:20]), true
	case a.clientID == "":
		return refuse(mqtt.ClientIDInvalid, "The client id is empty; MQTT 3.1.1 clients need one of 1 to %d bytes", limit)
	case len(a.clientID) > limit:
		return refuse(mqtt.ClientIDInvalid, "The client id has %d bytes; at most %d are allowed", len(a.clientID), limit)
	case a.clientID[0] == '$':
		return refuse(mqtt.ClientIDInvalid, "The client id starts with $, which is reserved")
	}
	c.origin.ClientID = a.clientID
	return nil
}

// checkRate refuses a client whose account, or which itself, connects too often.
func (c *conn) checkRate(a *attempt) *refusal {
	d, rates := c.b.domain(c.origin.Scope), &c.b.cfg.Rates
	switch {
	case !allows(d.throttles.connects, c.now, 1):
		return tooMany(event.Throttle, "THROTTLED", "The account connects more than %d times a second", rates.Connects)
	case !d.throttles.clients.allows(&d.throttles.mu, c.now, a.clientID):
		return tooMany(event.ClientIDThrottle, "CLIENT_ID_THROTTLED", "The client id connects more than %d times a second", rates.ClientConnects)
	}
	return nil
}

// tooMany refuses a connection that exceeds a quota.
func tooMany(outcome event.Outcome, reason, format string, args ...any) *refusal {
	return &refusal{Failure: event.Failure{Outcome: outcome, Reason: reason, Details: fmt.Sprintf(format, args...)}, code: mqtt.QuotaExceeded, end: "THROTTLED"}
}

// checkOffer refuses what the broker does not offer, and notes what it gives less of.
func (c *conn) checkOffer(a *attempt) *refusal {
	p := &a.packet
	if p.Properties.AuthMethod != nil {
		return refuse(mqtt.BadAuthMethod, "Enhanced authentication is not supported")
	}
	if size := p.Properties.MaximumPacketSize; size.Present && size.Value < 512 {
		return refuse(mqtt.PacketTooLarge, "The client's Maximum Packet Size is %d; it must be at least 512", size.Value)
	}
	limits := &c.b.cfg.Limits
	asked := p.Properties.SessionExpiry.Value
	switch {
	case c.version == mqtt.V5:
		a.expiry = limits.sessionExpiry(asked)
		if a.lowered = asked > 0 && a.expiry < never && uint32(a.expiry/time.Second) != asked; a.lowered {
			a.note = fmt.Sprintf("The session expiry was lowered to %d s", a.expiry/time.Second)
		}
	case !p.CleanStart:
		a.expiry = limits.SessionExpiry
	}
	a.persistent = a.expiry > 0
	return nil
}

func (c *conn) checkWill(a *attempt) *refusal {
	w := a.packet.Will
	if w == nil {
		return nil
	}
	limit := c.b.cfg.Limits.PayloadBytes
	switch {
	case w.QoS > c.b.cfg.Limits.QoS:
		return refuse(mqtt.QoSNotSupported, "The will message has QoS 2; at most 1 is supported")
	case w.Retain && c.b.reserved(string(w.Topic)):
		return refuse(mqtt.TopicNameInvalid, "Will message: the reserved topic %s does not retain messages", w.Topic)
	case len(w.Payload) > limit:
		return refuse(mqtt.PacketTooLarge, "The will message has %d bytes; at most %d are allowed", len(w.Payload), limit)
	}
	if o := c.b.checkTopic(string(w.Topic)); o != nil {
		return refuse(o.code, "Will message: %s", o.text)
	}
	if o := c.b.cfg.Limits.checkProperties(&w.Properties); o != nil {
		return refuse(o.code, "Will message: %s", o.text)
	}
	a.will = newWill(w, &c.b.cfg.Limits)
	return nil
}

// checkCertificate looks at the certificate again: after the handshake it may have been revoked.
func (c *conn) checkCertificate(*attempt) *refusal {
	if c.certificate == "" {
		return nil
	}
	cert, err := c.b.needs.Registry.Certificate(c.certificate)
	status := "deleted"
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return c.undecided(err)
	case cert.Status == registry.CertificateActive:
		return nil
	default:
		status = cert.Status
	}
	e := certificateLost(status)
	return &refusal{Failure: event.Failure{Outcome: event.AuthError, Reason: "AUTHORIZATION_FAILURE", Details: e.text}, code: e.code, end: e.reason}
}

// bindThing finds the thing of the session, whose groups decide about levels and policies.
func (c *conn) bindThing(a *attempt) *refusal {
	c.permissions = newPermissions(c, a)
	binding, err := c.b.needs.Registry.Bind(context.Background(), c.origin.Scope, c.certificate, a.clientID)
	if err != nil {
		return c.undecided(err)
	}
	c.origin.Thing, c.exclusive = binding.Thing, binding.Exclusive
	return nil
}

func (c *conn) authorizeConnect(a *attempt) *refusal {
	return c.authorizeStep(a, "iot:Connect", arn.IoT(c.origin.Scope, "client", a.clientID))
}

func (c *conn) authorizeWill(a *attempt) *refusal {
	if a.will == nil {
		return nil
	}
	resource := arn.IoT(c.origin.Scope, "topic", a.will.message.Topic)
	if r := c.authorizeStep(a, "iot:Publish", resource); r != nil || !a.will.message.Retain {
		return r
	}
	return c.authorizeStep(a, "iot:RetainPublish", resource)
}

func (c *conn) authorizeStep(a *attempt, action, resource string) *refusal {
	v := c.permissions.allow(c.now, action, resource)
	switch {
	case v.err != nil:
		return c.undecided(v.err)
	case !v.allowed:
		return &refusal{Failure: denied(v.why), code: mqtt.NotAuthorized, end: "AUTH_ERROR"}
	case v.overlooked && a.remark.Details == "":
		a.remark = v.remark()
	}
	return nil
}

func (c *conn) undecided(err error) *refusal {
	return &refusal{Failure: c.broken(err), code: mqtt.ServerUnavailable, end: internalError.reason}
}
