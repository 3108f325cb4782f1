package mqtt

import "fmt"

// PropertyID identifies a property of MQTT 5.
type PropertyID byte

// The properties, in the order of the standard's table of properties (section 2.2.2.2).
const (
	PropPayloadFormat          PropertyID = 0x01
	PropMessageExpiry          PropertyID = 0x02
	PropContentType            PropertyID = 0x03
	PropResponseTopic          PropertyID = 0x08
	PropCorrelationData        PropertyID = 0x09
	PropSubscriptionID         PropertyID = 0x0b
	PropSessionExpiry          PropertyID = 0x11
	PropAssignedClientID       PropertyID = 0x12
	PropServerKeepAlive        PropertyID = 0x13
	PropAuthMethod             PropertyID = 0x15
	PropAuthData               PropertyID = 0x16
	PropRequestProblemInfo     PropertyID = 0x17
	PropWillDelay              PropertyID = 0x18
	PropRequestResponseInfo    PropertyID = 0x19
	PropResponseInfo           PropertyID = 0x1a
	PropServerReference        PropertyID = 0x1c
	PropReasonString           PropertyID = 0x1f
	PropReceiveMaximum         PropertyID = 0x21
	PropTopicAliasMaximum      PropertyID = 0x22
	PropTopicAlias             PropertyID = 0x23
	PropMaximumQoS             PropertyID = 0x24
	PropRetainAvailable        PropertyID = 0x25
	PropUser                   PropertyID = 0x26
	PropMaximumPacketSize      PropertyID = 0x27
	PropWildcardAvailable      PropertyID = 0x28
	PropSubscriptionIDsAllowed PropertyID = 0x29
	PropSharedAvailable        PropertyID = 0x2a
)

// String returns the property's name in the standard.
func (id PropertyID) String() string {
	if info := id.info(); info.in != 0 {
		return info.name
	}
	return fmt.Sprintf("property 0x%02x", byte(id))
}

// In reports whether the packets of type t may carry the property.
func (id PropertyID) In(t Type) bool { return id.info().in&in(t) != 0 }

func (id PropertyID) info() propertyInfo {
	if int(id) < len(propertyTable) {
		return propertyTable[id]
	}
	return propertyInfo{}
}

// packets is a set of packet types.
type packets uint16

// will stands for the properties of a will message, which travel inside CONNECT: type 0 is free.
const will Type = 0

func in(types ...Type) (set packets) {
	for _, t := range types {
		set |= 1 << t
	}
	return set
}

type propertyInfo struct {
	name string
	in   packets
}

var everyAck = in(TypeConnack, TypePuback, TypePubrec, TypePubrel, TypePubcomp, TypeSuback, TypeUnsuback, TypeDisconnect, TypeAuth)

var propertyTable = [...]propertyInfo{
	PropPayloadFormat:          {"Payload Format Indicator", in(TypePublish, will)},
	PropMessageExpiry:          {"Message Expiry Interval", in(TypePublish, will)},
	PropContentType:            {"Content Type", in(TypePublish, will)},
	PropResponseTopic:          {"Response Topic", in(TypePublish, will)},
	PropCorrelationData:        {"Correlation Data", in(TypePublish, will)},
	PropSubscriptionID:         {"Subscription Identifier", in(TypePublish, TypeSubscribe)},
	PropSessionExpiry:          {"Session Expiry Interval", in(TypeConnect, TypeConnack, TypeDisconnect)},
	PropAssignedClientID:       {"Assigned Client Identifier", in(TypeConnack)},
	PropServerKeepAlive:        {"Server Keep Alive", in(TypeConnack)},
	PropAuthMethod:             {"Authentication Method", in(TypeConnect, TypeConnack, TypeAuth)},
	PropAuthData:               {"Authentication Data", in(TypeConnect, TypeConnack, TypeAuth)},
	PropRequestProblemInfo:     {"Request Problem Information", in(TypeConnect)},
	PropWillDelay:              {"Will Delay Interval", in(will)},
	PropRequestResponseInfo:    {"Request Response Information", in(TypeConnect)},
	PropResponseInfo:           {"Response Information", in(TypeConnack)},
	PropServerReference:        {"Server Reference", in(TypeConnack, TypeDisconnect)},
	PropReasonString:           {"Reason String", everyAck},
	PropReceiveMaximum:         {"Receive Maximum", in(TypeConnect, TypeConnack)},
	PropTopicAliasMaximum:      {"Topic Alias Maximum", in(TypeConnect, TypeConnack)},
	PropTopicAlias:             {"Topic Alias", in(TypePublish)},
	PropMaximumQoS:             {"Maximum QoS", in(TypeConnack)},
	PropRetainAvailable:        {"Retain Available", in(TypeConnack)},
	PropUser:                   {"User Property", everyAck | in(TypeConnect, TypePublish, TypeSubscribe, TypeUnsubscribe, will)},
	PropMaximumPacketSize:      {"Maximum Packet Size", in(TypeConnect, TypeConnack)},
	PropWildcardAvailable:      {"Wildcard Subscription Available", in(TypeConnack)},
	PropSubscriptionIDsAllowed: {"Subscription Identifiers Available", in(TypeConnack)},
	PropSharedAvailable:        {"Shared Subscription Available", in(TypeConnack)},
}
