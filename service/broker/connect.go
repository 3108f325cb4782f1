package broker

import (
	"fmt"
	"time"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// attempt is one CONNECT on its way through the steps.
type attempt struct {
	packet     mqtt.Connect
	clientID   string
	assigned   bool // the broker chose the client id
	will       *will
	persistent bool // the client asked for a session that outlives the connection
	expiry     time.Duration
	lowered    bool          // the expiry is not what the client asked for
	present    bool          // the session goes on
	note       string        // what the client asked for and does not get
	remark     event.Failure // that no policy allowed it
}

// accepted is the fact that an attempt succeeded.
func (a *attempt) accepted() *Connect {
	e := &Connect{Failure: a.remark, Note: a.note}
	if e.Details != "" && e.Note != "" {
		e.Details, e.Note = e.Details+". "+e.Note, ""
	}
	return e
}

// handleConnect takes a CONNECT through its steps. The first that refuses ends the connection, after a CONNACK and a Connect entry
// that say why.
func (c *conn) handleConnect(body []byte) error {
	if c.session != nil {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: "a second CONNECT came on one connection", Requirement: "MQTT-3.1.0-2"}
	}
	packet, err := mqtt.DecodeConnect(body)
	if err != nil {
		c.answerUnreadable(packet.Version, err)
		return err
	}
	a := &attempt{packet: packet}
	c.version = packet.Version
	for _, step := range []func(*attempt) *refusal{
		c.checkClientID, c.checkRate, c.checkOffer, c.checkWill, c.authenticate, c.checkCertificate, c.bindThing, c.authorizeConnect, c.authorizeWill,
	} {
		if r := step(a); r != nil {
			c.refuse(r)
			return nil
		}
	}
	if r := c.enter(a); r != nil {
		c.refuse(r)
		return nil
	}
	c.b.needs.Facts.Record(&c.origin, a.accepted())
	c.accept(a)
	c.announceConnected()
	return nil
}

// refusal is why a CONNECT is not accepted.
type refusal struct {
	event.Failure
	code mqtt.ReasonCode
	end  string // the disconnectReason, were there a Disconnect
}

func refuse(code mqtt.ReasonCode, format string, args ...any) *refusal {
	return &refusal{Failure: invalid(fmt.Sprintf(format, args...)), code: code, end: "CLIENT_ERROR"}
}

// answerUnreadable answers a CONNECT that could not be decoded, where the protocol has an answer: 3.1.1 has one only for a version
// that is not spoken and for a client id. [MQTT-3.1.2-2] [MQTT-3.1.3-8] [MQTT-3.1.4-1]
func (c *conn) answerUnreadable(v mqtt.Version, err error) {
	e, ok := err.(*mqtt.Error)
	if !ok {
		return
	}
	c.version = mqtt.V311
	switch {
	case v >= mqtt.V5:
		c.version = mqtt.V5
	case e.Code != mqtt.UnsupportedVersion && e.Code != mqtt.ClientIDInvalid:
		return
	}
	c.sendConnack(&mqtt.Connack{Reason: e.Code, Properties: mqtt.Properties{ReasonString: []byte(printable(e.Text))}})
}

// refuse sends the CONNACK of a refusal, tells the fact, and ends the connection. [MQTT-3.2.2-7]
func (c *conn) refuse(r *refusal) {
	c.sendConnack(&mqtt.Connack{Reason: r.code, Properties: mqtt.Properties{ReasonString: []byte(printable(r.Details))}})
	c.b.needs.Facts.Record(&c.origin, &Connect{Failure: r.Failure})
	c.announceRefused(r)
	c.end(ending{reason: r.end, speaks: true})
}

// sendConnack sends a CONNACK as the client's version has it.
func (c *conn) sendConnack(k *mqtt.Connack) {
	if c.version != mqtt.V5 {
		k.Reason = c.b.cfg.Limits.returnCode(k.Reason)
	} else if !k.Reason.In(mqtt.TypeConnack) {
		k.Reason = mqtt.Unspecified
	}
	c.send(func(dst []byte) []byte { return mqtt.AppendConnack(dst, k, c.version) })
}

// returnCode is the 3.1.1 return code of a reason. AWS answers 7 where the standard has 5. (aws: iot/mqtt#mqtt-differences)
func (l *Limits) returnCode(reason mqtt.ReasonCode) mqtt.ReasonCode {
	if reason == mqtt.NotAuthorized || reason == mqtt.BadCredentials {
		return l.Unauthorized
	}
	return reason.Return()
}

// accept answers CONNACK.
func (c *conn) accept(a *attempt) {
	connack := mqtt.Connack{SessionPresent: a.present}
	if c.version == mqtt.V5 {
		connack.Properties = c.offer(a)
	}
	c.sendConnack(&connack)
	c.farewell.Store(c.version == mqtt.V5)
	c.limitTenure()
	c.welcome()
	// The certificate may have been revoked after it was checked and before the connection could be found by it.
	if r := c.checkCertificate(a); r != nil {
		c.end(ending{reason: r.end, code: r.code, text: r.Details, speaks: true})
	}
}

// keepAlive is the keep-alive in force: the client's, within the limits.
func (c *conn) keepAlive(a *attempt) time.Duration {
	limits, asked := &c.b.cfg.Limits, time.Duration(a.packet.KeepAlive)*time.Second
	if asked == 0 || limits.KeepAliveMax == 0 {
		return max(asked, limits.KeepAliveMax)
	}
	return max(min(asked, limits.KeepAliveMax), limits.KeepAliveMin)
}

// offer is the CONNACK properties: what this broker gives.
func (c *conn) offer(a *attempt) (p mqtt.Properties) {
	limits := &c.b.cfg.Limits
	p.ReceiveMaximum = mqtt.Some(uint16(limits.Inflight))
	if limits.QoS < 2 {
		p.MaximumQoS = mqtt.Some(limits.QoS)
	}
	p.RetainAvailable, p.WildcardAvailable, p.SharedAvailable = mqtt.Some(true), mqtt.Some(true), mqtt.Some(true)
	p.SubscriptionIDsAllowed = mqtt.Some(limits.SubscriptionIDs)
	p.MaximumPacketSize = mqtt.Some(uint32(limits.PacketBytes))
	p.TopicAliasMaximum = mqtt.Some(uint16(limits.TopicAliases))
	if keepAlive := c.keepAlive(a); time.Duration(a.packet.KeepAlive)*time.Second != keepAlive {
		p.ServerKeepAlive = mqtt.Some(uint16(keepAlive / time.Second))
	}
	if a.lowered {
		p.SessionExpiry = mqtt.Some(uint32(a.expiry / time.Second))
	}
	if a.assigned {
		p.AssignedClientID = []byte(a.clientID)
	}
	if a.note != "" && !c.terse {
		p.ReasonString = []byte(a.note)
	}
	return p
}

// sessionExpiry is the time that the session of an MQTT 5 client is kept, of what it asked for.
func (l *Limits) sessionExpiry(seconds uint32) time.Duration {
	const forever = 1<<32 - 1
	if seconds == forever {
		return l.SessionExpiryMax
	}
	return min(time.Duration(seconds)*time.Second, l.SessionExpiryMax)
}
