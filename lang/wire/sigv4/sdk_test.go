package sigv4

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// generator makes requests that are hard to spell.
type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g generator) path() string {
	var b strings.Builder
	for range g.IntN(5) {
		b.WriteString("/" + g.pick("", ".", "..", "things", "a%20b", "%2F", "%2f%2F", "$aws", "a+b", "ü", "%C3%BC", "x:y@z", "(~'*!)", "a=b&c;d,e", "%25", ".a."))
	}
	return b.String() + g.pick("", "/")
}

func (g generator) query() string {
	words := []string{"", "a", "A", "a-b", "x%20y", "a+b", "a%2Bb", "%2F/", "ü", "%C3%BC", "k.1", "~", "*", "!'()", "%25", "=", "@:$,"}
	var parts []string
	for range g.IntN(6) {
		parts = append(parts, g.pick("k", "a", "K", "a-b", "%C3%BC", "a.1", "k")+g.pick("", "=", "="+g.pick(words...), "="+g.pick(words...)))
	}
	return strings.Join(parts, "&")
}

func (g generator) header(h http.Header) {
	for range g.IntN(5) {
		h.Add(g.pick("X-Amz-Target", "Content-Type", "X-Note", "Accept", "X-Amz-Meta-Ü1", "If-Match"),
			g.pick("", "a", "  two  blanks  ", "\"a   b\"", "a,b , c", "a\tb", "é", " - "))
	}
	h.Del("X-Amz-Meta-Ü1") // not a token: it could not be sent
}

func (g generator) request(t *testing.T, endpoint string) (*http.Request, []byte) {
	t.Helper()
	body := bytes.Repeat([]byte{byte(g.IntN(256))}, g.IntN(4)*g.IntN(60))
	r, err := http.NewRequest(g.pick("GET", "POST", "PUT", "DELETE"), endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	raw := g.path()
	path, err := url.PathUnescape(raw)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, raw, g.query()
	g.header(r.Header)
	return r, body
}

// TestSDK sends generated requests, signed by the Go SDK in both forms, over HTTP to a server that verifies them.
func TestSDK(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	keys := NewKeyCache(10)
	var got error
	var token string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = check(r, body, testSecret, moment.Add(time.Second), Options{SessionToken: token, Keys: keys, UnsignedPayload: true})
	}))
	defer server.Close()
	for i := range 1500 {
		r, body := g.request(t, server.URL)
		service := g.pick("iot", "iotdata", "s3", "iotdevicegateway", "logs")
		token = g.pick("", "", "to/k+e n==")
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
		credentials := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: token}
		hash := payloadHash(body)
		if service == "s3" {
			hash = g.pick(hash, unsignedPayload)
			r.Header.Set(headerPayload, hash)
		}
		before := fmt.Sprintf("%s %s %v", r.Method, r.URL, r.Header)
		if g.IntN(2) == 0 {
			if err := signer.SignHTTP(t.Context(), credentials, r, hash, service, "us-east-1", moment); err != nil {
				t.Fatal(err)
			}
		} else {
			if g.IntN(2) == 0 {
				r.URL.RawQuery += "&X-Amz-Expires=60"
			}
			signed, _, err := signer.PresignHTTP(t.Context(), credentials, r, hash, service, "us-east-1", moment)
			if err != nil {
				t.Fatal(err)
			}
			if r.URL, err = url.Parse(signed); err != nil {
				t.Fatal(err)
			}
			// Only the headers that stay out of the query are sent; the SDK has moved the others.
			for name := range r.Header {
				if strings.HasPrefix(name, "X-Amz-") && name != headerPayload {
					r.Header.Del(name)
				}
			}
		}
		got = fmt.Errorf("the server was not reached")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatalf("request %d, %s: %v", i, before, err)
		}
		response.Body.Close()
		if got != nil {
			t.Fatalf("request %d, %s, service %s: %v", i, before, service, got)
		}
	}
}

// TestSignAsSDK checks that Sign and Presign give what the SDK gives for the same headers.
func TestSignAsSDK(t *testing.T) {
	for _, service := range []string{"iot", "s3"} {
		for _, token := range []string{"", "a+token/=="} {
			unsigned := func() *http.Request {
				r, _ := http.NewRequest("POST", "https://iot.example:8443/things/a%2Fb%20c?x=1&y=a%20b", strings.NewReader("{}"))
				r.ContentLength = 0 // the SDK would sign it
				r.Header.Set("Content-Type", "application/json")
				return r
			}
			signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
			credentials := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: token}
			key := Key{ID: testID, Secret: testSecret, Token: token}
			want, got := unsigned(), unsigned()
			if service == "s3" {
				want.Header.Set(headerPayload, payloadHash([]byte("{}")))
			}
			if err := signer.SignHTTP(t.Context(), credentials, want, payloadHash([]byte("{}")), service, "eu-west-1", moment); err != nil {
				t.Fatal(err)
			}
			if err := Sign(got, []byte("{}"), key, service, "eu-west-1", moment); err != nil {
				t.Fatal(err)
			}
			if g, w := got.Header.Get("Authorization"), want.Header.Get("Authorization"); g != w {
				t.Errorf("%s, token %q: Authorization\n got %s\nwant %s", service, token, g, w)
			}
			r, _ := http.NewRequest("GET", "https://iot.example:8443/things/a%2Fb%20c?x=1&y=a%20b&X-Amz-Expires=60", nil)
			hash := emptyPayload
			if service == "s3" {
				hash = unsignedPayload
			}
			signed, _, err := signer.PresignHTTP(t.Context(), credentials, r, hash, service, "eu-west-1", moment)
			if err != nil {
				t.Fatal(err)
			}
			u, _ := url.Parse("https://iot.example:8443/things/a%2Fb%20c?x=1&y=a%20b")
			own, err := Presign(u, key, service, "eu-west-1", time.Minute, moment)
			if err != nil {
				t.Fatal(err)
			}
			wantURL, _ := url.Parse(signed)
			if g, w := own.Query().Get(querySignature), wantURL.Query().Get(querySignature); g != w || w == "" {
				t.Errorf("%s, token %q: presigned signature\n got %s\nwant %s", service, token, g, w)
			}
		}
	}
}
