package mqtt

// Properties are the properties of one MQTT 5 packet or will message; packets of 3.1.1 have none. Numbers and
// flags say themselves whether they are present; a text or binary field is absent when nil. The comments give the
// meaning of an absent value where the standard has one, ready for [Opt.Or].
//
// Appending leaves out properties that the packet's type does not have.
type Properties struct {
	MessageExpiry     Opt[uint32] // seconds; absent: the message does not expire
	SessionExpiry     Opt[uint32] // seconds; absent: 0, or in CONNACK what the client asked for
	WillDelay         Opt[uint32] // seconds; absent: 0
	MaximumPacketSize Opt[uint32] // bytes, never 0; absent: no limit
	ServerKeepAlive   Opt[uint16] // seconds; absent: the client's own
	ReceiveMaximum    Opt[uint16] // messages in flight, never 0; absent: 65,535
	TopicAliasMaximum Opt[uint16] // absent: 0
	TopicAlias        Opt[uint16] // never 0
	PayloadFormat     Opt[byte]   // 0: bytes; 1: UTF-8 text; absent: 0
	MaximumQoS        Opt[byte]   // 0 or 1; absent: 2

	RequestProblemInfo     Opt[bool] // absent: true
	RequestResponseInfo    Opt[bool] // absent: false
	RetainAvailable        Opt[bool] // absent: true
	WildcardAvailable      Opt[bool] // absent: true
	SubscriptionIDsAllowed Opt[bool] // absent: true
	SharedAvailable        Opt[bool] // absent: true

	ContentType      []byte // text
	ResponseTopic    []byte // topic name
	CorrelationData  []byte // binary
	AssignedClientID []byte // text
	AuthMethod       []byte // text
	AuthData         []byte // binary
	ResponseInfo     []byte // text
	ServerReference  []byte // text
	ReasonString     []byte // text

	// SubscriptionIDs are 1 to 268,435,455. SUBSCRIBE has at most one, PUBLISH one per matching subscription.
	SubscriptionIDs []uint32
	// User holds the user properties in order, duplicates included. [MQTT-3.3.2-18]
	User []UserProperty
}

// UserProperty is a pair of texts that MQTT carries without giving it a meaning.
type UserProperty struct {
	Key, Value []byte
}

// reset makes p empty but keeps the space of its lists.
func (p *Properties) reset() {
	*p = Properties{SubscriptionIDs: p.SubscriptionIDs[:0], User: p.User[:0]}
}

// properties reads a property block for the packet, or for the will message. [MQTT-2.2.2-1]
func (r *reader) properties(p *Properties, where Type) {
	if r.v != V5 {
		return
	}
	block := r.take("properties", r.varint("property length"))
	if len(block) == 0 {
		return
	}
	after := r.b
	r.b = block
	var seen uint64
	for len(r.b) > 0 {
		id := r.propertyID(where, seen)
		seen |= 1 << id
		r.property(p, id)
	}
	if r.err == nil {
		r.b = after
	}
}

// propertyID reads an identifier and checks that the packet may carry it, and carry it again.
func (r *reader) propertyID(where Type, seen uint64) PropertyID {
	number := r.varint("property identifier")
	id := PropertyID(number)
	switch {
	case number >= len(propertyTable) || id.info().in == 0:
		r.fail(Malformed, "", "there is no property 0x%02x", number)
		return 0
	case !id.In(where):
		r.fail(Malformed, "", "the property %v (0x%02x) does not belong %s", id, number, place(where))
		return 0
	case seen>>id&1 == 1 && id != PropUser && (id != PropSubscriptionID || where != TypePublish):
		r.fail(ProtocolError, "", "the property %v (0x%02x) is included more than once", id, number)
		return 0
	}
	return id
}

func place(where Type) string {
	if where == will {
		return "in a will message"
	}
	return "in this packet"
}

// property reads one property's value. After a fault the id is 0 and there is nothing to read.
func (r *reader) property(p *Properties, id PropertyID) {
	switch id {
	case PropPayloadFormat:
		p.PayloadFormat = r.upToOne(id)
	case PropMessageExpiry:
		p.MessageExpiry = Some(r.uint32("Message Expiry Interval"))
	case PropContentType:
		p.ContentType = r.text("Content Type")
	case PropResponseTopic:
		p.ResponseTopic = r.name("Response Topic", "MQTT-3.3.2-14")
	case PropCorrelationData:
		p.CorrelationData = r.binary("Correlation Data")
	case PropSubscriptionID:
		p.SubscriptionIDs = append(p.SubscriptionIDs, uint32(r.positive(id, r.varint("Subscription Identifier"))))
	case PropSessionExpiry:
		p.SessionExpiry = Some(r.uint32("Session Expiry Interval"))
	case PropAssignedClientID:
		p.AssignedClientID = r.text("Assigned Client Identifier")
	case PropServerKeepAlive:
		p.ServerKeepAlive = Some(r.uint16("Server Keep Alive"))
	case PropAuthMethod:
		p.AuthMethod = r.text("Authentication Method")
	case PropAuthData:
		p.AuthData = r.binary("Authentication Data")
	case PropRequestProblemInfo:
		p.RequestProblemInfo = r.flag(id)
	case PropWillDelay:
		p.WillDelay = Some(r.uint32("Will Delay Interval"))
	case PropRequestResponseInfo:
		p.RequestResponseInfo = r.flag(id)
	case PropResponseInfo:
		p.ResponseInfo = r.text("Response Information")
	case PropServerReference:
		p.ServerReference = r.text("Server Reference")
	case PropReasonString:
		p.ReasonString = r.text("Reason String")
	case PropReceiveMaximum:
		p.ReceiveMaximum = Some(uint16(r.positive(id, int(r.uint16("Receive Maximum")))))
	case PropTopicAliasMaximum:
		p.TopicAliasMaximum = Some(r.uint16("Topic Alias Maximum"))
	case PropTopicAlias:
		p.TopicAlias = r.topicAlias()
	case PropMaximumQoS:
		p.MaximumQoS = r.upToOne(id)
	case PropRetainAvailable:
		p.RetainAvailable = r.flag(id)
	case PropUser:
		p.User = append(p.User, UserProperty{r.text("User Property name"), r.text("User Property value")})
	case PropMaximumPacketSize:
		p.MaximumPacketSize = Some(uint32(r.positive(id, int(r.uint32("Maximum Packet Size")))))
	case PropWildcardAvailable:
		p.WildcardAvailable = r.flag(id)
	case PropSubscriptionIDsAllowed:
		p.SubscriptionIDsAllowed = r.flag(id)
	case PropSharedAvailable:
		p.SharedAvailable = r.flag(id)
	}
}

// upToOne reads a byte that must be 0 or 1.
func (r *reader) upToOne(id PropertyID) Opt[byte] {
	value := r.byte(id.String())
	if value > 1 {
		r.fail(ProtocolError, "", "the property %v is %d; it must be 0 or 1", id, value)
	}
	return Some(value)
}

func (r *reader) flag(id PropertyID) Opt[bool] {
	return Some(r.upToOne(id).Value == 1)
}

// positive refuses zero.
func (r *reader) positive(id PropertyID, value int) int {
	if value == 0 {
		r.fail(ProtocolError, "", "the property %v is 0; it must be at least 1", id)
	}
	return value
}

func (r *reader) topicAlias() Opt[uint16] {
	alias := r.uint16("Topic Alias")
	if alias == 0 {
		r.fail(TopicAliasInvalid, "MQTT-3.3.2-8", "the property Topic Alias is 0; it must be at least 1")
	}
	return Some(alias)
}
