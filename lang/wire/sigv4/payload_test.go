package sigv4

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// signedAs signs a request whose payload line is declared, in the name of s3.
func signedAs(t *testing.T, declared string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("PUT", "https://h/b/k", nil)
	r.Header.Set(headerPayload, declared)
	r.Header.Set(headerDate, moment.Format(stampForm))
	s, err := newSignature(Key{ID: testID, Secret: testSecret}, "s3", "us-east-1", moment)
	if err != nil {
		t.Fatal(err)
	}
	s.names = namesToSign(r.Header)
	mac := s.compute(newCanonical(r, false, s.names, declared), testSecret)
	r.Header.Set("Authorization", algorithm+" Credential="+s.credential.String()+", SignedHeaders="+s.names+", Signature="+mac)
	return r
}

func TestPayload(t *testing.T) {
	f := func(declared string, opts Options, words ...string) {
		t.Helper()
		err := check(signedAs(t, declared), []byte("body"), testSecret, moment, opts)
		if len(words) > 0 {
			refused(t, err, CodeInvalid, words...)
		} else if err != nil {
			t.Errorf("payload %q, %+v: %v", declared, opts, err)
		}
	}
	all := Options{UnsignedPayload: true, StreamingPayload: true}
	hash := payloadHash([]byte("body"))
	f(hash, Options{})
	f(strings.ToUpper(hash), Options{})
	f(emptyPayload, all, "does not match what was computed", emptyPayload, hash, "the 4 bytes that arrived")
	f("abc", all, "64 hexadecimal digits", "'abc'")
	f(unsignedPayload, Options{UnsignedPayload: true})
	f(unsignedPayload, Options{StreamingPayload: true}, "UNSIGNED-PAYLOAD, which this operation does not allow")
	for _, word := range []string{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-EVENTS"} {
		f(word, Options{StreamingPayload: true})
		f(word, Options{UnsignedPayload: true}, word, "aws-chunked", "does not allow")
	}
	f("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", all, "Signature Version 4A")
}

func TestPayloadTwice(t *testing.T) {
	r := signedAs(t, emptyPayload)
	r.Header.Add(headerPayload, unsignedPayload)
	refused(t, check(r, nil, testSecret, moment, Options{UnsignedPayload: true}), CodeIncomplete, "2 X-Amz-Content-Sha256 headers")
}

func TestPayloadPresigned(t *testing.T) {
	u, err := Presign(&url.URL{Scheme: "https", Host: "h", Path: "/b/k"}, Key{ID: testID, Secret: testSecret}, "s3", "us-east-1", time.Minute, moment)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", u.String(), nil)
	if err := check(r, nil, testSecret, moment, Options{UnsignedPayload: true}); err != nil {
		t.Error(err)
	}
	refused(t, check(r, nil, testSecret, moment, Options{}), CodeInvalid, "UNSIGNED-PAYLOAD, which this operation does not allow")
	u, _ = url.Parse("https://h/b/k?X-Amz-Content-Sha256=" + payloadHash([]byte("x")))
	if u, err = Presign(u, Key{ID: testID, Secret: testSecret}, "iot", "us-east-1", time.Minute, moment); err != nil {
		t.Fatal(err)
	}
	refused(t, check(httptest.NewRequest("GET", u.String(), nil), nil, testSecret, moment, Options{}), CodeInvalid, "does not match what was computed")
}
