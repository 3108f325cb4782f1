package broker

import (
	"time"

	"telltale/base/event"
)

var kindTLSHandshake = event.NewKind(event.Kind{Name: "TlsHandshake", Component: "broker", Success: event.Debug})

// TLSHandshake is the fact that a TLS handshake succeeded or failed, and why. It is our own: AWS tells of few failures, and of none
// whose account it does not know. It belongs to the account of the certificate, or of the server name, or else to that of anonymous
// clients. It counts nothing.
type TLSHandshake struct {
	event.Failure
	TargetPort  int
	ServerName  string
	Offered     string // ALPN protocols, joined by commas
	Chosen      string // of them
	Version     string
	CipherSuite string
	Certificate *PresentedCertificate // nil: none
	Sent        string                // alert
	Received    string                // alert
	Hint        string                // what to do
}

// PresentedCertificate is the certificate that a client showed.
type PresentedCertificate struct {
	ID                  string // SHA-256 of the certificate
	Serial, Subject     string
	NotBefore, NotAfter time.Time
	Now                 time.Time // by the server's clock
	Chain               string    // what is known of who issued it
}

func (*TLSHandshake) Kind() *event.Kind { return kindTLSHandshake }
func (e *TLSHandshake) Fields(w *event.Writer) {
	w.Client()
	w.Int("targetPort", int64(e.TargetPort))
	w.OptStr("serverNameIndication", e.ServerName)
	w.OptStr("alpnOffered", e.Offered)
	w.OptStr("alpn", e.Chosen)
	w.OptStr("tlsVersion", e.Version)
	w.OptStr("cipherSuite", e.CipherSuite)
	if c := e.Certificate; c != nil {
		w.Str("certificateFingerprint", c.ID)
		w.Str("certificateSerial", c.Serial)
		w.OptStr("certificateSubject", c.Subject)
		w.Str("certificateNotBefore", c.NotBefore.UTC().Format(time.RFC3339))
		w.Str("certificateNotAfter", c.NotAfter.UTC().Format(time.RFC3339))
		w.Str("serverTime", c.Now.UTC().Format(time.RFC3339))
		w.Str("chain", c.Chain)
	}
	w.OptStr("alertSent", e.Sent)
	w.OptStr("alertReceived", e.Received)
	e.Failure.Fields(w)
	w.OptStr("hint", e.Hint)
}
