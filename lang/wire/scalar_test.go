package wire

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	f := func(text string, want time.Time) {
		t.Helper()
		got, err := ParseTime(text)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	at := time.Unix(1763600000, 0)
	f("1763600000", at)
	f("1763600000.25", at.Add(250*time.Millisecond))
	f("1.7636e9", at)
	f("-1.5", time.UnixMilli(-1500))
	f("2025-11-20T00:53:20Z", at)
	f("2025-11-20T02:53:20.25+02:00", at.Add(250*time.Millisecond))
	f("2025-11-20T02:53:20+0200", at)
	f("2025-11-20T00:53:20", at)
	f("Thu, 20 Nov 2025 00:53:20 GMT", at)
	for _, bad := range []string{"", "x", "1e300", "NaN", "2025-13-01T00:00:00Z"} {
		if got, err := ParseTime(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestAppendTimes(t *testing.T) {
	f := func(at time.Time, epoch, iso string) {
		t.Helper()
		if got := string(AppendEpoch(nil, at)); got != epoch {
			t.Errorf("%v: got %s, want %s", at, got, epoch)
		}
		if got := string(AppendISO(nil, at)); got != iso {
			t.Errorf("%v: got %s, want %s", at, got, iso)
		}
	}
	f(time.Unix(1763600000, 0), "1763600000", "2025-11-20T00:53:20Z")
	f(time.Unix(1763600000, 999999999), "1763600000.999", "2025-11-20T00:53:20.999Z")
	f(time.UnixMilli(-1500), "-1.500", "1969-12-31T23:59:58.5Z")
}

func TestParseInt(t *testing.T) {
	f := func(text string, bits int, want int64, ok bool) {
		t.Helper()
		if got, err := ParseInt(text, bits); got != want || (err == nil) != ok {
			t.Errorf("%s of %d bits: got %d, %v, want %d", text, bits, got, err, want)
		}
	}
	f("9223372036854775807", 64, 9223372036854775807, true)
	f("9223372036854775808", 64, 0, false)
	f("2147483648", 32, 0, false)
	f("1e3", 32, 1000, true)
	f("1e30", 64, 0, false)
	f("1.5", 32, 0, false)
	f("", 32, 0, false)
}

func TestInflate(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte("hello"))
	z.Close()
	if got, err := Inflate("gzip", b.Bytes()); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := Inflate("", []byte("plain")); err != nil || string(got) != "plain" {
		t.Errorf("got %q, %v", got, err)
	}
	var bomb bytes.Buffer
	z = gzip.NewWriter(&bomb)
	z.Write(make([]byte, MaxBody+1))
	z.Close()
	f := func(encoding string, body []byte, want string) {
		t.Helper()
		if _, err := Inflate(encoding, body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", encoding, err, want)
		}
	}
	f("gzip", bomb.Bytes(), "larger than the 8388608 bytes allowed")
	f("gzip", []byte("no"), "says it is gzip, but is not")
	f("br", nil, `"br" is not known: use gzip or none`)
	if _, err := ReadBody(bytes.NewReader(make([]byte, MaxBody+1))); err == nil {
		t.Error("a body over the limit was read")
	}
}
