package sigv4

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// signed returns a request as a server sees it, signed by Sign with a long-term key.
func signed(t testing.TB, method, target, body string, service string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Add("X-Amz-Note", "one")
	r.Header.Add("X-Amz-Note", "two  three")
	if err := Sign(r, []byte(body), Key{ID: testID, Secret: testSecret}, service, "us-east-1", moment); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTampering changes each part of a signed request in turn.
func TestTampering(t *testing.T) {
	const body = `{"a":1}`
	f := func(name, code string, change func(r *http.Request, body *string)) {
		t.Helper()
		r, sent := signed(t, "POST", "https://iot.example:8443/things/a%2Fb?x=1&y=&x=2", body, "iot"), body
		if err := check(r, []byte(sent), testSecret, moment, Options{}); err != nil {
			t.Fatalf("%s: refused before it was changed: %v", name, err)
		}
		change(r, &sent)
		err := check(r, []byte(sent), testSecret, moment, Options{})
		if err == nil {
			t.Errorf("%s: the changed request is accepted", name)
			return
		}
		refused(t, err, code)
	}
	replace := func(old, new string) func(*http.Request, *string) {
		return func(r *http.Request, _ *string) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	f("method", CodeInvalid, func(r *http.Request, _ *string) { r.Method = "PUT" })
	f("path", CodeInvalid, func(r *http.Request, _ *string) { r.URL.RawPath, r.URL.Path = "", "/things/a/b" })
	f("query value", CodeInvalid, func(r *http.Request, _ *string) { r.URL.RawQuery = "x=1&y=&x=3" })
	f("query more", CodeInvalid, func(r *http.Request, _ *string) { r.URL.RawQuery += "&z" })
	f("query less", CodeInvalid, func(r *http.Request, _ *string) { r.URL.RawQuery = "x=1&x=2" })
	f("host", CodeInvalid, func(r *http.Request, _ *string) { r.Host = "iot.example:8444" })
	f("header", CodeInvalid, func(r *http.Request, _ *string) { r.Header.Set("Content-Type", "text/plain") })
	f("header order", CodeInvalid, func(r *http.Request, _ *string) { slices.Reverse(r.Header["X-Amz-Note"]) })
	f("header gone", CodeInvalid, func(r *http.Request, _ *string) { r.Header.Del("X-Amz-Note") })
	f("body", CodeInvalid, func(_ *http.Request, b *string) { *b = `{"a":2}` })
	f("date", CodeInvalid, func(r *http.Request, _ *string) { r.Header.Set(headerDate, "20150830T123601Z") })
	f("day", CodeInvalid, func(r *http.Request, _ *string) { r.Header.Set(headerDate, "20150831T123600Z") })
	f("token", CodeUnrecognized, func(r *http.Request, _ *string) { r.Header.Set(headerToken, "x") })
	f("declared body", CodeInvalid, func(r *http.Request, _ *string) { r.Header.Set(headerPayload, emptyPayload) })
	f("region", CodeInvalid, replace("us-east-1", "us-east-2"))
	f("service", CodeInvalid, replace("/iot/", "/iotdata/"))
	f("scope day", CodeInvalid, replace("/20150830/", "/20150829/"))
	f("signed headers", CodeInvalid, replace("content-type;", ""))
	f("host unsigned", CodeInvalid, replace("host;", ""))
	f("signature", CodeInvalid, func(r *http.Request, _ *string) {
		auth := r.Header.Get("Authorization")
		last := map[bool]string{true: "1", false: "0"}[strings.HasSuffix(auth, "0")]
		r.Header.Set("Authorization", auth[:len(auth)-1]+last)
	})
	f("signature short", CodeIncomplete, func(r *http.Request, _ *string) {
		r.Header.Set("Authorization", strings.TrimRight(r.Header.Get("Authorization"), "0123456789abcdef"))
	})
}

// TestTamperingPresigned changes or removes each parameter of a presigned query in turn.
func TestTamperingPresigned(t *testing.T) {
	u, _ := url.Parse("https://iot.example/path?Action=a%20b")
	u, err := Presign(u, Key{ID: testID, Secret: testSecret, Token: "tok/en"}, "sts", "us-east-1", time.Minute, moment)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(q url.Values) error {
		r := httptest.NewRequest("GET", "https://iot.example/path?"+strings.ReplaceAll(q.Encode(), "+", "%20"), nil)
		return check(r, nil, testSecret, moment, Options{SessionToken: "tok/en"})
	}
	if err := verify(u.Query()); err != nil {
		t.Fatalf("refused before it was changed: %v", err)
	}
	for name := range u.Query() {
		for _, change := range []func(url.Values){
			func(q url.Values) { q.Del(name) },
			func(q url.Values) { q.Set(name, q.Get(name)+"1") },
			func(q url.Values) { q.Add(name, q.Get(name)) },
			func(q url.Values) { q[strings.ToLower(name)] = q[name]; q.Del(name) },
		} {
			q := u.Query()
			change(q)
			if verify(q) == nil {
				t.Errorf("accepted with query %v", q)
			}
		}
	}
}

func TestClock(t *testing.T) {
	r := signed(t, "GET", "https://h/", "", "iot")
	f := func(after, skew time.Duration, code string, words ...string) {
		t.Helper()
		err := check(r, nil, testSecret, moment.Add(after), Options{MaxSkew: skew})
		if code == "" {
			if err != nil {
				t.Errorf("%v after signing, skew %v: %v", after, skew, err)
			}
			return
		}
		refused(t, err, code, words...)
	}
	f(5*time.Minute, 0, "")
	f(-5*time.Minute, 0, "")
	f(5*time.Minute+time.Second, 0, CodeInvalid, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)",
		"clock reads 2015-08-30T12:41:01Z", "5m1s after")
	f(-5*time.Minute-time.Second, 0, CodeInvalid, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z", "+ 5 min.", "5m1s before")
	f(time.Hour, 2*time.Hour, "")
	f(11*time.Second, 10*time.Second, CodeInvalid, "- 10s)")
}

func TestClockPresigned(t *testing.T) {
	f := func(lifetime, after time.Duration, code string, words ...string) {
		t.Helper()
		u, err := Presign(&url.URL{Scheme: "wss", Host: "h", Path: "/mqtt"}, Key{ID: testID, Secret: testSecret}, "iotdevicegateway", "us-east-1", lifetime, moment)
		if err != nil {
			t.Fatal(err)
		}
		err = check(httptest.NewRequest("GET", u.String(), nil), nil, testSecret, moment.Add(after), Options{})
		if code == "" {
			if err != nil {
				t.Errorf("lifetime %v, used after %v: %v", lifetime, after, err)
			}
			return
		}
		refused(t, err, code, words...)
	}
	f(time.Hour, time.Hour, "")
	f(time.Hour, -5*time.Minute, "")
	f(time.Hour, time.Hour+time.Second, CodeExpired, "presigned at 2015-08-30T12:36:00Z for 3600 seconds, until 2015-08-30T13:36:00Z", "1s too late")
	f(time.Hour, -5*time.Minute-time.Second, CodeInvalid, "not yet current")
	f(time.Minute, 2*time.Minute, CodeExpired)
	f(0, 5*time.Minute, "")
	f(0, 5*time.Minute+time.Second, CodeInvalid, "Signature expired")
	f(24*time.Hour, time.Hour, "")
	f(24*time.Hour+time.Second, 0, CodeIncomplete, "from 1 to 86400")
}

func TestSessionToken(t *testing.T) {
	f := func(sent, expected, code string, words ...string) {
		t.Helper()
		r := httptest.NewRequest("GET", "https://h/", nil)
		if err := Sign(r, nil, Key{ID: testID, Secret: testSecret, Token: sent}, "iot", "us-east-1", moment); err != nil {
			t.Fatal(err)
		}
		err := check(r, nil, testSecret, moment, Options{SessionToken: expected})
		if code == "" && err != nil {
			t.Errorf("token %q, expected %q: %v", sent, expected, err)
		}
		if code != "" {
			refused(t, err, code, words...)
		}
	}
	f("", "", "")
	f("abc", "abc", "")
	f("abd", "abc", CodeUnrecognized, "not the one issued")
	f("", "abc", CodeUnrecognized, "needs its session token")
	f("abc", "", CodeUnrecognized, "long-term key")
}

// TestGatewayToken: the device gateway takes a token that is added after signing and one that is signed, no other service does.
func TestGatewayToken(t *testing.T) {
	key := Key{ID: testID, Secret: testSecret}
	f := func(service string, ok bool) {
		t.Helper()
		u, err := Presign(&url.URL{Scheme: "wss", Host: "h", Path: "/mqtt"}, key, service, "us-east-1", time.Minute, moment)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", u.String()+"&X-Amz-Security-Token=t%2F%2B", nil)
		if err := check(r, nil, testSecret, moment, Options{SessionToken: "t/+"}); (err == nil) != ok {
			t.Errorf("token after signing for %s: accepted %t, want %t (%v)", service, err == nil, ok, err)
		}
	}
	f("iotdevicegateway", true)
	f("iotwireless", false)
	key.Token = "other"
	u, _ := Presign(&url.URL{Scheme: "wss", Host: "h", Path: "/mqtt"}, key, "iotwireless", "us-east-1", time.Minute, moment)
	r := httptest.NewRequest("GET", u.String(), nil)
	if err := check(r, nil, testSecret, moment, Options{SessionToken: "other"}); err != nil {
		t.Errorf("token in the signed query: %v", err)
	}
}

// TestMismatchSaysWhy makes typical mistakes and looks for their names in the error.
func TestMismatchSaysWhy(t *testing.T) {
	f := func(want string, change func(r *http.Request, body *string)) {
		t.Helper()
		r, body := signed(t, "POST", "https://h:8443/p?q=%20", "{}", "iot"), "{}"
		change(r, &body)
		refused(t, check(r, []byte(body), testSecret, moment, Options{}), CodeInvalid, want)
	}
	resign := func(r *http.Request, body string) {
		if err := Sign(r, []byte(body), Key{ID: testID, Secret: testSecret}, "iot", "us-east-1", moment); err != nil {
			t.Fatal(err)
		}
	}
	f("POST\n/p\nq=%20\ncontent-type:application/json\nhost:other\n", func(r *http.Request, _ *string) { r.Host = "other" })
	f("host (other), path", func(r *http.Request, _ *string) { r.Host = "other" })
	f("an empty body was signed", func(r *http.Request, _ *string) { resign(r, "") })
	f("without its port", func(r *http.Request, _ *string) { r.Host = "h"; resign(r, "{}"); r.Host = "h:8443" })
	f("with port 443", func(r *http.Request, _ *string) { r.Host = "h:443"; resign(r, "{}"); r.Host = "h" })
	f("with port 80", func(r *http.Request, _ *string) { r.Host = "h:80"; resign(r, "{}"); r.Host = "h" })
	f("signed as POST", func(r *http.Request, _ *string) { r.Method = "GET" })
	f("send %20", func(r *http.Request, _ *string) { r.URL.RawQuery = "q=+" })
	f("did not arrive, perhaps taken out by a proxy: x-amz-note.", func(r *http.Request, _ *string) { r.Header.Del("X-Amz-Note") })
	f("another secret", func(r *http.Request, body *string) { *body = "{ }" })

	r := httptest.NewRequest("GET", "https://h/", nil)
	if err := Sign(r, nil, Key{ID: testID, Secret: "wrong", Token: "very-secret/token"}, "iot", "us-east-1", moment); err != nil {
		t.Fatal(err)
	}
	err := check(r, nil, testSecret, moment, Options{SessionToken: "very-secret/token"})
	refused(t, err, CodeInvalid, "x-amz-security-token:<session token of 17 bytes>")
	if strings.Contains(err.Error(), "very-secret") {
		t.Errorf("the error shows the session token: %v", err)
	}
}
