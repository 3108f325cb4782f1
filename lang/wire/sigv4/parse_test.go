package sigv4

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

const zeroes = "0000000000000000000000000000000000000000000000000000000000000000"

func TestParse(t *testing.T) {
	r := httptest.NewRequest("GET", "https://h/", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=id/20150830/r-1/execute-api/aws4_request,SignedHeaders=a-b;host,  Signature="+zeroes)
	r.Header.Set(headerDate, "20150830T123600Z")
	r.Header.Set(headerToken, "t")
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Credential{AccessKeyID: "id", Date: "20150830", Region: "r-1", Service: "execute-api"}); s.Credential() != want {
		t.Errorf("credential %+v, want %+v", s.Credential(), want)
	}
	if s.SessionToken() != "t" || !s.Time().Equal(moment) || s.Presigned() || !reflect.DeepEqual(s.SignedHeaders(), []string{"a-b", "host"}) {
		t.Errorf("got token %q, time %v, presigned %t, headers %q", s.SessionToken(), s.Time(), s.Presigned(), s.SignedHeaders())
	}
}

func TestUnsigned(t *testing.T) {
	for _, authorization := range []string{"", "Bearer AWS4-HMAC-SHA256", "Basic dTpw"} {
		r := httptest.NewRequest("GET", "https://h/?X-Amz-Date=1&Signature=2", nil)
		r.Header.Set("Authorization", authorization)
		if s, err := Parse(r); s != nil || err != nil {
			t.Errorf("Authorization %q: got %v, %v, want nothing", authorization, s, err)
		}
	}
	refused(t, Missing(), CodeMissing, "Missing Authentication Token")
}

func TestParseHeaderErrors(t *testing.T) {
	f := func(authorization, code string, words ...string) {
		t.Helper()
		r := httptest.NewRequest("GET", "https://h/", nil)
		r.Header.Set("Authorization", authorization)
		r.Header.Set(headerDate, "20150830T123600Z")
		_, err := Parse(r)
		refused(t, err, code, words...)
	}
	const scope = "Credential=id/20150830/r/s/aws4_request"
	const rest = ", SignedHeaders=host, Signature=" + zeroes
	f("AWS4-HMAC-SHA256", CodeIncomplete, "requires 'Credential'")
	f("AWS4-HMAC-SHA256 ", CodeIncomplete, "requires 'Credential'")
	f("AWS4-HMAC-SHA256 x", CodeIncomplete, `"x" is not a valid key=value pair`)
	f("AWS4-HMAC-SHA256 "+scope, CodeIncomplete, "does not have: 'SignedHeaders', 'Signature'")
	f("AWS4-HMAC-SHA256 "+scope+rest+", Realm=x", CodeIncomplete, `unknown parameter "Realm"`)
	f("AWS4-HMAC-SHA256 "+scope+", "+scope+rest, CodeIncomplete, "more than one Credential")
	f("AWS4-HMAC-SHA512 "+scope+rest, CodeIncomplete, "AWS4-HMAC-SHA512", "only one offered is AWS4-HMAC-SHA256")
	f("AWS4-ECDSA-P256-SHA256 "+scope+rest, CodeIncomplete, "Signature Version 4A")
	f("AWS id:c2ln", CodeIncomplete, "Signature Version 2")
	f("AWS4-HMAC-SHA256 Credential=id"+rest, CodeIncomplete, "exactly 5 slash-delimited elements", "got 'id'")
	f("AWS4-HMAC-SHA256 Credential=a/b/20150830/r/s/aws4_request"+rest, CodeIncomplete, "exactly 5")
	f("AWS4-HMAC-SHA256 Credential=/20150830/r/s/aws4_request"+rest, CodeIncomplete, "1 to 128 bytes, got 0")
	f("AWS4-HMAC-SHA256 Credential="+strings.Repeat("i", 129)+"/20150830/r/s/aws4_request"+rest, CodeIncomplete, "got 129")
	f("AWS4-HMAC-SHA256 Credential=id/2015083x/r/s/aws4_request"+rest, CodeIncomplete, "YYYYMMDD")
	f("AWS4-HMAC-SHA256 Credential=id/20150830//s/aws4_request"+rest, CodeIncomplete, "region")
	f("AWS4-HMAC-SHA256 Credential=id/20150830/r//aws4_request"+rest, CodeIncomplete, "service")
	f("AWS4-HMAC-SHA256 Credential=id/20150830/r/s/aws5_request"+rest, CodeIncomplete, "must end with 'aws4_request'")
	f("AWS4-HMAC-SHA256 Credential=id/20150829/r/s/aws4_request"+rest, CodeInvalid, "'20150829' != '20150830', from '20150830T123600Z'")
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=a, Signature="+zeroes, CodeInvalid, "'Host' must be a 'SignedHeader'", "'a'")
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host;a, Signature="+zeroes, CodeIncomplete, `ascending order`, `"a" stands after "host"`)
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host;host, Signature="+zeroes, CodeIncomplete, `without repetition`)
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=Host, Signature="+zeroes, CodeIncomplete, `"Host" is not one`)
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host;, Signature="+zeroes, CodeIncomplete, `"" is not one`)
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host, Signature=0", CodeIncomplete, "64 hexadecimal digits", "it has 1 bytes")
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host, Signature="+zeroes+"00", CodeIncomplete, "it has 66 bytes")
	f("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host, Signature=x"+zeroes[1:], CodeIncomplete, "64 hexadecimal digits; it is \"x0")
	f("AWS4-HMAC-SHA256 "+strings.Repeat("x", maxAuthorization), CodeIncomplete, "at most 16384")
}

func TestParseRequestErrors(t *testing.T) {
	const authorization = "AWS4-HMAC-SHA256 Credential=id/20150830/r/s/aws4_request, SignedHeaders=host, Signature=" + zeroes
	const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=id%2F20150830%2Fr%2Fs%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=" + zeroes
	f := func(query string, headers []string, code string, words ...string) {
		t.Helper()
		r := httptest.NewRequest("GET", "https://h/?"+query, nil)
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Add(name, value)
		}
		s, err := Parse(r)
		if code == "" {
			if s == nil || err != nil {
				t.Errorf("query %q, headers %q: got %v, %v", query, headers, s, err)
			}
			return
		}
		refused(t, err, code, words...)
	}
	auth, date := "Authorization: "+authorization, "X-Amz-Date: 20150830T123600Z"
	f("", []string{auth, date}, "")
	f("", []string{auth, "Date: Sun, 30 Aug 2015 12:36:00 GMT"}, "")
	f("", []string{auth, "Date: Sun, 30 Aug 2015 12:36:00 -0000"}, "")
	f("", []string{auth, "Date: 20150830T123600Z"}, "")
	f("", []string{auth}, CodeIncomplete, "either a 'X-Amz-Date' or a 'Date' header")
	f("", []string{auth, "Date: yesterday"}, CodeIncomplete, "Got 'yesterday'")
	f("", []string{auth, "X-Amz-Date: 2015-08-30T12:36:00Z"}, CodeIncomplete, "YYYYMMDDTHHMMSSZ")
	f("", []string{auth, "X-Amz-Date: 20150830T123600.5Z"}, CodeIncomplete, "YYYYMMDDTHHMMSSZ")
	f("", []string{auth, date, date}, CodeIncomplete, "2 X-Amz-Date headers")
	f("", []string{auth, date, "X-Amz-Security-Token: a", "X-Amz-Security-Token: b"}, CodeIncomplete, "2 X-Amz-Security-Token headers")
	f("", []string{auth, auth, date}, CodeIncomplete, "2 Authorization headers")
	f(query, nil, "")
	f(query, []string{"Authorization: Bearer x"}, "")
	f(query, []string{auth, date}, CodeIncomplete, "signed twice")
	f(query+"&X-Amz-Signature=1", nil, CodeIncomplete, "more than one X-Amz-Signature")
	f(query+"&X%2DAmz-Date=1", nil, CodeIncomplete, "more than one X-Amz-Date")
	f(strings.Replace(query, "HMAC-SHA256", "ECDSA-P256-SHA256", 1), nil, CodeIncomplete, "Signature Version 4A")
	f("X-Amz-Signature=1", nil, CodeIncomplete, "must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-SignedHeaders', 'X-Amz-Date'.")
	f("AWSAccessKeyId=id&Signature=x&Expires=1", nil, CodeIncomplete, "Signature Version 2", "s3v4")
	for _, expires := range []string{"0", "-1", "604801", "1h", "99999999999999999999"} {
		f(query+"&X-Amz-Expires="+expires, nil, CodeIncomplete, "from 1 to 604800", "'"+expires+"'")
	}
	f(query+"&X-Amz-Expires=604800", nil, "")
	f(strings.Repeat("&", maxParameters), nil, CodeIncomplete, "2049 parameters")
	f(strings.Repeat("x", maxQuery+1), nil, CodeIncomplete, "65537 bytes")
}

func TestOwnFaults(t *testing.T) {
	refused(t, UnknownKey("AKIA1"), CodeUnrecognized, `no active access key "AKIA1"`)
	refused(t, TokenExpired("ASIA1", moment, moment.Add(90*time.Second)), CodeTokenExpired, `"ASIA1" expired at 2015-08-30T12:36:00Z, 1m30s before`)
}
