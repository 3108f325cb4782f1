package mqtt

// Disconnect is the last packet of a connection (section 3.14). In 3.1.1 only the client sends it, and it is empty.
type Disconnect struct {
	Reason     ReasonCode // Success: normal disconnection, without the will message
	Properties Properties
}

// Type returns TypeDisconnect.
func (*Disconnect) Type() Type { return TypeDisconnect }

// DecodeDisconnect decodes the body of a DISCONNECT.
func DecodeDisconnect(body []byte, v Version) (Disconnect, error) {
	var d Disconnect
	r := reader{b: body, v: v, packet: TypeDisconnect}
	if v == V5 && len(r.b) > 0 {
		d.Reason = r.reason("MQTT-3.14.2-1")
		if len(r.b) > 0 {
			r.properties(&d.Properties, TypeDisconnect)
		}
	}
	return d, r.end()
}

// CheckFromClient returns the fault of a DISCONNECT that only a server may send, or nil.
func (d *Disconnect) CheckFromClient() error {
	if serverDisconnects[d.Reason] {
		return &Error{ProtocolError, "DISCONNECT: the reason " + d.Reason.String() + " is for servers; a client sent it", "MQTT-3.14.2-1"}
	}
	if d.Properties.ServerReference != nil {
		return &Error{ProtocolError, "DISCONNECT: a client included a Server Reference, which only servers send", ""}
	}
	return nil
}

// CheckFromServer returns the fault of a DISCONNECT that only a client may send, or nil. [MQTT-3.14.2-2]
func (d *Disconnect) CheckFromServer() error {
	if d.Reason == DisconnectWithWill {
		return &Error{ProtocolError, "DISCONNECT: the reason " + d.Reason.String() + " is for clients; a server sent it", "MQTT-3.14.2-1"}
	}
	if d.Properties.SessionExpiry.Present {
		return &Error{ProtocolError, "DISCONNECT: a server included a Session Expiry Interval, which only clients send", "MQTT-3.14.2-2"}
	}
	return nil
}

// serverDisconnects are the reasons that table 3-13 gives to the server alone.
var serverDisconnects = [256]bool{
	NotAuthorized: true, ServerBusy: true, ServerShuttingDown: true, KeepAliveTimeout: true, SessionTakenOver: true,
	TopicFilterInvalid: true, RetainNotSupported: true, QoSNotSupported: true, UseAnotherServer: true,
	ServerMoved: true, SharedNotSupported: true, ConnectionRateExceeded: true, MaximumConnectTime: true,
	SubIDsNotSupported: true, WildcardsNotSupported: true,
}

// AppendDisconnect appends a DISCONNECT to dst.
func AppendDisconnect(dst []byte, d *Disconnect, v Version) []byte {
	w := newWriter(dst, byte(TypeDisconnect)<<4, v)
	if v == V5 {
		w.reason(d.Reason, &d.Properties)
	}
	return w.finish(0)
}
