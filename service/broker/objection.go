package broker

import (
	"strings"
	"unicode/utf8"

	"telltale/lang/mqtt"
)

// objection is what is wrong with a packet or one of its parts.
type objection struct {
	text  string          // one sentence for the entry and the client
	code  mqtt.ReasonCode // for MQTT 5
	harsh bool            // the connection ends even where the protocol could go on
}

// printable shortens text that goes into an explanation: it may quote a client, and must fit into the smallest packet that clients
// may ask for.
func printable(s string) string {
	const most = 400
	if len(s) <= most && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == 0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s[:min(len(s), most)])
}
