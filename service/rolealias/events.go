package rolealias

import "telltale/base/event"

// Kinds lists every kind of fact the service records.
var Kinds = []*event.Kind{kindExchange}

var kindExchange = event.NewKind(event.Kind{Name: "CredentialExchange", Component: "credentials", Success: event.Info})

// CredentialExchange is the fact that a device got temporary credentials for its certificate, or did not. The entry is beyond AWS, where
// nobody but the device learns why. Metric: CredentialExchangeSuccess, which has no dimension. (aws: iot/metrics_dimensions)
type CredentialExchange struct {
	event.Failure
	Alias, Thing, Role string
	Session            string // access key id of the credentials
}

func (*CredentialExchange) Kind() *event.Kind { return kindExchange }
func (e *CredentialExchange) Fields(w *event.Writer) {
	w.Str("protocol", "HTTP")
	w.Client()
	w.Str("roleAlias", e.Alias)
	w.OptStr("thingName", e.Thing)
	w.OptStr("roleArn", e.Role)
	w.OptStr("accessKeyId", e.Session)
	e.Failure.Fields(w)
}

func (e *CredentialExchange) Count(c *event.Counter) {
	if e.Outcome == event.Success {
		c.Add("CredentialExchangeSuccess", 1)
	}
}
