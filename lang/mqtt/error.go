package mqtt

// Error says why bytes are not a packet. Every error of this package but [ErrNeedMore] is one.
type Error struct {
	// Code is the MQTT 5 reason code that answers the fault, also when the connection speaks 3.1.1.
	Code ReasonCode
	// Text names the packet, the field and what was wrong with it, in one sentence without a full stop.
	Text string
	// Requirement is the normative statement that was broken, such as "MQTT-3.3.1-4", in the numbering of the
	// connection's version. It is empty where the standard states the rule without a number.
	Requirement string
}

// Error returns the text, followed by the requirement in brackets.
func (e *Error) Error() string {
	if e.Requirement == "" {
		return "mqtt: " + e.Text
	}
	return "mqtt: " + e.Text + " [" + e.Requirement + "]"
}
