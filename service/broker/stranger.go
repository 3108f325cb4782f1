package broker

import (
	"crypto/tls"
	"errors"
	"fmt"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// strange reports whether a client that has not connected yet speaks another protocol than MQTT, and then tells it so and ends the
// connection.
func (c *conn) strange(first []byte) bool {
	switch {
	case isHTTP(first):
		const text = "An HTTP request came where MQTT is spoken: use the address of the gateway, or MQTT here"
		c.refuseUnreadable(text)
		c.send(func(dst []byte) []byte { return appendBadRequest(dst, text) })
		c.end(clientError(mqtt.ProtocolError, text))
	case isTLS(first) && c.way == nil:
		f := &TLSHandshake{TargetPort: c.targetPort(), Failure: event.Failure{Outcome: event.ClientError, Reason: "NO_TLS_HERE",
			Details: "A TLS handshake came to the listener for plain MQTT"}, Hint: "Use the port for MQTT with TLS, or no TLS here."}
		c.b.needs.Facts.Record(&c.origin, f)
		c.refuseUnreadable(f.Details)
		c.end(clientError(mqtt.ProtocolError, f.Details))
	default:
		return false
	}
	return true
}

// answerHTTP tells a client that spoke HTTP without TLS what it did.
func (c *conn) answerHTTP(err error) {
	if other, ok := errors.AsType[tls.RecordHeaderError](err); ok && isHTTP(other.RecordHeader[:]) {
		_, _ = c.raw.Write(appendBadRequest(nil, "This port speaks TLS: use https://"))
	}
}

func appendBadRequest(dst []byte, text string) []byte {
	return fmt.Appendf(dst, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s\n", len(text)+1, text)
}
