package broker

import (
	"telltale/base/event"
	"telltale/lang/mqtt"
)

// ending is why a connection ends: what its Disconnect entry says and what an MQTT 5 client is told. The zero ending is a lost
// connection. (aws: iot/life-cycle-events#connect-disconnect)
type ending struct {
	reason string          // disconnectReason
	code   mqtt.ReasonCode // of the DISCONNECT sent to an MQTT 5 client; 0 sends none
	text   string          // its reason string, and details where the entry has them
	quiet  bool            // the client said goodbye: no will message
}

var (
	connectionLost   = ending{reason: "CONNECTION_LOST"}
	clientGoodbye    = ending{reason: "CLIENT_INITIATED_DISCONNECT", quiet: true}
	clientGoodbyeLWT = ending{reason: "CLIENT_INITIATED_DISCONNECT"} // MQTT 5: disconnect with will message
	keepAliveTimeout = ending{reason: "MQTT_KEEP_ALIVE_TIMEOUT", code: mqtt.KeepAliveTimeout}
	takenOver        = ending{reason: "DUPLICATE_CLIENTID", code: mqtt.SessionTakenOver, text: "A new connection was established with the same client ID"}
	serverShutdown   = ending{reason: "SERVER_INITIATED_DISCONNECT", code: mqtt.ServerShuttingDown}
)

// clientError ends a connection that broke the protocol or a limit.
func clientError(code mqtt.ReasonCode, text string) ending {
	return ending{reason: "CLIENT_ERROR", code: code, text: text}
}

// forbidden ends a connection whose packet a policy refused, where the protocol has no other way to say so.
func forbidden(text string) ending {
	return ending{reason: "FORBIDDEN_ACCESS", code: mqtt.NotAuthorized, text: text}
}

// certificateLost ends a connection whose certificate is no longer active.
func certificateLost(status string) ending {
	return ending{reason: "AUTH_ERROR", code: mqtt.NotAuthorized, text: "The certificate of the connection is now " + status}
}

// fact is the Disconnect of an ending. Only a takeover is a failure; see log entries, canonical form.
func (e ending) fact() *Disconnect {
	d := &Disconnect{DisconnectReason: e.reason}
	if e.reason == takenOver.reason {
		d.Failure = event.Failure{Outcome: event.ClientError, Reason: "DUPLICATE_CLIENT_ID", Details: e.text}
	} else if e.text != "" {
		d.Details = e.text // beyond the seeds: in words, what the client did
	}
	return d
}
