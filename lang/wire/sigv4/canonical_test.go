package sigv4

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	f := func(in string, keepSlash bool, want string) {
		t.Helper()
		if got := escape(in, keepSlash); got != want {
			t.Errorf("escape(%q, %t) = %q, want %q", in, keepSlash, got, want)
		}
	}
	f("", false, "")
	f("aZ09-._~", false, "aZ09-._~")
	f("a/b%2F", true, "a/b%252F")
	f("a/b", false, "a%2Fb")
	f(" +ü*\x00\xff", false, "%20%2B%C3%BC%2A%00%FF")
}

func TestUnescape(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
	f("a+b", "a+b")
	f("%41%c3%BC%2f", "Aü/")
	f("%", "%")
	f("%4", "%4")
	f("%4g%zz%41", "%4g%zzA")
	f("%%41", "%A")
}

func TestFoldSegments(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := foldSegments(in); got != want {
			t.Errorf("foldSegments(%q) = %q, want %q", in, got, want)
		}
	}
	f("/", "/")
	f("/a/b/", "/a/b/")
	f("//", "/")
	f("//a//b//", "/a/b/")
	f("/a/./b/../c", "/a/c")
	f("/../../a", "/a")
	f("/a/..", "/")
	f("/a/../", "/")
	f("/.hidden/%2E%2E/x", "/.hidden/%2E%2E/x")
}

func TestAppendFolded(t *testing.T) {
	f := func(in string, tabs bool, want string) {
		t.Helper()
		if got := string(appendFolded([]byte("k:"), in, tabs)); got != "k:"+want {
			t.Errorf("appendFolded(%q, %t) = %q, want %q", in, tabs, got, "k:"+want)
		}
	}
	f("", false, "")
	f("  \t ", false, "")
	f(" a   b ", false, "a b")
	f(`"a   b"`, false, `"a b"`)
	f("a\t b", false, "a\t b")
	f("a\t b", true, "a b")
}

func TestCanonicalQuery(t *testing.T) {
	f := func(raw string, presigned bool, want string) {
		t.Helper()
		var got []string
		for _, p := range canonicalQuery(raw, presigned) {
			got = append(got, p.name+"="+p.value)
		}
		if strings.Join(got, "&") != want {
			t.Errorf("canonicalQuery(%q) = %q, want %q", raw, got, want)
		}
	}
	f("", false, "")
	f("b&a=", false, "a=&b=")
	f("a-b=1&a=2&a=1&A=3", false, "A=3&a=1&a=2&a-b=1") // by name, then value, not by the text of both
	f("k=a/b&k=a-b", false, "k=a%2Fb&k=a-b")           // after escaping
	f("k=a+b%20c%2b;d", false, "k=a%2Bb%20c%2B%3Bd")
	f("&&a=1=2&", false, "a=1%3D2")
	f("a=%zz", false, "a=%25zz")
	f("X-Amz-Signature=1&a", true, "a=")
	f("X-Amz-Signature=1&a", false, "X-Amz-Signature=1&a=")
}

// TestCanonicalHeaders: what net/http keeps outside the header is signed all the same.
func TestCanonicalHeaders(t *testing.T) {
	f := func(length int64, want string) {
		t.Helper()
		r := httptest.NewRequest("POST", "https://h.example:8443/a%20b?x", nil)
		r.ContentLength, r.TransferEncoding = length, []string{"chunked"}
		r.Header = http.Header{"X-Amz-A": {" 1", "2  3 "}, "Content-Length": {"as sent"}}
		c := newCanonical(r, false, "absent;content-length;host;transfer-encoding;x-amz-a", "hash")
		if got := string(c.append(nil, c.spellings("iot")[0])); got != want {
			t.Errorf("canonical request\n got %q\nwant %q", got, want)
		}
	}
	f(7, "POST\n/a%2520b\nx=\nabsent:\ncontent-length:7\nhost:h.example:8443\ntransfer-encoding:chunked\nx-amz-a:1,2 3\n\n"+
		"absent;content-length;host;transfer-encoding;x-amz-a\nhash")
	f(-1, "POST\n/a%2520b\nx=\nabsent:\ncontent-length:as sent\nhost:h.example:8443\ntransfer-encoding:chunked\nx-amz-a:1,2 3\n\n"+
		"absent;content-length;host;transfer-encoding;x-amz-a\nhash")
}

func TestSpellings(t *testing.T) {
	f := func(target, service string, want ...string) {
		t.Helper()
		c := newCanonical(httptest.NewRequest("GET", target, nil), true, "host", "")
		var got []string
		for _, s := range c.spellings(service) {
			got = append(got, s.path+map[bool]string{true: " without token"}[s.omitToken])
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("spellings of %s for %s: got %q, want %q", target, service, got, want)
		}
	}
	f("https://h", "iot", "/")
	f("https://h/a%2Fb", "iot", "/a%252Fb")
	f("https://h//a/./b", "iot", "//a/./b", "/a/b")
	f("https://h//a%2f+b", "s3", "//a%2f+b", "//a/%2Bb")
	f("https://h/mqtt?X-Amz-Security-Token=x", "iotdevicegateway", "/mqtt without token", "/mqtt")
	f("https://h/mqtt?X-Amz-Security-Token=x", "iotdata", "/mqtt")
	f("https://h/mqtt", "iotdevicegateway", "/mqtt")
}
