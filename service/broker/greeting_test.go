package broker

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

// domains are some, by name.
type domains map[string]*Domain

func (d domains) Domain(name string) (*Domain, bool) {
	found, ok := d[name]
	return found, ok
}

// accepting is a domain's Accepts.
func accepting(pairs ...string) func(authentication, protocol string) bool {
	return func(authentication, protocol string) bool { return slices.Contains(pairs, authentication+" "+protocol) }
}

// The name that a client gives decides which account is told, how it may come, and who lets it in.
func TestDomains(t *testing.T) {
	f := newFixture(t, withTLS, func(c *Config) { c.TLS = "127.0.0.1:0" })
	defer f.stop()
	abroad := caller.Scope{Account: "999999999999", Region: "eu-west-1"}
	const x509, custom, mqtts = iot.AuthenticationTypeAwsX509, iot.AuthenticationTypeCustomAuth, iot.ApplicationProtocolSecureMqtt
	adapted := 0
	f.needs.Domains = domains{
		"off.example":   {Scope: abroad, Disabled: true, Accepts: accepting(x509 + " " + mqtts)},
		"on.example":    {Scope: abroad, Accepts: accepting(x509 + " " + mqtts)},
		"https.example": {Scope: abroad, Accepts: accepting(x509 + " " + iot.ApplicationProtocolHttps)},
		"guests.example": {Scope: abroad, Accepts: accepting(custom + " " + mqtts), WithoutALPN: mqtts, Authorizer: "judge",
			TLS: func(c *tls.Config) *tls.Config { adapted++; return c }},
		"both.example": {Scope: home, Accepts: accepting(x509+" "+mqtts, custom+" "+mqtts), WithoutALPN: mqtts, Authorizer: "judge", Both: true},
	}
	j := &judge{topic: "a"}
	f.needs.Authorizers = j
	cert, _ := f.certificate(home, registry.CertificateActive, everything)
	unknown, _ := selfSigned(t)
	// enter connects with a password and returns the CONNACK's reason.
	enter := func(address, name, password string, certs ...tls.Certificate) (mqtt.ReasonCode, error) {
		nc, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true, Certificates: certs})
		if err != nil {
			return 0, err
		}
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("c"), Username: []byte("u"), Password: []byte(password)}))
		buf := make([]byte, 100)
		n, err := nc.Read(buf)
		if err != nil {
			return 0, err
		}
		_, body, _, err := mqtt.NextFrame(buf[:n], 0)
		if err != nil {
			return 0, err
		}
		k, err := mqtt.DecodeConnack(body, mqtt.V311)
		return k.Reason, err
	}
	refused := func(name, alert, reason string, certs ...tls.Certificate) {
		t.Helper()
		if _, err := enter(f.at.MQTTS, name, "secret", certs...); alertOf(err) != alert {
			t.Errorf("%s: error %v, want %s", name, err, alert)
		}
		for _, kind := range []string{"Connection.AuthNError", "TlsHandshake"} {
			if x := last(f.facts.await(t, kind)); x.scope != abroad || !strings.Contains(x.text, "reason="+reason) {
				t.Errorf("%s: told %s in %v", name, x.text, x.scope)
			}
		}
	}
	refused("off.example", "unrecognized name", "DOMAIN_CONFIGURATION_DISABLED", cert)
	refused("https.example", "unrecognized name", "DOMAIN_CONFIGURATION_INVALID", cert)
	refused("on.example", "bad certificate", "DEVICE_CERTIFICATE_NOT_REGISTERED", unknown)

	if reason, err := enter(f.at.TLS, "guests.example", "secret"); err != nil || reason != 0 || adapted != 1 {
		t.Errorf("a guest of a domain: CONNACK %v, error %v; its TLS was asked %d times", reason, err, adapted)
	}
	if x := last(f.facts.await(t, "Connect Success")); x.scope != abroad {
		t.Errorf("told in %v", x.scope)
	}
	if got := j.asked[len(j.asked)-1]; got.ServerName != "guests.example" || !got.TLS || got.Authorizer != "judge" {
		t.Errorf("the authorizer was asked about %+v", got)
	}
	if reason, err := enter(f.at.TLS, "guests.example", "wrong"); err != nil || reason != 7 {
		t.Errorf("a stranger: CONNACK %v, error %v", reason, err)
	}
	// Where both are needed, neither does alone.
	if reason, err := enter(f.at.TLS, "both.example", "secret", cert); err != nil || reason != 0 {
		t.Errorf("with both: CONNACK %v, error %v", reason, err)
	}
	f.facts.await(t, "Connect Success")
	if reason, err := enter(f.at.TLS, "both.example", "wrong", cert); err != nil || reason != 7 {
		t.Errorf("with a certificate and the wrong password: CONNACK %v, error %v", reason, err)
	}
	if _, err := enter(f.at.TLS, "both.example", "secret"); alertOf(err) != "certificate required" {
		t.Errorf("without a certificate: error %v", err)
	}
}
