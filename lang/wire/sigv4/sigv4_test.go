package sigv4

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
)

const (
	testID     = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// moment is when every fixed request of these tests was signed.
var moment = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// read takes a request off the wire, as a server would.
func read(t testing.TB, wire []byte) (*http.Request, []byte) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		t.Fatalf("ReadRequest(%q): %v", wire, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("body of %q: %v", wire, err)
	}
	return r, body
}

// check parses and verifies in one go.
func check(r *http.Request, body []byte, secret string, now time.Time, opts Options) error {
	s, err := Parse(r)
	if err != nil {
		return err
	}
	if s == nil {
		return Missing()
	}
	return s.Verify(r, body, secret, now, opts)
}

// refused checks that err has the code and says all of the given words.
func refused(t *testing.T, err error, code string, words ...string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want a fault %s", err, err, code)
	}
	if f.Code != code {
		t.Errorf("got %s %q, want %s", f.Code, f.Message(), code)
	}
	for _, word := range words {
		if !strings.Contains(f.Message(), word) {
			t.Errorf("message %q does not say %q", f.Message(), word)
		}
	}
}

// TestBotocore verifies what botocore put on the wire; testdata/botocore/capture.py wrote it down.
func TestBotocore(t *testing.T) {
	files, err := filepath.Glob("testdata/botocore/*.http")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d captured requests, want at least 20 (%v)", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		t.Run(name, func(t *testing.T) {
			wire, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, body := read(t, wire)
			opts := Options{UnsignedPayload: strings.HasPrefix(name, "s3-")}
			if strings.HasPrefix(name, "token-") {
				opts.SessionToken = "IQoJb3JpZ2luX2VjE+/token//with+plus=="
			}
			if err := check(r, body, testSecret, moment.Add(time.Minute), opts); err != nil {
				t.Errorf("%v\n%s", err, wire)
			}
			refused(t, check(r, body, testSecret+"x", moment, opts), CodeInvalid, "Canonical String", "another secret")
		})
	}
}

// TestVectors verifies the requests of AWS's published signing test suite; only the signatures are taken from there.
func TestVectors(t *testing.T) {
	f := func(target, headers, body, names, signature string) {
		t.Helper()
		wire := "GET " + target + " HTTP/1.1\r\nHost:example.amazonaws.com\r\n" + headers + "X-Amz-Date:20150830T123600Z\r\n" +
			"Authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + names +
			", Signature=" + signature + "\r\n\r\n" + body
		if body != "" {
			wire = "POST" + strings.TrimPrefix(wire, "GET")
		}
		r, got := read(t, []byte(wire))
		if err := check(r, got, testSecret, moment, Options{SessionToken: r.Header.Get(headerToken)}); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	const plain = "host;x-amz-date"
	const alphabet = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	f("/", "", "", plain, vanilla)
	f("/example1/example2/../..", "", "", plain, vanilla)
	f("//example//", "", "", plain, "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5")
	f("//example//", "", "", plain, "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84")
	f("/./", "", "", plain, "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145")
	f("/"+alphabet, "", "", plain, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")
	f("/ሴ", "", "", plain, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")
	f("/?Param1=value1", "", "", plain, "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")
	f("/?Param2=value2&Param1=value1", "", "", plain, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
	f("/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", "", "", plain, "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac")
	f("/?ሴ=bar", "", "", plain, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")
	f("/", "My-Header1:value2\r\nMy-Header1:value2\r\nMy-Header1:value1\r\n", "", "host;my-header1;x-amz-date",
		"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")
	f("/", "My-Header1:value4\r\nMy-Header1:value1\r\nMy-Header1:value3\r\nMy-Header1:value2\r\n", "", "host;my-header1;x-amz-date",
		"08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01")
	f("/", "My-Header1: value1\r\nMy-Header2: \"a   b   c\"\r\n", "", "host;my-header1;my-header2;x-amz-date",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
	f("/", "X-Amz-Security-Token:6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267\r\n", "", "host;x-amz-date;x-amz-security-token",
		"07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8")
	f("/", "Content-Type:application/x-www-form-urlencoded\r\nContent-Length:13\r\n"+
		"x-amz-content-sha256:9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e\r\n", "Param1=value1",
		"content-length;content-type;host;x-amz-content-sha256;x-amz-date", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b")

	r, _ := read(t, []byte("GET /?"+alphabet+"="+alphabet+"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2F"+
		"service%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Signature="+
		"8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf HTTP/1.1\r\nHost:example.amazonaws.com\r\nX-Amz-Date:20150830T123600Z\r\n\r\n"))
	if err := check(r, nil, testSecret, moment.Add(time.Hour), Options{}); err != nil {
		t.Errorf("presigned: %v", err)
	}
}
