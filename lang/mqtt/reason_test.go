package mqtt

import "testing"

func TestReasonCodes(t *testing.T) {
	known := 0
	for i := range 256 {
		c := ReasonCode(i)
		if reasons[c].in == 0 {
			if c.Explain() != "" || reasons[c].name != "" {
				t.Errorf("0x%02x (%v) belongs in no packet", i, c)
			}
			continue
		}
		known++
		if c.Explain() == "" || reasons[c].name == "" {
			t.Errorf("0x%02x: name %q, text %q; want both", i, c, c.Explain())
		}
	}
	if known != 43 { // the rows of table 2-6
		t.Errorf("%d reason codes are known, want 43", known)
	}
	if got := ReasonCode(0x03).String(); got != "reason 0x03" {
		t.Errorf("unknown code: got %q", got)
	}
	if !Malformed.Failed() || GrantedQoS2.Failed() {
		t.Errorf("Failed: got %t for Malformed, %t for GrantedQoS2", Malformed.Failed(), GrantedQoS2.Failed())
	}
}

func TestReturnCode(t *testing.T) {
	f := func(c, want ReasonCode) {
		t.Helper()
		if got := c.Return(); got != want {
			t.Errorf("(%v).Return() = %d, want %d", c, got, want)
		}
	}
	f(Success, ReturnAccepted)
	f(UnsupportedVersion, ReturnVersion)
	f(ClientIDInvalid, ReturnIdentifierRejected)
	f(BadCredentials, ReturnBadCredentials)
	f(NotAuthorized, ReturnNotAuthorized)
	f(QuotaExceeded, ReturnServerUnavailable)
}

func TestNames(t *testing.T) {
	f := func(got interface{ String() string }, want string) {
		t.Helper()
		if got.String() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(V311, "3.1.1")
	f(V5, "5")
	f(Version(3), "level 3")
	f(TypePuback, "PUBACK")
	f(Type(16), "type 16")
	f(PropTopicAlias, "Topic Alias")
	f(PropertyID(0x04), "property 0x04")
	f(PropertyID(0xff), "property 0xff")
	f(Malformed, "Malformed Packet")
}

func TestOptOr(t *testing.T) {
	if got := Some(uint16(0)).Or(9); got != 0 {
		t.Errorf("present 0: got %d", got)
	}
	if got := (Opt[uint16]{}).Or(9); got != 9 {
		t.Errorf("absent: got %d, want 9", got)
	}
}
