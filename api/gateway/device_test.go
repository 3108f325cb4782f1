package gateway

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	paho "github.com/eclipse/paho.mqtt.golang"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/shape/iotjobsdata"
	"telltale/lang/shape/sts"
	"telltale/lang/wire"
	"telltale/lang/wire/restjson"
	"telltale/service/broker"
	"telltale/service/identity"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

// facts is a sink that keeps what the broker tells.
type facts struct {
	mu   sync.Mutex
	w    event.Writer
	list []string
}

func (f *facts) Record(o *caller.Origin, x event.Fact) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.w.Reset(o)
	x.Fields(&f.w)
	text := x.Kind().Name + " " + x.Result().String()
	for _, field := range f.w.List() {
		if field.Type == event.Text || field.Type == event.JSON {
			text += " " + field.Name + "=" + field.Str
		}
	}
	f.list = append(f.list, text)
}

// await waits for a fact that begins so and holds all the words.
func (f *facts) await(t *testing.T, begin string, words ...string) {
	t.Helper()
	for late := time.Now().Add(20 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		f.mu.Lock()
		for _, text := range f.list {
			if strings.HasPrefix(text, begin) && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				f.mu.Unlock()
				return
			}
		}
		f.mu.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Fatalf("no fact %s with %q; there are\n%s", begin, words, strings.Join(f.list, "\n"))
}

// site is a gateway with a broker behind real listeners, in serve mode.
type site struct {
	*door
	at       broker.Addresses
	registry *registry.Registry
	roots    *x509.CertPool
	facts    *facts
	scope    caller.Scope
}

func openSite(t *testing.T) *site {
	t.Helper()
	db, err := state.OpenMemory(slices.Concat(identity.Tables(), registry.Tables(), broker.Tables())...)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{door: &door{t: t, audited: &auditor{}, diary: &diary{}}, facts: &facts{}, roots: x509.NewCertPool(), scope: caller.Scope{Account: account, Region: "eu-west-1"}}
	log := slog.New(slog.NewTextHandler(s.diary, nil))
	cfg := identity.Config{Account: account, Region: "eu-west-1", CredentialsFile: filepath.Join(t.TempDir(), "credentials")}
	if s.dir, err = identity.New(t.Context(), cfg, identity.Needs{State: db, Diary: log}); err != nil {
		t.Fatal(err)
	}
	s.root = rootKey(t, cfg.CredentialsFile)
	ca, err := authority.Open("")
	if err != nil {
		t.Fatal(err)
	}
	s.roots.AppendCertsFromPEM(ca.RootPEM())
	if s.registry, err = registry.New(t.Context(), registry.Config{}, registry.Needs{State: db, Authority: ca, Diary: log}); err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	bc := broker.Default()
	bc.MQTTS, bc.TLS, bc.HTTPS = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	b := broker.New(bc, broker.Needs{State: db, Registry: s.registry, Facts: event.NewRecorder(s.facts), Identity: s.dir, Anonymous: s.scope, Diary: log,
		TLS: &tls.Config{Certificates: []tls.Certificate{server}}})
	if err := b.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.at, err = b.Listen(); err != nil {
		t.Fatal(err)
	}
	table := wire.NewTable(iot.Service, iotdata.Service, iotjobsdata.Service).Use(restjson.Codec{})
	wire.Handle(table, iotdata.Publish, b.PublishMessage)
	wire.HandleRefusals(table, iotdata.Publish, b.PublishRefused)
	wire.Handle(table, iotdata.GetThingShadow, func(_ context.Context, in *iotdata.GetThingShadowInput) (*iotdata.GetThingShadowOutput, error) {
		return &iotdata.GetThingShadowOutput{Payload: []byte(`{"of":"` + in.ThingName + `"}`)}, nil
	})
	wire.Handle(table, iotdata.ListNamedShadowsForThing, func(context.Context, *iotdata.ListNamedShadowsForThingInput) (*iotdata.ListNamedShadowsForThingOutput, error) {
		return &iotdata.ListNamedShadowsForThingOutput{Results: []string{"night"}}, nil
	})
	wire.Handle(table, iotjobsdata.StartNextPendingJobExecution, func(context.Context, *iotjobsdata.StartNextPendingJobExecutionInput) (*iotjobsdata.StartNextPendingJobExecutionOutput, error) {
		return nil, nil
	})
	handler := New(Config{Region: "eu-west-1", Devices: s.scope}, Needs{Table: table, Identity: s.dir, Broker: b, Auditor: s.audited, Diary: log})
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + plain.Addr().String()
	web := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelInfo), ConnContext: WithConnection}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = web.Serve(plain) })
	running.Go(func() { _ = web.Serve(b.HTTPS()) })
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = web.Close()
		running.Wait()
		_ = b.Close()
		db.Close()
	})
	return s
}

// certificate registers a client certificate with a policy, and returns its id.
func (s *site) certificate(doc string) (tls.Certificate, string) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "device"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	out, err := s.registry.RegisterCertificateWithoutCA(asRoot(s.t), &iot.RegisterCertificateWithoutCAInput{CertificatePem: text, Status: "ACTIVE"})
	if err != nil {
		s.t.Fatal(err)
	}
	name := "p" + out.CertificateId[:8]
	if _, err := s.registry.CreatePolicy(asRoot(s.t), &iot.CreatePolicyInput{PolicyName: name, PolicyDocument: doc}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.registry.AttachPolicy(asRoot(s.t), &iot.AttachPolicyInput{PolicyName: name, Target: out.CertificateArn}); err != nil {
		s.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, out.CertificateId
}

// subscriber is an MQTT client that keeps what it gets.
func (s *site) subscriber(filter string) <-chan string {
	s.t.Helper()
	cert, _ := s.certificate(allow("iot:*", "*"))
	got := make(chan string, 10)
	o := paho.NewClientOptions().AddBroker("ssl://" + s.at.MQTTS).SetTLSConfig(&tls.Config{RootCAs: s.roots, ServerName: "localhost", Certificates: []tls.Certificate{cert}}).
		SetClientID("subscriber").SetAutoReconnect(false)
	c := paho.NewClient(o)
	done(s.t, c.Connect())
	done(s.t, c.Subscribe(filter, 1, func(_ paho.Client, m paho.Message) { got <- m.Topic() + " " + string(m.Payload()) }))
	s.t.Cleanup(func() { c.Disconnect(0) })
	return got
}

func done(t *testing.T, token paho.Token) {
	t.Helper()
	if !token.WaitTimeout(20*time.Second) || token.Error() != nil {
		t.Fatalf("not done: %v", token.Error())
	}
}

func next(t *testing.T, list <-chan string, want string) {
	t.Helper()
	select {
	case got := <-list:
		if got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("nothing received, want %q", want)
	}
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":%q}]}`, action, resource)
}

// presigned is the URL of a WebSocket as SDKs sign it: the token of temporary credentials is added afterwards.
func presigned(t *testing.T, base string, keys aws.CredentialsProvider, service string, signToken bool, at time.Time) string {
	t.Helper()
	k, err := keys.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, base+"/mqtt", nil)
	if err != nil {
		t.Fatal(err)
	}
	token := k.SessionToken
	if !signToken {
		k.SessionToken = ""
	}
	empty := sha256.Sum256(nil)
	text, _, err := v4.NewSigner().PresignHTTP(t.Context(), k, r, hex.EncodeToString(empty[:]), service, "eu-west-1", at)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" && !signToken {
		text += "&X-Amz-Security-Token=" + url.QueryEscape(token)
	}
	return "ws" + strings.TrimPrefix(text, "http")
}

// knock connects over a WebSocket and leaves again.
func (s *site) knock(address, id string, config *tls.Config) error {
	c := paho.NewClient(paho.NewClientOptions().AddBroker(address).SetClientID(id).SetAutoReconnect(false).SetTLSConfig(config).SetConnectTimeout(20 * time.Second))
	token := c.Connect()
	token.WaitTimeout(20 * time.Second)
	c.Disconnect(0)
	return token.Error()
}

// The policies of the one who signed decide what a client over a WebSocket may do.
func TestWebSocket(t *testing.T) {
	s := openSite(t)
	keys, _ := s.user("ada", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-west-1:123456789012:client/web-*"},
		{"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:eu-west-1:123456789012:topic/rooms/*"},
		{"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:eu-west-1:123456789012:topicfilter/rooms/#"}]}`)
	got, lost := make(chan string, 10), make(chan error, 1)
	o := paho.NewClientOptions().AddBroker(presigned(t, s.url, keys, "iotdevicegateway", true, time.Now())).SetClientID("web-1").SetAutoReconnect(false).
		SetConnectionLostHandler(func(_ paho.Client, err error) { lost <- err })
	c := paho.NewClient(o)
	done(t, c.Connect())
	done(t, c.Subscribe("rooms/#", 1, func(_ paho.Client, m paho.Message) { got <- m.Topic() + " " + string(m.Payload()) }))
	done(t, c.Publish("rooms/1", 1, false, "warm"))
	next(t, got, "rooms/1 warm")
	large := strings.Repeat("x", 100_000)
	done(t, c.Publish("rooms/2", 1, false, large))
	next(t, got, "rooms/2 "+large)
	s.facts.await(t, "Connect Success", "protocol=MQTT", "clientId=web-1", "principalId=AIDA")
	c.Publish("elsewhere", 1, false, "x")
	select {
	case <-lost:
	case <-time.After(20 * time.Second):
		t.Fatal("a denied publish did not end the connection")
	}
	s.facts.await(t, "Publish-In AuthError", "topicName=elsewhere", `"action":"iot:Publish"`, "ada", "no identity-based policy allows")
	s.facts.await(t, "Disconnect Success", "disconnectReason=FORBIDDEN_ACCESS")
	if err := s.knock(presigned(t, s.url, keys, "iotdevicegateway", true, time.Now()), "other", nil); err == nil {
		t.Error("a client id that the policy does not allow was let in")
	}
	s.facts.await(t, "Connect AuthError", "clientId=other", "iot:Connect")
}

// Who says goodbye with a close frame has left; who just vanishes is lost.
func TestWebSocketGoodbye(t *testing.T) {
	s := openSite(t)
	c := paho.NewClient(paho.NewClientOptions().AddBroker(presigned(t, s.url, s.root, "iotdevicegateway", true, time.Now())).SetClientID("polite").SetAutoReconnect(false))
	done(t, c.Connect())
	c.Disconnect(100)
	s.facts.await(t, "Disconnect Success", "clientId=polite", "disconnectReason=CLIENT_INITIATED_DISCONNECT")
}

func TestWebSocketAuthentication(t *testing.T) {
	s := openSite(t)
	temporary := func() aws.CredentialsProvider {
		k, err := s.root.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		who := caller.With(t.Context(), &caller.Caller{Scope: s.scope, Kind: caller.Root, AccessKeyID: k.AccessKeyID, PrincipalID: account, ARN: "arn:aws:iam::" + account + ":root"})
		out, err := s.dir.GetSessionToken(who, &sts.GetSessionTokenInput{})
		if err != nil {
			t.Fatal(err)
		}
		return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: out.Credentials.AccessKeyId, SecretAccessKey: out.Credentials.SecretAccessKey, SessionToken: out.Credentials.SessionToken}, nil
		})
	}()
	now := time.Now()
	f := func(name, address string, reason string) {
		t.Helper()
		err := s.knock(address, "c-"+name, nil)
		if (err == nil) != (reason == "") {
			t.Errorf("%s: error %v", name, err)
		}
		if reason != "" {
			s.facts.await(t, "Connection.AuthNError AuthError protocol=MQTT authenticationType=AWS_SIGV4", "serverNameIndication=127.0.0.1", "reason="+reason)
		}
	}
	const gateway = "iotdevicegateway"
	f("root", presigned(t, s.url, s.root, gateway, true, now), "")
	f("token after signing", presigned(t, s.url, temporary, gateway, false, now), "")
	f("token signed", presigned(t, s.url, temporary, gateway, true, now), "")
	id, err := s.root.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f("wrong secret", presigned(t, s.url, key(id.AccessKeyID, "wrong"), gateway, true, now), "SECURITY_TOKEN_SIGNATURE_MISMATCH")
	f("unknown key", presigned(t, s.url, key("AKIAIOSFODNN7EXAMPLE", "wrong"), gateway, true, now), "SECURITY_TOKEN_INVALID")
	f("wrong service", presigned(t, s.url, s.root, "iotdata", true, now), "SECURITY_TOKEN_SIGNATURE_MISMATCH details=Request signature does not match the signature provided: Credential should be scoped to correct service: 'iotdevicegateway'")
	f("stale", presigned(t, s.url, s.root, gateway, true, now.Add(-48*time.Hour)), "SECURITY_TOKEN_SIGNATURE_MISMATCH details=Request signature does not match the signature provided: Signature expired")
	// Without a signature a custom authorizer would have to be asked, and this broker has none.
	if err := s.knock("ws"+strings.TrimPrefix(s.url, "http")+"/mqtt", "unsigned", nil); err == nil {
		t.Error("somebody without a signature was let in")
	}
	s.facts.await(t, "Connection.AuthNError AuthError protocol=MQTT authenticationType=CUSTOM_AUTH", "reason=CUSTOM_AUTHORIZER_NOT_FOUND")
	status, text, _ := s.raw("GET", "/mqtt", "")
	if status != 400 || !strings.Contains(text, "sub-protocol mqtt") {
		t.Errorf("without the sub-protocol: %d %s", status, text)
	}
	status, text, _ = s.raw("GET", "/mqtt?X-Amz-Signature=x", "", "Sec-Websocket-Protocol", "mqtt")
	if status != 403 || !strings.Contains(text, `"message":"The credentials provided could not be authenticated: `) || !strings.Contains(text, `"traceId":"`) {
		t.Errorf("with half a signature: %d %s", status, text)
	}
	// Signed in headers.
	c := paho.NewClient(paho.NewClientOptions().AddBroker("ws" + strings.TrimPrefix(s.url, "http") + "/mqtt").SetClientID("headers").SetAutoReconnect(false).SetHTTPHeaders(func() http.Header {
		r, _ := http.NewRequest(http.MethodGet, s.url+"/mqtt", nil)
		empty := sha256.Sum256(nil)
		if err := v4.NewSigner().SignHTTP(t.Context(), id, r, hex.EncodeToString(empty[:]), gateway, "eu-west-1", time.Now()); err != nil {
			t.Error(err)
		}
		return r.Header
	}()))
	done(t, c.Connect())
	c.Disconnect(0)
}

// The listener for all protocols: each finds its way by ALPN.
func TestALPN(t *testing.T) {
	s := openSite(t)
	cert, _ := s.certificate(allow("iot:*", "*"))
	config := func(protocol string, certs ...tls.Certificate) *tls.Config {
		c := &tls.Config{RootCAs: s.roots, ServerName: "localhost", Certificates: certs}
		if protocol != "" {
			c.NextProtos = []string{protocol}
		}
		return c
	}
	if err := s.knock("ssl://"+s.at.TLS, "alpn", config("x-amzn-mqtt-ca", cert)); err != nil {
		t.Errorf("MQTT with a certificate: %v", err)
	}
	if err := s.knock("ssl://"+s.at.TLS, "nobody", config("mqtt")); err == nil {
		t.Error("MQTT without a certificate was let in, without an authorizer")
	}
	s.facts.await(t, "Connect AuthError", "clientId=nobody", "reason=CUSTOM_AUTHORIZER_NOT_FOUND")
	address := presigned(t, "https://"+s.at.TLS, s.root, "iotdevicegateway", true, time.Now())
	for _, protocol := range []string{"", "http/1.1"} {
		if err := s.knock(address, "secure"+protocol, config(protocol)); err != nil {
			t.Errorf("WebSocket over TLS, ALPN %q: %v", protocol, err)
		}
	}
	// net/http offers no protocol that it does not know, so that HTTP is spoken by hand.
	for _, x := range []struct {
		protocol string
		certs    []tls.Certificate
		status   string
	}{{"x-amzn-http-ca", []tls.Certificate{cert}, "200 OK"}, {"http/1.1", nil, "403 Forbidden"}, {"", nil, "403 Forbidden"}} {
		nc, err := tls.Dial("tcp", s.at.TLS, config(x.protocol, x.certs...))
		if err != nil {
			t.Errorf("ALPN %q: %v", x.protocol, err)
			continue
		}
		fmt.Fprint(nc, "POST /topics/a?qos=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
		text, _ := io.ReadAll(nc)
		nc.Close()
		if status, _, _ := strings.Cut(string(text), "\r\n"); status != "HTTP/1.1 "+x.status {
			t.Errorf("ALPN %q: %s", x.protocol, text)
		}
	}
}

// Devices publish and ask over HTTPS with their certificates; their own policies decide.
func TestHTTPSWithCertificate(t *testing.T) {
	s := openSite(t)
	got := s.subscriber("#")
	cert, id := s.certificate(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:eu-west-1:123456789012:topic/rooms/*"},
		{"Effect":"Allow","Action":["iot:GetThingShadow","iot:StartNextPendingJobExecution"],"Resource":"arn:aws:iot:eu-west-1:123456789012:thing/lamp"},
		{"Effect":"Allow","Action":"iot:ListNamedShadowsForThing","Resource":"*"}]}`)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots, ServerName: "localhost", Certificates: []tls.Certificate{cert}}}}
	defer client.CloseIdleConnections()
	send := func(method, path, body string, status int, words string, headers ...string) string {
		t.Helper()
		r, err := http.NewRequest(method, "https://"+s.at.HTTPS+path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != status || !strings.Contains(string(text), words) {
			t.Errorf("%s %s: %d %s, want %d with %s", method, path, answer.StatusCode, text, status, words)
		}
		return string(text)
	}
	text := send("POST", "/topics/rooms/1?qos=1", "warm", 200, `{"message":"OK","traceId":"`)
	next(t, got, "rooms/1 warm")
	var ok struct{ TraceID string }
	if json.Unmarshal([]byte(text), &ok) != nil || len(ok.TraceID) != 36 {
		t.Errorf("answered %s", text)
	}
	s.facts.await(t, "Publish-In Success protocol=HTTP topicName=rooms/1 principalId="+id)
	send("POST", "/topics/rooms%2F2", "cold", 200, `"OK"`, "x-amz-mqtt5-user-properties", "W3siYSI6ImIifV0=", "x-amz-mqtt5-correlation-data", "AAE=")
	next(t, got, "rooms/2 cold")
	send("POST", "/topics/elsewhere", "x", 403, `{"message":"Forbidden","traceId":"`)
	s.facts.await(t, "Publish-In AuthError protocol=HTTP topicName=elsewhere", "reason=AUTHORIZATION_FAILURE", `"nearest"`)
	send("POST", "/topics/rooms/1?retain=true", "x", 403, `"Forbidden"`)
	s.facts.await(t, "Publish-In AuthError protocol=HTTP topicName=rooms/1", "iot:RetainPublish")
	send("POST", "/topics/rooms/1", strings.Repeat("x", 128<<10+1), 413, "Payload size exceeds limit")
	send("POST", "/topics/rooms/1/2/3/4/5/6/7/8", "x", 400, `"traceId":"`)
	send("POST", "/topics/rooms/1?qos=2", "x", 400, "qos")
	send("POST", "/topics/rooms/1", "x", 400, "not base64", "x-amz-mqtt5-correlation-data", "?")
	send("POST", "/topics/rooms/1", "x", 400, "not a JSON array of objects", "x-amz-mqtt5-user-properties", "e30=")
	send("GET", "/topics/rooms/1", "", 405, "GET is not allowed")
	send("GET", "/things/lamp/shadow", "", 200, `{"of":"lamp"}`)
	send("GET", "/things/other/shadow", "", 403, "iot:GetThingShadow on resource: arn:aws:iot:eu-west-1:123456789012:thing/other")
	send("GET", "/api/things/shadow/ListNamedShadowsForThing/lamp", "", 200, `"night"`)
	send("PUT", "/things/lamp/jobs/$next", "{}", 200, "{}")
	send("PUT", "/things/other/jobs/$next", "{}", 403, "iot:StartNextPendingJobExecution")
	send("POST", "/things/lamp", "{}", 404, "no operation of iotdata, iotjobsdata")
	if _, err := s.registry.UpdateCertificate(asRoot(t), &iot.UpdateCertificateInput{CertificateId: id, NewStatus: "INACTIVE"}); err != nil {
		t.Fatal(err)
	}
	send("POST", "/topics/rooms/1", "x", 401, `{"message":"Device certificate is not active","traceId":"`) // on the connection that is open
	s.facts.await(t, "Connection.AuthNError AuthError protocol=HTTP authenticationType=AWS_X509", "reason=DEVICE_CERTIFICATE_INACTIVE")
	if calls := s.audited.take(); len(calls) > 0 {
		t.Errorf("%d calls of a device were audited", len(calls))
	}
}
