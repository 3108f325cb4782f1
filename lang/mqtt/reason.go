package mqtt

import "fmt"

// ReasonCode is the result of an operation in MQTT 5. Codes below 0x80 are successes.
type ReasonCode byte

// The reason codes (MQTT 5, section 2.4). Success is also called Normal disconnection and Granted QoS 0.
const (
	Success                ReasonCode = 0x00
	GrantedQoS0            ReasonCode = 0x00
	GrantedQoS1            ReasonCode = 0x01
	GrantedQoS2            ReasonCode = 0x02
	DisconnectWithWill     ReasonCode = 0x04
	NoMatchingSubscribers  ReasonCode = 0x10
	NoSubscriptionExisted  ReasonCode = 0x11
	ContinueAuthentication ReasonCode = 0x18
	Reauthenticate         ReasonCode = 0x19
	Unspecified            ReasonCode = 0x80
	Malformed              ReasonCode = 0x81
	ProtocolError          ReasonCode = 0x82
	ImplementationSpecific ReasonCode = 0x83
	UnsupportedVersion     ReasonCode = 0x84
	ClientIDInvalid        ReasonCode = 0x85
	BadCredentials         ReasonCode = 0x86
	NotAuthorized          ReasonCode = 0x87
	ServerUnavailable      ReasonCode = 0x88
	ServerBusy             ReasonCode = 0x89
	Banned                 ReasonCode = 0x8a
	ServerShuttingDown     ReasonCode = 0x8b
	BadAuthMethod          ReasonCode = 0x8c
	KeepAliveTimeout       ReasonCode = 0x8d
	SessionTakenOver       ReasonCode = 0x8e
	TopicFilterInvalid     ReasonCode = 0x8f
	TopicNameInvalid       ReasonCode = 0x90
	PacketIDInUse          ReasonCode = 0x91
	PacketIDNotFound       ReasonCode = 0x92
	ReceiveMaximumExceeded ReasonCode = 0x93
	TopicAliasInvalid      ReasonCode = 0x94
	PacketTooLarge         ReasonCode = 0x95
	MessageRateTooHigh     ReasonCode = 0x96
	QuotaExceeded          ReasonCode = 0x97
	AdministrativeAction   ReasonCode = 0x98
	PayloadFormatInvalid   ReasonCode = 0x99
	RetainNotSupported     ReasonCode = 0x9a
	QoSNotSupported        ReasonCode = 0x9b
	UseAnotherServer       ReasonCode = 0x9c
	ServerMoved            ReasonCode = 0x9d
	SharedNotSupported     ReasonCode = 0x9e
	ConnectionRateExceeded ReasonCode = 0x9f
	MaximumConnectTime     ReasonCode = 0xa0
	SubIDsNotSupported     ReasonCode = 0xa1
	WildcardsNotSupported  ReasonCode = 0xa2
)

// Failed reports whether the code says that the operation failed.
func (c ReasonCode) Failed() bool { return c >= 0x80 }

// String returns the name the standard gives the code, for example "Malformed Packet".
func (c ReasonCode) String() string {
	if name := reasons[c].name; name != "" {
		return name
	}
	return fmt.Sprintf("reason 0x%02x", byte(c))
}

// Explain returns one sentence, for people, on what the code means; it is empty for unknown codes.
func (c ReasonCode) Explain() string { return reasons[c].text }

// In reports whether packets of type t may carry the code in MQTT 5.
func (c ReasonCode) In(t Type) bool { return reasons[c].in&in(t) != 0 }

type reasonInfo struct {
	name, text string
	in         packets
}

// Packets that share their codes.
var (
	refusals    = in(TypeConnack, TypePuback, TypePubrec, TypeSuback, TypeUnsuback, TypeDisconnect)
	publishing  = in(TypeConnack, TypePuback, TypePubrec, TypeDisconnect)
	connection  = in(TypeConnack, TypeDisconnect)
	connecting  = in(TypeConnack)
	leaving     = in(TypeDisconnect)
	subscribing = in(TypeSuback, TypeDisconnect)
)

var reasons = [256]reasonInfo{
	Success:                {"Success", "The operation succeeded.", everyAck},
	GrantedQoS1:            {"Granted QoS 1", "The subscription is accepted with at most QoS 1.", in(TypeSuback)},
	GrantedQoS2:            {"Granted QoS 2", "The subscription is accepted with at most QoS 2.", in(TypeSuback)},
	DisconnectWithWill:     {"Disconnect with Will Message", "The client leaves and wants its will message published.", leaving},
	NoMatchingSubscribers:  {"No matching subscribers", "The message is accepted but nobody subscribes to its topic.", in(TypePuback, TypePubrec)},
	NoSubscriptionExisted:  {"No subscription existed", "There was no such subscription to remove.", in(TypeUnsuback)},
	ContinueAuthentication: {"Continue authentication", "The authentication goes on with another step.", in(TypeAuth)},
	Reauthenticate:         {"Re-authenticate", "The client starts to authenticate anew.", in(TypeAuth)},
	Unspecified:            {"Unspecified error", "The operation failed for a reason that the sender does not reveal or that no other code describes.", refusals},
	Malformed:              {"Malformed Packet", "The packet could not be decoded.", connection},
	ProtocolError:          {"Protocol Error", "The packet was well formed but not allowed here, or inconsistent.", connection},
	ImplementationSpecific: {"Implementation specific error", "The packet is valid but the receiver does not accept it.", refusals},
	UnsupportedVersion:     {"Unsupported Protocol Version", "The server does not support the MQTT version the client asked for.", connecting},
	ClientIDInvalid:        {"Client Identifier not valid", "The client identifier is a valid string but the server does not allow it.", connecting},
	BadCredentials:         {"Bad User Name or Password", "The server does not accept the user name or password.", connecting},
	NotAuthorized:          {"Not authorized", "The client is not authorized to do this.", refusals},
	ServerUnavailable:      {"Server unavailable", "The server is not available.", connecting},
	ServerBusy:             {"Server busy", "The server is busy; try again later.", connection},
	Banned:                 {"Banned", "The client has been banned by an administrator.", connecting},
	ServerShuttingDown:     {"Server shutting down", "The server is shutting down.", leaving},
	BadAuthMethod:          {"Bad authentication method", "The authentication method is not supported or differs from the one in use.", connection},
	KeepAliveTimeout:       {"Keep Alive timeout", "Nothing was received for one and a half times the keep alive time.", leaving},
	SessionTakenOver:       {"Session taken over", "Another connection with the same client identifier was made.", leaving},
	TopicFilterInvalid:     {"Topic Filter invalid", "The topic filter is well formed but not accepted.", in(TypeSuback, TypeUnsuback, TypeDisconnect)},
	TopicNameInvalid:       {"Topic Name invalid", "The topic name is not accepted.", publishing},
	PacketIDInUse:          {"Packet identifier in use", "The packet identifier is already in use.", in(TypePuback, TypePubrec, TypeSuback, TypeUnsuback)},
	PacketIDNotFound:       {"Packet identifier not found", "The packet identifier is not known; during recovery this is not an error.", in(TypePubrel, TypePubcomp)},
	ReceiveMaximumExceeded: {"Receive Maximum exceeded", "More messages were sent unacknowledged than the receiver's Receive Maximum.", leaving},
	TopicAliasInvalid:      {"Topic Alias invalid", "The topic alias is 0 or above the receiver's Topic Alias Maximum.", leaving},
	PacketTooLarge:         {"Packet too large", "The packet is larger than the receiver's Maximum Packet Size.", connection},
	MessageRateTooHigh:     {"Message rate too high", "The rate of messages is too high.", leaving},
	QuotaExceeded:          {"Quota exceeded", "An implementation or administrative limit has been exceeded.", in(TypeConnack, TypePuback, TypePubrec, TypeSuback, TypeDisconnect)},
	AdministrativeAction:   {"Administrative action", "The connection is closed by an administrator.", leaving},
	PayloadFormatInvalid:   {"Payload format invalid", "The payload is not what the payload format indicator says.", publishing},
	RetainNotSupported:     {"Retain not supported", "The server does not keep retained messages.", connection},
	QoSNotSupported:        {"QoS not supported", "The QoS is above the server's Maximum QoS.", connection},
	UseAnotherServer:       {"Use another server", "The client should use another server for now.", connection},
	ServerMoved:            {"Server moved", "The client should use another server from now on.", connection},
	SharedNotSupported:     {"Shared Subscriptions not supported", "The server does not support shared subscriptions for this client.", subscribing},
	ConnectionRateExceeded: {"Connection rate exceeded", "The limit on the rate of connections has been exceeded.", connection},
	MaximumConnectTime:     {"Maximum connect time", "The longest time allowed for a connection has passed.", leaving},
	SubIDsNotSupported:     {"Subscription Identifiers not supported", "The server does not support subscription identifiers.", subscribing},
	WildcardsNotSupported:  {"Wildcard Subscriptions not supported", "The server does not support wildcards in subscriptions.", subscribing},
}
