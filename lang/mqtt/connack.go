package mqtt

// Connack is the server's answer to CONNECT (section 3.2).
type Connack struct {
	SessionPresent bool
	// Reason is a reason code in MQTT 5 and a return code, such as ReturnNotAuthorized, in 3.1.1.
	Reason     ReasonCode
	Properties Properties
}

// The return codes of CONNACK in 3.1.1. Higher ones are reserved, but brokers are known to use them (AWS IoT
// answers 7 where the client is not authorized), so that the decoder lets them pass.
const (
	ReturnAccepted           ReasonCode = 0
	ReturnVersion            ReasonCode = 1
	ReturnIdentifierRejected ReasonCode = 2
	ReturnServerUnavailable  ReasonCode = 3
	ReturnBadCredentials     ReasonCode = 4
	ReturnNotAuthorized      ReasonCode = 5
)

// Return translates a reason code of CONNACK into the return code of 3.1.1 that comes closest.
func (c ReasonCode) Return() ReasonCode {
	switch c {
	case Success:
		return ReturnAccepted
	case UnsupportedVersion:
		return ReturnVersion
	case ClientIDInvalid:
		return ReturnIdentifierRejected
	case BadCredentials, BadAuthMethod:
		return ReturnBadCredentials
	case NotAuthorized, Banned:
		return ReturnNotAuthorized
	}
	return ReturnServerUnavailable
}

// Type returns TypeConnack.
func (*Connack) Type() Type { return TypeConnack }

// DecodeConnack decodes the body of a CONNACK.
func DecodeConnack(body []byte, v Version) (Connack, error) {
	var c Connack
	r := reader{b: body, v: v, packet: TypeConnack}
	flags := r.byte("acknowledge flags")
	if flags > 1 {
		r.fail(Malformed, "MQTT-3.2.2-1", "the acknowledge flags are %08b; bits 7 to 1 are reserved", flags)
	}
	c.SessionPresent = flags == 1
	if v == V5 {
		c.Reason = r.reason("MQTT-3.2.2-8")
	} else {
		c.Reason = ReasonCode(r.byte("return code"))
	}
	if c.SessionPresent && c.Reason != Success {
		r.fail(ProtocolError, r.pick("MQTT-3.2.2-4", "MQTT-3.2.2-6"), "session present is set in a refusal (0x%02x)", byte(c.Reason))
	}
	r.properties(&c.Properties, TypeConnack)
	return c, r.end()
}

// AppendConnack appends a CONNACK to dst. The code is written as it is; see [ReasonCode.Return].
func AppendConnack(dst []byte, c *Connack, v Version) []byte {
	w := newWriter(dst, byte(TypeConnack)<<4, v)
	w.byte(bit(c.SessionPresent, 0))
	w.byte(byte(c.Reason))
	w.properties(&c.Properties, TypeConnack)
	return w.finish(0)
}
