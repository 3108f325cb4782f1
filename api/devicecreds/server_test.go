package devicecreds

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/sts"
	"telltale/service/identity"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/service/rolealias"
	"telltale/store/state"
)

const account = "123456789012"

// roles is identity as role aliases need it.
type roles struct{ *identity.Directory }

func (r roles) Credentials(ctx context.Context, s rolealias.Session) (*sts.Credentials, error) {
	return r.ServiceCredentials(ctx, identity.ServiceSession(s))
}

// diary hands over the lines of a log.
type diary chan string

func (d diary) Write(p []byte) (int, error) {
	d <- string(p)
	return len(p), nil
}

// must returns v; an error ends the test.
func must[V any](t testing.TB) func(v V, err error) V {
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// device is an HTTP client with a certificate that may ask for the role alias a, and one without.
type device struct {
	with, without *http.Client
	url           string
	identity      *identity.Directory
	diary         diary
}

// serve starts a server and makes a device. The server ends with the test.
func serve(t *testing.T) *device {
	t.Helper()
	var tables []state.Schema
	for _, list := range [][]state.Schema{registry.Tables(), identity.Tables(), rolealias.Tables()} {
		tables = append(tables, list...)
	}
	db := must[*state.DB](t)(state.OpenMemory(tables...))
	t.Cleanup(func() { db.Close() })
	ca := must[*authority.Authority](t)(authority.Open(""))
	ctx := caller.With(t.Context(), &caller.Caller{Scope: caller.Scope{Account: account, Region: "us-east-1"}})
	reg := must[*registry.Registry](t)(registry.New(ctx, registry.Config{}, registry.Needs{State: db, Authority: ca}))
	dir := must[*identity.Directory](t)(identity.New(ctx, identity.Config{Account: account, Region: "us-east-1"}, identity.Needs{State: db}))
	aliases := must[*rolealias.Aliases](t)(rolealias.New(ctx, rolealias.Needs{State: db, Registry: reg, Roles: roles{dir}}))

	made := must[*iot.CreateKeysAndCertificateOutput](t)(reg.CreateKeysAndCertificate(ctx, &iot.CreateKeysAndCertificateInput{SetAsActive: new(true)}))
	must[*iot.CreatePolicyOutput](t)(reg.CreatePolicy(ctx, &iot.CreatePolicyInput{PolicyName: "p",
		PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:AssumeRoleWithCertificate","Resource":"*"}]}`}))
	must[*iot.AttachPolicyOutput](t)(reg.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: "p", Target: made.CertificateArn}))
	role := must[*iam.CreateRoleOutput](t)(dir.CreateRole(ctx, &iam.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":` +
		`{"Effect":"Allow","Principal":{"Service":"credentials.iot.amazonaws.com"},"Action":"sts:AssumeRole"}}`}))
	must[*iot.CreateRoleAliasOutput](t)(aliases.CreateRoleAlias(ctx, &iot.CreateRoleAliasInput{RoleAlias: "a", RoleArn: role.Role.Arn}))

	d := &device{identity: dir, diary: make(diary, 100)}
	server := New(Needs{Aliases: aliases, TLS: &tls.Config{Certificates: []tls.Certificate{must[tls.Certificate](t)(ca.Server(nil, nil))}}, Diary: slog.New(slog.NewTextHandler(d.diary, nil))})
	d.url = "https://" + must[string](t)(server.Listen("127.0.0.1:0"))
	running, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := server.Run(running); err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); ended.Wait() })

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.RootPEM())
	client := func(certificates ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: certificates}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	d.with = client(must[tls.Certificate](t)(tls.X509KeyPair([]byte(made.CertificatePem), []byte(made.KeyPair.PrivateKey))))
	d.without = client()
	return d
}

func (d *device) get(t *testing.T, method, path string) (*http.Response, string) {
	t.Helper()
	req := must[*http.Request](t)(http.NewRequest(method, d.url+path, nil))
	answer := must[*http.Response](t)(d.with.Do(req))
	defer answer.Body.Close()
	return answer, string(must[[]byte](t)(io.ReadAll(answer.Body)))
}

func TestAnswer(t *testing.T) {
	d := serve(t)
	answer, text := d.get(t, http.MethodGet, "/role-aliases/a/credentials")
	var body struct {
		Credentials map[string]string `json:"credentials"`
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" ||
		answer.Header.Get("X-Amzn-Requestid") == "" || len(body.Credentials) != 4 {
		t.Fatalf("%s %v %s", answer.Status, answer.Header, text)
	}
	key, err := d.identity.Key(t.Context(), body.Credentials["accessKeyId"])
	if err != nil || key.Secret != body.Credentials["secretAccessKey"] || key.SessionToken != body.Credentials["sessionToken"] {
		t.Errorf("key %v, %v", key, err)
	}
}

func TestErrors(t *testing.T) {
	d := serve(t)
	f := func(method, path string, status int, code, want string) {
		t.Helper()
		answer, text := d.get(t, method, path)
		if answer.StatusCode != status || answer.Header.Get("X-Amzn-Errortype") != code || text != want {
			t.Errorf("%s %s: %s %s %s, want %d %s %s", method, path, answer.Status, answer.Header.Get("X-Amzn-Errortype"), text, status, code, want)
		}
	}
	f("GET", "/role-aliases/b/credentials", 404, "ResourceNotFoundException", `{"message":"Role alias does not exist"}`)
	f("POST", "/role-aliases/a/credentials", 405, "InvalidRequestException", `{"message":"Use GET"}`)
	for _, path := range []string{"/", "/role-aliases//credentials", "/role-aliases/a", "/role-aliases/a/credentials/x", "/x/a/credentials"} {
		f("GET", path, 404, "ResourceNotFoundException", `{"message":"There is only /role-aliases/{alias}/credentials here"}`)
	}
	if _, err := d.without.Get(d.url + "/role-aliases/a/credentials"); err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("without a certificate: %v", err)
	}
	if line := <-d.diary; !strings.Contains(line, "client didn't provide a certificate") {
		t.Errorf("the diary tells of the handshake: %s", line)
	}
}

// Without an address nothing listens, and Run ends with its context.
func TestOff(t *testing.T) {
	s := New(Needs{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
}
