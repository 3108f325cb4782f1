package broker

import (
	"net/netip"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// ending is why a connection ends: what its Disconnect entry says and what an MQTT 5 client is told.
// (aws: iot/life-cycle-events#connect-disconnect)
type ending struct {
	reason  string          // disconnectReason
	code    mqtt.ReasonCode // of the DISCONNECT sent to an MQTT 5 client; 0 sends none
	text    string          // its reason string, and details of the entry
	quiet   bool            // the client said goodbye: no will message
	forgets bool            // the session ends, too
	rival   netip.AddrPort  // that took the client id over
	speaks  bool            // the client is sent something last: wait until it has it
}

var (
	connectionLost   = ending{reason: "CONNECTION_LOST"}
	notAuthenticated = ending{reason: "AUTH_ERROR", speaks: true} // TLS says why
	clientGoodbye    = ending{reason: "CLIENT_INITIATED_DISCONNECT", quiet: true}
	keepAliveTimeout = ending{reason: "MQTT_KEEP_ALIVE_TIMEOUT", code: mqtt.KeepAliveTimeout, speaks: true}
	takenOver        = ending{reason: "DUPLICATE_CLIENTID", code: mqtt.SessionTakenOver, text: "A new connection was established with the same client ID", speaks: true}
	serverShutdown   = ending{reason: "SERVER_INITIATED_DISCONNECT", code: mqtt.ServerShuttingDown, speaks: true}
	internalError    = ending{reason: "SERVER_ERROR", code: mqtt.Unspecified, text: "Internal server error", speaks: true}
	doesNotRead      = ending{reason: "THROTTLED", code: mqtt.QuotaExceeded, text: "The client does not read the answers to its packets"}
)

// clientError ends a connection that broke the protocol or a limit.
func clientError(code mqtt.ReasonCode, text string) ending {
	return ending{reason: "CLIENT_ERROR", code: code, text: text, speaks: true}
}

// forbidden ends a connection whose packet a policy refused, where the protocol has no other way to say so.
func forbidden(text string) ending {
	return ending{reason: "FORBIDDEN_ACCESS", code: mqtt.NotAuthorized, text: text, speaks: true}
}

// certificateLost ends a connection whose certificate is no longer active.
func certificateLost(status string) ending {
	return ending{reason: "AUTH_ERROR", code: mqtt.NotAuthorized, text: "The certificate of the connection is now " + status, speaks: true}
}

// fact is the Disconnect of an ending. Only a takeover is a failure; every other one is told with its reason, and in details what the
// client did. (docs/decisions/0005-only-a-takeover-is-a-failed-disconnect.md)
func (e *ending) fact() *Disconnect {
	d := &Disconnect{DisconnectReason: e.reason}
	d.Details = e.text
	if e.reason == takenOver.reason {
		d.Outcome, d.Reason = event.ClientError, "DUPLICATE_CLIENT_ID"
	}
	return d
}
