package domain

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

const certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/own"

// world is the service; the operator has a certificate for iot.example.com.
type world struct {
	*Domains
	t        *testing.T
	db       *state.DB
	ca       *authority.Authority
	registry *registry.Registry
}

func (w *world) Exists(_ *state.Tx, s caller.Scope, name string) (bool, error) {
	return s == home && name == "gate", nil
}

func (w *world) Known(arn string) (*tls.Certificate, bool) {
	c, err := w.For("iot.example.com")
	return c, err == nil && arn == certificate
}

func (w *world) For(name string) (*tls.Certificate, error) {
	c, err := w.ca.ServerFor(name)
	return &c, err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := state.OpenMemory(append(registry.Tables(), Tables()...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{t: t, db: db}
	if w.ca, err = authority.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if w.registry, err = registry.New(t.Context(), registry.Config{}, registry.Needs{State: db, Authority: w.ca}); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	return w
}

// reopen starts the service anew over the same database.
func (w *world) reopen() {
	w.t.Helper()
	var err error
	needs := Needs{State: w.db, Registry: w.registry, Authorizers: w, Certificates: w, Diary: slog.New(slog.DiscardHandler)}
	if w.Domains, err = New(w.t.Context(), Config{Host: "gateway.example"}, needs); err != nil {
		w.t.Fatal(err)
	}
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// ok returns the output of an operation that must succeed.
func ok[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in In) *Out {
	t.Helper()
	out, err := f(as(home), &in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks the name and a part of the text of the error of an operation.
func refused[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in In, code, text string) {
	t.Helper()
	_, err := f(as(home), &in)
	e, isFault := err.(*fault.Error)
	if !isFault || e.Code != code || !strings.Contains(e.Message(), text) || !strings.HasPrefix(e.Op, "domain.") {
		t.Errorf("%+v\n got %v\nwant %s: %s", in, err, code, text)
	}
}

func TestLifecycle(t *testing.T) {
	w := newWorld(t)
	out := ok(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{
		DomainConfigurationName: "shop", DomainName: "IoT.Example.com", ServerCertificateArns: []string{certificate},
		AuthorizerConfig:   &iot.AuthorizerConfig{DefaultAuthorizerName: "gate"},
		AuthenticationType: iot.AuthenticationTypeCustomAuth, ApplicationProtocol: iot.ApplicationProtocolSecureMqtt,
		Tags: []iot.Tag{{Key: "team", Value: "a"}},
	})
	if tags := ok(t, w.registry.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: out.DomainConfigurationArn}).Tags; len(tags) != 1 {
		t.Errorf("tags of %s: %v", out.DomainConfigurationArn, tags)
	}
	d := ok(t, w.DescribeDomainConfiguration, iot.DescribeDomainConfigurationInput{DomainConfigurationName: "shop"})
	if d.DomainName != "iot.example.com" || d.DomainType != "CUSTOMER_MANAGED" || d.DomainConfigurationStatus != "ENABLED" || d.ServerCertificates[0].ServerCertificateStatus != "VALID" ||
		d.AuthorizerConfig.DefaultAuthorizerName != "gate" || *d.AuthorizerConfig.AllowAuthorizerOverride || d.TlsConfig.SecurityPolicy != defaultSecurity {
		t.Errorf("description %+v", d)
	}
	w.reopen()
	m, found := w.Lookup("IOT.example.com.")
	if !found || m.Scope != home || m.Configuration != "shop" || !m.Enabled || m.Authorizer != "gate" || m.AllowOverride || !w.Any() {
		t.Errorf("domain %+v", m)
	}
	if _, found := w.Lookup("gateway.example"); found {
		t.Error("the default endpoint is a domain")
	}

	// A name belongs to one configuration in all accounts.
	refused(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{DomainConfigurationName: "shop", DomainName: "b.example.com"}, iot.ResourceAlreadyExistsException, "shop already exists")
	if _, err := w.CreateDomainConfiguration(as(stranger), &iot.CreateDomainConfigurationInput{DomainConfigurationName: "theirs", DomainName: "iot.example.com"}); !fault.Is(err, fault.Exists) {
		t.Errorf("another account got the name: %v", err)
	}

	refused(t, w.DeleteDomainConfiguration, iot.DeleteDomainConfigurationInput{DomainConfigurationName: "shop"}, iot.InvalidRequestException, "it is ENABLED")
	ok(t, w.UpdateDomainConfiguration, iot.UpdateDomainConfigurationInput{DomainConfigurationName: "shop", DomainConfigurationStatus: "DISABLED", RemoveAuthorizerConfig: new(true),
		TlsConfig: &iot.TlsConfig{SecurityPolicy: "IotSecurityPolicy_TLS13_1_3_2022_10"}})
	if m, _ := w.Lookup("iot.example.com"); m.Enabled || m.Authorizer != "" || !m.AllowOverride {
		t.Errorf("domain %+v", m)
	}
	ok(t, w.DeleteDomainConfiguration, iot.DeleteDomainConfigurationInput{DomainConfigurationName: "shop"})
	if _, found := w.Lookup("iot.example.com"); found || w.Any() {
		t.Error("the domain is still there")
	}
	refused(t, w.DescribeDomainConfiguration, iot.DescribeDomainConfigurationInput{DomainConfigurationName: "shop"}, iot.ResourceNotFoundException, "shop does not exist")
}

func TestOwnNames(t *testing.T) {
	w := newWorld(t)
	ok(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{DomainConfigurationName: "Shop_1.x"})
	d := ok(t, w.DescribeDomainConfiguration, iot.DescribeDomainConfigurationInput{DomainConfigurationName: "Shop_1.x"})
	if !strings.HasPrefix(d.DomainName, "shop-1-x-") || !strings.HasSuffix(d.DomainName, ".gateway.example") || d.DomainType != "AWS_MANAGED" {
		t.Errorf("description %+v", d)
	}
	if _, found := w.Lookup(d.DomainName); !found {
		t.Errorf("%s is not found", d.DomainName)
	}
}

func TestDefaultEndpoint(t *testing.T) {
	w := newWorld(t)
	d := ok(t, w.DescribeDomainConfiguration, iot.DescribeDomainConfigurationInput{DomainConfigurationName: Default})
	if d.DomainName != "gateway.example" || d.DomainType != "ENDPOINT" || d.DomainConfigurationArn != "arn:aws:iot:eu-central-1:123456789012:domainconfiguration/iot:Data-ATS" {
		t.Errorf("description %+v", d)
	}
	if m := w.Default(home); !m.Enabled || m.Authorizer != "" || !m.AllowOverride || !m.Accepts(iot.AuthenticationTypeAwsSigv4, iot.ApplicationProtocolHttps) {
		t.Errorf("domain %+v", m)
	}
	ok(t, w.UpdateDomainConfiguration, iot.UpdateDomainConfigurationInput{DomainConfigurationName: Default, AuthorizerConfig: &iot.AuthorizerConfig{DefaultAuthorizerName: "gate"}})
	if m := w.Default(home); m.Authorizer != "gate" {
		t.Errorf("domain %+v", m)
	}
	if m := w.Default(stranger); m.Authorizer != "" {
		t.Errorf("domain of another account %+v", m)
	}
	refused(t, w.UpdateDomainConfiguration, iot.UpdateDomainConfigurationInput{DomainConfigurationName: Default, DomainConfigurationStatus: "DISABLED"}, iot.InvalidRequestException, "cannot be disabled")
	refused(t, w.DeleteDomainConfiguration, iot.DeleteDomainConfigurationInput{DomainConfigurationName: Default}, iot.InvalidRequestException, "cannot be deleted")
	list := ok(t, w.ListDomainConfigurations, iot.ListDomainConfigurationsInput{}).DomainConfigurations
	if len(list) != 1 || list[0].DomainConfigurationName != Default {
		t.Errorf("list %v", list)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	f := func(change func(*iot.CreateDomainConfigurationInput), code, want string) {
		t.Helper()
		in := iot.CreateDomainConfigurationInput{DomainConfigurationName: "shop", DomainName: "iot.example.com"}
		change(&in)
		refused(t, w.CreateDomainConfiguration, in, code, want)
	}
	type input = iot.CreateDomainConfigurationInput
	const bad = iot.InvalidRequestException
	f(func(in *input) { in.DomainName = "localhost" }, bad, "is not the full name of a host")
	f(func(in *input) { in.DomainName = "192.0.2.1" }, bad, "is not the full name of a host")
	f(func(in *input) { in.DomainName = "a b.example.com" }, bad, "is not the full name of a host")
	f(func(in *input) { in.DomainName = "Gateway.example" }, bad, "is that of the default endpoint")
	f(func(in *input) { in.ServerCertificateArns = []string{certificate + "x"} }, bad, "start telltale with --server-certificate ARN=FILE")
	f(func(in *input) { in.DomainName, in.ServerCertificateArns = "b.example.com", []string{certificate} }, iot.CertificateValidationException, "is not one for the domain")
	f(func(in *input) { in.DomainName, in.ServerCertificateArns = "", []string{certificate} }, bad, "go with a domainName only")
	f(func(in *input) { in.ServiceType = "JOBS" }, bad, "The serviceType JOBS is not offered")
	f(func(in *input) { in.TlsConfig = &iot.TlsConfig{SecurityPolicy: "x"} }, bad, `There is no securityPolicy "x"; allowed are IotSecurityPolicy_TLS12_1_0_2015_01, `)
	f(func(in *input) { in.AuthorizerConfig = &iot.AuthorizerConfig{DefaultAuthorizerName: "none"} }, bad, `"none" names no authorizer`)
	f(func(in *input) { in.ServerCertificateConfig = &iot.ServerCertificateConfig{EnableOCSPCheck: new(true)} }, bad, "OCSP stapling")
	f(func(in *input) {
		in.ClientCertificateConfig = &iot.ClientCertificateConfig{ClientCertificateCallbackArn: "x"}
	}, bad, "A callback for client certificates")
	for i := range most {
		ok(t, w.CreateDomainConfiguration, input{DomainConfigurationName: fmt.Sprint("d", i)})
	}
	f(func(*input) {}, iot.LimitExceededException, "11 domain configurations")
}

func TestPairs(t *testing.T) {
	w := newWorld(t)
	ok(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{DomainConfigurationName: "d", DomainName: "iot.example.com"})
	f := func(authentication string, allowed string) {
		t.Helper()
		for _, protocol := range []string{"SECURE_MQTT", "MQTT_WSS", "HTTPS", "DEFAULT"} {
			in := &iot.UpdateDomainConfigurationInput{DomainConfigurationName: "d", AuthenticationType: authentication, ApplicationProtocol: protocol}
			_, err := w.UpdateDomainConfiguration(as(home), in)
			if (err == nil) != strings.Contains(allowed, protocol) || err != nil && !strings.Contains(err.Error(), "does not go with the applicationProtocol "+protocol) {
				t.Errorf("%s with %s: %v, allowed are %s", authentication, protocol, err, allowed)
			}
		}
	}
	f("AWS_X509", "SECURE_MQTT HTTPS")
	f("CUSTOM_AUTH_X509", "SECURE_MQTT HTTPS")
	m, _ := w.Lookup("iot.example.com")
	if !m.Accepts("AWS_X509", "HTTPS") || !m.Accepts("CUSTOM_AUTH", "HTTPS") || m.Accepts("AWS_SIGV4", "HTTPS") || m.Accepts("AWS_X509", "SECURE_MQTT") {
		t.Errorf("what %+v accepts", m)
	}
	f("AWS_SIGV4", "MQTT_WSS HTTPS")
	f("CUSTOM_AUTH", "SECURE_MQTT MQTT_WSS HTTPS")
	f("DEFAULT", "DEFAULT")
}

// A handshake gets the certificate and the TLS versions of the domain it names.
func TestTLS(t *testing.T) {
	w := newWorld(t)
	ok(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{DomainConfigurationName: "new", DomainName: "new.example.com",
		TlsConfig: &iot.TlsConfig{SecurityPolicy: "IotSecurityPolicy_TLS13_1_3_2022_10"}})
	ok(t, w.CreateDomainConfiguration, iot.CreateDomainConfigurationInput{DomainConfigurationName: "old", DomainName: "old.example.com",
		TlsConfig: &iot.TlsConfig{SecurityPolicy: "IotSecurityPolicy_TLS12_1_0_2016_01"}})
	base, err := w.For("gateway.example")
	if err != nil {
		t.Fatal(err)
	}
	listener := &tls.Config{Certificates: []tls.Certificate{*base}}
	server := &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if m, found := w.Lookup(hello.ServerName); found {
			return m.TLS(listener), nil
		}
		return listener, nil
	}}
	f := func(name string, version uint16, want bool) {
		t.Helper()
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		go func() {
			c := tls.Server(b, server)
			_ = c.Handshake()
			_, _ = io.Copy(io.Discard, c)
		}()
		c := tls.Client(a, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		err := c.Handshake()
		if (err == nil) != want {
			t.Errorf("%s with TLS %x: %v, want success %t", name, version, err, want)
		} else if err == nil && c.ConnectionState().PeerCertificates[0].VerifyHostname(name) != nil {
			t.Errorf("%s shows the certificate of %v", name, c.ConnectionState().PeerCertificates[0].DNSNames)
		}
	}
	f("gateway.example", tls.VersionTLS13, true)
	f("new.example.com", tls.VersionTLS13, true)
	f("new.example.com", tls.VersionTLS12, false)
	f("old.example.com", tls.VersionTLS11, true)
	f("old.example.com", tls.VersionTLS13, false)
}
