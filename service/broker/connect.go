package broker

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"telltale/base/arn"
	"telltale/base/event"
	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// attempt is one CONNECT on its way through the steps.
type attempt struct {
	packet   mqtt.Connect
	clientID string
	assigned bool // the broker chose the client id
	will     *will
	note     string // what the client asked for and does not get
}

// handleConnect takes a CONNECT through its steps. The first that refuses ends the connection, after a CONNACK and a Connect entry
// that say why.
func (c *conn) handleConnect(body []byte) error {
	if c.session != nil {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: "a second CONNECT came on one connection", Requirement: "MQTT-3.1.0-2"}
	}
	packet, err := mqtt.DecodeConnect(body)
	if err != nil {
		return c.refuseUnreadable(packet.Version, err)
	}
	a := &attempt{packet: packet}
	c.version = packet.Version
	c.speaksV5.Store(packet.Version == mqtt.V5)
	for _, step := range []func(*attempt) *refusal{
		c.checkClientID, c.checkOffer, c.checkWill, c.checkCertificate, c.bindThing, c.authorizeConnect, c.authorizeWill,
	} {
		if r := step(a); r != nil {
			c.refuse(r)
			return nil
		}
	}
	c.open(a)
	return nil
}

// refusal is why a CONNECT is not accepted.
type refusal struct {
	event.Failure
	code mqtt.ReasonCode
	end  ending
}

func refuse(code mqtt.ReasonCode, format string, args ...any) *refusal {
	details := fmt.Sprintf(format, args...)
	return &refusal{Failure: invalid(details), code: code, end: ending{reason: "CLIENT_ERROR", text: details}}
}

// refuseUnreadable answers a CONNECT that could not be decoded, where the protocol has an answer. [MQTT-3.1.2-2]
func (c *conn) refuseUnreadable(v mqtt.Version, err error) error {
	e, ok := err.(*mqtt.Error)
	if !ok || e.Code != mqtt.UnsupportedVersion {
		return err
	}
	c.version = mqtt.V311
	if v > mqtt.V311 {
		c.version = mqtt.V5
	}
	c.sendConnack(&mqtt.Connack{Reason: e.Code})
	return err
}

// refuse sends the CONNACK of a refusal, tells the fact, and ends the connection.
func (c *conn) refuse(r *refusal) {
	connack := mqtt.Connack{Reason: r.code}
	if c.version == mqtt.V5 {
		connack.Properties.ReasonString = []byte(r.Details)
	}
	c.sendConnack(&connack)
	c.flush()
	c.b.needs.Facts.Record(&c.origin, &Connect{Failure: r.Failure})
	c.speaksV5.Store(false) // after a refusing CONNACK nothing more is sent [MQTT-3.2.2-7]
	c.end(r.end)
}

func (c *conn) sendConnack(k *mqtt.Connack) {
	if c.version != mqtt.V5 {
		k.Reason = returnCode(k.Reason)
	}
	c.out.put(func(dst []byte) []byte { return mqtt.AppendConnack(dst, k, c.version) })
	c.touched = append(c.touched, c)
}

// returnCode is the 3.1.1 return code of a reason. AWS answers 7 where the standard has 5. (aws: iot/mqtt#mqtt-differences)
func returnCode(reason mqtt.ReasonCode) mqtt.ReasonCode {
	if reason == mqtt.NotAuthorized || reason == mqtt.BadCredentials {
		return 7
	}
	return reason.Return()
}

func (c *conn) checkClientID(a *attempt) *refusal {
	a.clientID = string(a.packet.ClientID)
	limit := c.b.cfg.Limits.ClientIDBytes
	switch {
	case a.clientID == "" && c.version == mqtt.V5:
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

// checkOffer refuses what the broker does not offer, and notes what it gives less of.
func (c *conn) checkOffer(a *attempt) *refusal {
	p := &a.packet
	if p.Properties.AuthMethod != nil {
		return refuse(mqtt.BadAuthMethod, "Enhanced authentication is not supported")
	}
	if size := p.Properties.MaximumPacketSize; size.Present && size.Value < 512 {
		return refuse(mqtt.PacketTooLarge, "The client's Maximum Packet Size is %d; it must be at least 512", size.Value)
	}
	if !p.CleanStart && c.version == mqtt.V311 || p.Properties.SessionExpiry.Value > 0 {
		a.note = "Persistent sessions are not offered: the session ends with the connection"
	}
	return nil
}

func (c *conn) checkWill(a *attempt) *refusal {
	w := a.packet.Will
	if w == nil {
		return nil
	}
	topic := string(w.Topic)
	switch {
	case w.QoS > 1:
		return refuse(mqtt.QoSNotSupported, "The will message has QoS 2; at most 1 is supported")
	case w.Retain:
		return refuse(mqtt.RetainNotSupported, "The will message is retained; retained messages are not offered")
	case len(w.Payload) > c.b.cfg.Limits.PayloadBytes:
		return refuse(mqtt.PacketTooLarge, "The will message has %d bytes; at most %d are allowed", len(w.Payload), c.b.cfg.Limits.PayloadBytes)
	}
	if text := c.b.checkTopic(topic); text != "" {
		return refuse(mqtt.TopicNameInvalid, "Will message: %s", text)
	}
	a.will = newWill(w)
	return nil
}

// checkCertificate looks at the certificate again: between the handshake and CONNECT it may have been revoked.
func (c *conn) checkCertificate(*attempt) *refusal {
	if c.certificate == "" {
		return nil
	}
	cert, err := c.b.needs.Registry.Certificate(c.certificate)
	if err != nil {
		return c.undecided(err)
	}
	if cert.Status != registry.CertificateActive {
		e := certificateLost(cert.Status)
		return &refusal{Failure: event.Failure{Outcome: event.AuthError, Reason: "AUTHORIZATION_FAILURE", Details: e.text}, code: mqtt.NotAuthorized, end: e}
	}
	return nil
}

// bindThing finds the thing of the session, whose groups decide about levels and policies.
func (c *conn) bindThing(a *attempt) *refusal {
	var attributes []string
	if a.note != "" {
		attributes = append(attributes, "PersistentConnect")
	}
	if a.will != nil {
		attributes = append(attributes, "LastWill")
	}
	c.authority = c.newAuthority(a.clientID, c.leaf, attributes...)
	if a.will != nil {
		c.authority.keys.Set("iot:LastWillTopic", arn.IoT(c.origin.Scope, "topic", a.will.message.Topic))
	}
	binding, err := c.b.needs.Registry.Bind(c.background(), c.origin.Scope, c.certificate, a.clientID)
	if err != nil {
		return c.undecided(err)
	}
	c.origin.Thing = binding.Thing
	return nil
}

func (c *conn) authorizeConnect(a *attempt) *refusal {
	return c.authorizeStep("iot:Connect", "client", a.clientID)
}

func (c *conn) authorizeWill(a *attempt) *refusal {
	if a.will == nil {
		return nil
	}
	return c.authorizeStep("iot:Publish", "topic", a.will.message.Topic)
}

func (c *conn) authorizeStep(action, kind, name string) *refusal {
	v, err := c.authority.allow(c.background(), c.now, action, kind, name)
	switch {
	case err != nil:
		return c.undecided(err)
	case !v.allowed:
		return &refusal{Failure: denied(v.why), code: mqtt.NotAuthorized, end: ending{reason: "AUTH_ERROR"}}
	}
	return nil
}

func (c *conn) undecided(err error) *refusal {
	return &refusal{Failure: c.broken(err), code: mqtt.ServerUnavailable, end: ending{reason: "SERVER_ERROR"}}
}

// open makes the session and answers CONNACK.
func (c *conn) open(a *attempt) {
	limits := &c.b.cfg.Limits
	keepAlive := min(time.Duration(a.packet.KeepAlive)*time.Second, limits.KeepAliveMax)
	if keepAlive == 0 {
		keepAlive = limits.KeepAliveMax
	}
	keepAlive = max(keepAlive, limits.KeepAliveMin)
	c.keepAlive = keepAlive * 3 / 2
	c.out.window.max = min(int(a.packet.Properties.ReceiveMaximum.Or(65535)), limits.Inflight)
	c.maxPacket = int(a.packet.Properties.MaximumPacketSize.Or(0))
	s := &session{id: a.clientID, domain: c.b.domain(c.origin.Scope), conn: c, subscriptions: make(map[string]*subscription), will: a.will}
	s.enter()
	c.session = s
	connack := mqtt.Connack{}
	if c.version == mqtt.V5 {
		connack.Properties = c.offer(a, keepAlive)
	}
	_ = c.nc.SetDeadline(time.Time{})
	c.b.needs.Facts.Record(&c.origin, &Connect{Note: a.note})
	c.sendConnack(&connack)
}

// offer is the CONNACK properties: what this broker gives.
func (c *conn) offer(a *attempt, keepAlive time.Duration) (p mqtt.Properties) {
	limits := &c.b.cfg.Limits
	p.ReceiveMaximum = mqtt.Some(uint16(limits.Inflight))
	p.MaximumQoS = mqtt.Some(byte(1))
	p.RetainAvailable = mqtt.Some(false)
	p.SharedAvailable = mqtt.Some(false)
	p.SubscriptionIDsAllowed = mqtt.Some(false)
	p.MaximumPacketSize = mqtt.Some(uint32(limits.PacketBytes))
	p.TopicAliasMaximum = mqtt.Some(uint16(limits.TopicAliases))
	if asked := time.Duration(a.packet.KeepAlive) * time.Second; asked != keepAlive {
		p.ServerKeepAlive = mqtt.Some(uint16(keepAlive / time.Second))
	}
	if a.packet.Properties.SessionExpiry.Value > 0 {
		p.SessionExpiry = mqtt.Some(uint32(0))
	}
	if a.assigned {
		p.AssignedClientID = []byte(a.clientID)
	}
	if a.note != "" {
		p.ReasonString = []byte(a.note)
	}
	return p
}

// printable shortens text that goes into an explanation.
func printable(s string) string {
	if !utf8.ValidString(s) || len(s) > 300 {
		return strings.ToValidUTF8(s[:min(len(s), 300)], "?")
	}
	return s
}
