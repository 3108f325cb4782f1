package sigv4

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
)

// TestSignAgain: signing twice leaves nothing of the first signature.
func TestSignAgain(t *testing.T) {
	r := httptest.NewRequest("POST", "https://h/p", strings.NewReader("x"))
	if err := Sign(r, []byte("x"), Key{ID: "old", Secret: "old", Token: "old"}, "iot", "eu-west-1", moment.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := Sign(r, []byte("x"), Key{ID: testID, Secret: testSecret}, "iot", "us-east-1", moment); err != nil {
		t.Fatal(err)
	}
	if err := check(r, []byte("x"), testSecret, moment, Options{}); err != nil {
		t.Error(err)
	}
}

func TestSignRefuses(t *testing.T) {
	f := func(r *http.Request, key Key, service, region, want string) {
		t.Helper()
		err := Sign(r, nil, key, service, region, moment)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Sign with %+v for %q in %q: got %v, want an error with %q", key, service, region, err, want)
		}
	}
	r := httptest.NewRequest("GET", "https://h/", nil)
	f(r, Key{Secret: "s"}, "iot", "r", "access key id")
	f(r, Key{ID: "i"}, "iot", "r", "no secret")
	f(r, Key{ID: "i", Secret: "s"}, "", "r", "service")
	f(r, Key{ID: "i", Secret: "s"}, "iot", "", "region")
	f(&http.Request{URL: &url.URL{Path: "/"}}, Key{ID: "i", Secret: "s"}, "iot", "r", "without a host")
}

func TestPresignRefuses(t *testing.T) {
	f := func(u *url.URL, key Key, expires time.Duration, want string) {
		t.Helper()
		_, err := Presign(u, key, "iot", "r", expires, moment)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Presign(%v, %+v, %v): got %v, want an error with %q", u, key, expires, err, want)
		}
	}
	key := Key{ID: "i", Secret: "s"}
	f(&url.URL{Host: "h"}, Key{}, time.Minute, "access key id")
	f(&url.URL{Path: "/mqtt"}, key, time.Minute, "without a host")
	f(&url.URL{Host: "h"}, key, 604801*time.Second, "604801")
	f(&url.URL{Host: "h"}, key, -time.Second, "-1")
}

// TestPresignGateway: the session token stands after the signature.
func TestPresignGateway(t *testing.T) {
	from := &url.URL{Scheme: "wss", Host: "h:443", Path: "/mqtt", RawQuery: "a=b"}
	u, err := Presign(from, Key{ID: testID, Secret: testSecret, Token: "t/k"}, "iotdevicegateway", "us-east-1", 0, moment)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(u.RawQuery, "&X-Amz-Security-Token=t%2Fk") || strings.Contains(u.RawQuery, queryExpires) || from.RawQuery != "a=b" {
		t.Errorf("got %s from %s", u, from)
	}
	r := httptest.NewRequest("GET", u.String(), nil)
	if err := check(r, nil, testSecret, moment, Options{SessionToken: "t/k"}); err != nil {
		t.Error(err)
	}
}
