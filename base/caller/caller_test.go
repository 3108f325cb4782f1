package caller

import (
	"context"
	"net/netip"
	"testing"
)

func TestFromWithoutCaller(t *testing.T) {
	if c := From(context.Background()); c == nil || c.Kind != Anonymous {
		t.Fatalf("From(empty) = %+v, want an anonymous caller", c)
	}
	want := &Caller{Scope: Scope{Account: "123456789012", Region: "eu-west-1"}}
	if got := From(With(context.Background(), want)); got != want {
		t.Fatalf("From = %p, want the caller put in, %p", got, want)
	}
}

func TestTraceRoundTrip(t *testing.T) {
	seen := make(map[Trace]bool)
	for range 10_000 {
		trace := NewTrace()
		if seen[trace] {
			t.Fatalf("trace %s came twice", trace)
		}
		seen[trace] = true
		back, err := ParseTrace(trace.String())
		if err != nil || back != trace {
			t.Fatalf("ParseTrace(%s) = %s, %v", trace, back, err)
		}
		if s := trace.String(); s[14] != '4' || (s[19] != '8' && s[19] != '9' && s[19] != 'a' && s[19] != 'b') {
			t.Fatalf("trace %s does not print as a version 4 UUID", s)
		}
	}
}

func TestParseTraceRefuses(t *testing.T) {
	for _, in := range []string{"", "x", "00000000-0000-0000-0000-00000000000g", "00000000000000000000000000000000", "00000000-0000-0000-0000-0000000000000"} {
		if _, err := ParseTrace(in); err == nil {
			t.Errorf("ParseTrace(%q) succeeded", in)
		}
	}
}

func TestNewTraceDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { NewTrace() }); n != 0 {
		t.Errorf("NewTrace allocates %v times", n)
	}
}

func TestSetSource(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var o Origin
		o.SetSource(netip.MustParseAddrPort(in))
		if o.SourceIP != want || o.SourcePort != 1883 {
			t.Errorf("SetSource(%s) = %s port %d, want %s port 1883", in, o.SourceIP, o.SourcePort, want)
		}
	}
	f("192.0.2.1:1883", "192.0.2.1")
	f("[::ffff:192.0.2.1]:1883", "192.0.2.1")
	f("[fe80::1%eth0]:1883", "fe80::1")
}
