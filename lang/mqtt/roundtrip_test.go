package mqtt

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// Every packet of both versions survives the way onto the wire and back, with random fields.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 1)), V311, false}
		if seed%2 == 1 {
			g.v = V5
		}
		for _, p := range g.packets() {
			frame := Append([]byte("before"), p, g.v)
			if !bytes.HasPrefix(frame, []byte("before")) {
				t.Fatalf("%v: the bytes before the frame changed: %x", p.Type(), frame)
			}
			frame = frame[len("before"):]
			if got, want := dump(decodeFrame(t, frame, g.v)), dump(p); got != want {
				t.Errorf("seed %d, %v: %x\n got %s\nwant %s", seed, g.v, frame, got, want)
			}
		}
	}
}

// generator makes valid packets of one version.
type generator struct {
	*rand.Rand
	v    Version
	full bool // no empty texts and data
}

func (g generator) packets() []Packet {
	all := []Packet{
		g.connect(),
		&Publish{Topic: g.topic(), Payload: g.bytes(), QoS: 0, Retain: g.bool(), Properties: g.properties(TypePublish)},
		&Publish{Topic: g.topic(), Payload: g.bytes(), QoS: 1 + byte(g.IntN(2)), Dup: g.bool(), ID: g.id(), Properties: g.properties(TypePublish)},
		&Puback{ID: g.id(), Reason: g.reason(TypePuback), Properties: g.properties(TypePuback)},
		&Pubrec{ID: g.id(), Reason: g.reason(TypePubrec), Properties: g.properties(TypePubrec)},
		&Pubrel{ID: g.id(), Reason: g.reason(TypePubrel), Properties: g.properties(TypePubrel)},
		&Pubcomp{ID: g.id(), Reason: g.reason(TypePubcomp), Properties: g.properties(TypePubcomp)},
		g.subscribe(),
		g.suback(),
		&Unsubscribe{ID: g.id(), Filters: [][]byte{g.topic(), []byte("#")}, Properties: g.properties(TypeUnsubscribe)},
		&Pingreq{}, &Pingresp{},
		&Disconnect{Reason: g.reason(TypeDisconnect), Properties: g.properties(TypeDisconnect)},
		&Connack{SessionPresent: true, Properties: g.properties(TypeConnack)},
		&Connack{Reason: g.reason(TypeConnack), Properties: g.properties(TypeConnack)},
	}
	if g.v == V311 {
		return append(all, &Unsuback{ID: g.id()}, &Connack{Reason: ReasonCode(g.IntN(6))})
	}
	return append(all,
		&Auth{Reason: g.reason(TypeAuth), Properties: g.properties(TypeAuth)},
		&Unsuback{ID: g.id(), Reasons: []ReasonCode{g.reason(TypeUnsuback), g.reason(TypeUnsuback)}, Properties: g.properties(TypeUnsuback)})
}

func (g generator) connect() *Connect {
	c := &Connect{Version: g.v, CleanStart: true, KeepAlive: uint16(g.Uint32()), ClientID: g.topic(), Properties: g.properties(TypeConnect)}
	if c.Properties.AuthMethod == nil {
		c.Properties.AuthData = nil
	}
	if g.bool() {
		c.Will = &Will{Topic: g.topic(), Payload: g.bytes(), QoS: byte(g.IntN(3)), Retain: g.bool(), Properties: g.properties(will)}
	}
	if g.bool() {
		c.Username, c.Password = g.text(), g.bytes()
	}
	return c
}

func (g generator) subscribe() *Subscribe {
	s := &Subscribe{ID: g.id(), Properties: g.properties(TypeSubscribe)}
	for range 1 + g.IntN(4) {
		sub := Subscription{Filter: g.topic(), QoS: byte(g.IntN(3))}
		if g.v == V5 {
			sub.NoLocal, sub.RetainAsPublished, sub.RetainHandling = g.bool(), g.bool(), byte(g.IntN(3))
		}
		s.Subscriptions = append(s.Subscriptions, sub)
	}
	return s
}

func (g generator) suback() *Suback {
	codes := []ReasonCode{GrantedQoS0, GrantedQoS1, GrantedQoS2, Unspecified}
	if g.v == V5 {
		codes = append(codes, g.reason(TypeSuback))
	}
	return &Suback{ID: g.id(), Reasons: codes, Properties: g.properties(TypeSuback)}
}

func (g generator) bool() bool { return g.IntN(2) == 0 }
func (g generator) id() uint16 { return uint16(1 + g.IntN(65535)) }

func (g generator) text() []byte {
	if !g.full && g.bool() {
		return []byte{}
	}
	return []byte("äß€𝄞 text" + strings.Repeat(".", g.IntN(200)))
}

func (g generator) bytes() []byte {
	n := g.IntN(300)
	if g.full {
		n++
	}
	return bytes.Repeat([]byte{byte(g.Uint32()), 0}, n)
}

func (g generator) topic() []byte { return []byte("t/" + strings.Repeat("é/", g.IntN(60))) }

func (g generator) reason(t Type) ReasonCode {
	for g.v == V5 {
		if code := ReasonCode(g.Uint32()); code.In(t) {
			return code
		}
	}
	return Success
}

// properties gives about half of the properties that the place allows.
func (g generator) properties(where Type) (p Properties) {
	if g.v != V5 {
		return p
	}
	for id, set := range propertySetters {
		if PropertyID(id).In(where) && set != nil && g.bool() {
			set(g, &p)
		}
	}
	return p
}

var propertySetters = [...]func(generator, *Properties){
	PropPayloadFormat:          func(g generator, p *Properties) { p.PayloadFormat = Some(byte(g.IntN(2))) },
	PropMessageExpiry:          func(g generator, p *Properties) { p.MessageExpiry = Some(g.Uint32()) },
	PropContentType:            func(g generator, p *Properties) { p.ContentType = g.text() },
	PropResponseTopic:          func(g generator, p *Properties) { p.ResponseTopic = g.topic() },
	PropCorrelationData:        func(g generator, p *Properties) { p.CorrelationData = g.bytes() },
	PropSubscriptionID:         func(g generator, p *Properties) { p.SubscriptionIDs = []uint32{1 + g.Uint32N(maxRemaining)} },
	PropSessionExpiry:          func(g generator, p *Properties) { p.SessionExpiry = Some(g.Uint32()) },
	PropAssignedClientID:       func(g generator, p *Properties) { p.AssignedClientID = g.text() },
	PropServerKeepAlive:        func(g generator, p *Properties) { p.ServerKeepAlive = Some(g.id()) },
	PropAuthMethod:             func(g generator, p *Properties) { p.AuthMethod = g.text() },
	PropAuthData:               func(g generator, p *Properties) { p.AuthData = g.bytes() },
	PropRequestProblemInfo:     func(g generator, p *Properties) { p.RequestProblemInfo = Some(g.bool()) },
	PropWillDelay:              func(g generator, p *Properties) { p.WillDelay = Some(g.Uint32()) },
	PropRequestResponseInfo:    func(g generator, p *Properties) { p.RequestResponseInfo = Some(g.bool()) },
	PropResponseInfo:           func(g generator, p *Properties) { p.ResponseInfo = g.text() },
	PropServerReference:        func(g generator, p *Properties) { p.ServerReference = g.text() },
	PropReasonString:           func(g generator, p *Properties) { p.ReasonString = g.text() },
	PropReceiveMaximum:         func(g generator, p *Properties) { p.ReceiveMaximum = Some(g.id()) },
	PropTopicAliasMaximum:      func(g generator, p *Properties) { p.TopicAliasMaximum = Some(g.id()) },
	PropTopicAlias:             func(g generator, p *Properties) { p.TopicAlias = Some(g.id()) },
	PropMaximumQoS:             func(g generator, p *Properties) { p.MaximumQoS = Some(byte(g.IntN(2))) },
	PropRetainAvailable:        func(g generator, p *Properties) { p.RetainAvailable = Some(g.bool()) },
	PropUser:                   func(g generator, p *Properties) { p.User = []UserProperty{{g.text(), g.text()}, {g.text(), g.text()}} },
	PropMaximumPacketSize:      func(g generator, p *Properties) { p.MaximumPacketSize = Some(1 + g.Uint32N(1e6)) },
	PropWildcardAvailable:      func(g generator, p *Properties) { p.WildcardAvailable = Some(g.bool()) },
	PropSubscriptionIDsAllowed: func(g generator, p *Properties) { p.SubscriptionIDsAllowed = Some(g.bool()) },
	PropSharedAvailable:        func(g generator, p *Properties) { p.SharedAvailable = Some(g.bool()) },
}

// Every property of the table can be generated, so that none escapes the round trip.
func TestGeneratorKnowsEveryProperty(t *testing.T) {
	for id, info := range propertyTable {
		if known := info.in != 0; known != (id < len(propertySetters) && propertySetters[id] != nil) {
			t.Errorf("property 0x%02x (%v): in the table %t, generated %t", id, PropertyID(id), known, !known)
		}
	}
}
