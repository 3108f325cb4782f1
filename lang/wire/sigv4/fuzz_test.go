package sigv4

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telltale/base/fault"
)

// FuzzVerify feeds whole requests to a server that has another secret: nothing may pass, nothing may crash, and every refusal
// is a fault with a name.
func FuzzVerify(f *testing.F) {
	files, _ := filepath.Glob("testdata/botocore/*.http")
	for _, file := range files {
		wire, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		s, err := Parse(r)
		if err == nil && s == nil {
			return
		}
		if err == nil {
			err = s.Verify(r, body, "not the secret", s.Time(), Options{SessionToken: s.SessionToken(), UnsignedPayload: true, StreamingPayload: true})
		}
		refusal, ok := errors.AsType[*fault.Error](err)
		if !ok || refusal.Code == "" || refusal.Text == "" {
			t.Fatalf("%q: got %v (%T), want a named fault", wire, err, err)
		}
	})
}

// FuzzSign signs whatever can be sent and verifies what arrives.
func FuzzSign(f *testing.F) {
	f.Add("GET", "/things/a%2Fb", "x=1&y", "note", "body", "token", "iot")
	f.Add("PUT", "//a/../b c", "a=%zz+&&=", " a \t  b ", "", "", "s3")
	f.Add("GET", "/mqtt", "X-Amz-Security-Token=", "", "", "t", "iotdevicegateway")
	f.Fuzz(func(t *testing.T, method, path, query, note, body, token, service string) {
		var wire bytes.Buffer
		r, err := http.NewRequest(method, "http://h:1", bytes.NewReader([]byte(body)))
		u, parsed := url.ParseRequestURI("/" + path)
		if err != nil || parsed != nil {
			return
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, query
		r.Header.Set("X-Amz-Note", note)
		key := Key{ID: testID, Secret: testSecret, Token: token}
		if Sign(r, []byte(body), key, service, "us-east-1", moment) != nil || r.Write(&wire) != nil {
			return
		}
		got, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil || got.URL.RawQuery != query {
			return // it could not be sent as it is
		}
		for name := range r.Header {
			if got.Header.Get(name) != strings.Trim(r.Header.Get(name), " \t") {
				return // nor could this header
			}
		}
		s, err := Parse(got)
		if err != nil || s == nil {
			return // X-Amz- parameters in the query, for one
		}
		if err := s.Verify(got, []byte(body), testSecret, moment, Options{SessionToken: strings.Trim(token, " \t"), UnsignedPayload: true}); err != nil {
			t.Errorf("%s %q ? %q, note %q, body %q, service %q: %v", method, path, query, note, body, service, err)
		}
	})
}
