package mqtt

// properties writes a property block with the properties that the place allows, in ascending order of their ids,
// and returns whether it holds any.
func (w *writer) properties(p *Properties, where Type) (any bool) {
	if w.v != V5 {
		return false
	}
	at := len(w.dst)
	w.byte(0)
	b := block{w, in(where)}
	b.byte(PropPayloadFormat, p.PayloadFormat)
	b.uint32(PropMessageExpiry, p.MessageExpiry)
	b.binary(PropContentType, p.ContentType)
	b.binary(PropResponseTopic, p.ResponseTopic)
	b.binary(PropCorrelationData, p.CorrelationData)
	b.subscriptionIDs(p.SubscriptionIDs)
	b.uint32(PropSessionExpiry, p.SessionExpiry)
	b.binary(PropAssignedClientID, p.AssignedClientID)
	b.uint16(PropServerKeepAlive, p.ServerKeepAlive)
	b.binary(PropAuthMethod, p.AuthMethod)
	b.binary(PropAuthData, p.AuthData)
	b.bool(PropRequestProblemInfo, p.RequestProblemInfo)
	b.uint32(PropWillDelay, p.WillDelay)
	b.bool(PropRequestResponseInfo, p.RequestResponseInfo)
	b.binary(PropResponseInfo, p.ResponseInfo)
	b.binary(PropServerReference, p.ServerReference)
	b.binary(PropReasonString, p.ReasonString)
	b.uint16(PropReceiveMaximum, p.ReceiveMaximum)
	b.uint16(PropTopicAliasMaximum, p.TopicAliasMaximum)
	b.uint16(PropTopicAlias, p.TopicAlias)
	b.byte(PropMaximumQoS, p.MaximumQoS)
	b.bool(PropRetainAvailable, p.RetainAvailable)
	b.user(p.User)
	b.uint32(PropMaximumPacketSize, p.MaximumPacketSize)
	b.bool(PropWildcardAvailable, p.WildcardAvailable)
	b.bool(PropSubscriptionIDsAllowed, p.SubscriptionIDsAllowed)
	b.bool(PropSharedAvailable, p.SharedAvailable)
	any = len(w.dst) > at+1
	w.seal(at, 0)
	return any
}

// block writes properties, each behind its identifier, unless the place does not allow them.
type block struct {
	*writer
	place packets
}

// begin writes the identifier of a present property that is allowed here.
func (b block) begin(id PropertyID, present bool) bool {
	if !present || propertyTable[id].in&b.place == 0 {
		return false
	}
	b.writer.byte(byte(id))
	return true
}

func (b block) byte(id PropertyID, o Opt[byte]) {
	if b.begin(id, o.Present) {
		b.writer.byte(o.Value)
	}
}

func (b block) bool(id PropertyID, o Opt[bool]) {
	if b.begin(id, o.Present) {
		b.writer.byte(bit(o.Value, 0))
	}
}

func (b block) uint16(id PropertyID, o Opt[uint16]) {
	if b.begin(id, o.Present) {
		b.writer.uint16(o.Value)
	}
}

func (b block) uint32(id PropertyID, o Opt[uint32]) {
	if b.begin(id, o.Present) {
		b.writer.uint32(o.Value)
	}
}

func (b block) binary(id PropertyID, value []byte) {
	if b.begin(id, value != nil) {
		b.writer.binary(value)
	}
}

func (b block) subscriptionIDs(ids []uint32) {
	for _, value := range ids {
		if b.begin(PropSubscriptionID, true) {
			b.varint(value)
		}
	}
}

// user writes the pairs in their order. [MQTT-3.1.3-10]
func (b block) user(pairs []UserProperty) {
	for _, pair := range pairs {
		if b.begin(PropUser, true) {
			b.writer.binary(pair.Key)
			b.writer.binary(pair.Value)
		}
	}
}

// bit returns 1 shifted to position n when on is true.
func bit(on bool, n uint) byte {
	if on {
		return 1 << n
	}
	return 0
}
