package caller

import "net/netip"

// Origin says on whose behalf a message was sent or a fact happened, and under which trace.
// The client fields are empty where there is no MQTT session (HTTP requests, background work).
type Origin struct {
	Scope
	Trace       Trace
	ClientID    string
	PrincipalID string // certificate id, or the unique id of an IAM identity
	SourceIP    string // textual address, as entries print it
	SourcePort  uint16
	Thing       string // the thing the session is bound to, "" if none
	Protocol    string // "MQTT" or "HTTP"
}

// SetSource fills the source fields from a peer address.
func (o *Origin) SetSource(addr netip.AddrPort) {
	o.SourceIP = addr.Addr().Unmap().WithZone("").String()
	o.SourcePort = addr.Port()
}
