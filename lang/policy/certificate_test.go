package policy

import (
	"slices"
	"strings"
	"testing"
)

func TestCertificateValue(t *testing.T) {
	f := func(in, want string, ok bool) {
		t.Helper()
		if got, gotOK := CertificateValue(in); got != want || gotOK != ok {
			t.Errorf("CertificateValue(%q) = %q, %v, want %q, %v", in, got, gotOK, want, ok)
		}
	}
	f("lamp", "lamp", true)
	f("", "", true)
	f(`A, "B" \ =<>;`, `A\, \"B\" \\ \=\<\>\;`, true)
	for _, r := range "*$+?#" {
		f("a"+string(r), "", false)
	}
	f(strings.Repeat("ü", 1024), strings.Repeat("ü", 1024), true)
	f(strings.Repeat("ü", 1025), "", false)
}

func TestSetCertificate(t *testing.T) {
	var k Keys
	k.SetCertificate("iot:Certificate.Subject.Title", "a", "b*", "c", "d", "e", "f")
	f := func(suffix string, want ...string) {
		t.Helper()
		if got := k.Lookup("iot:certificate.subject.title" + suffix); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", suffix, got, want)
		}
	}
	f("", "a")
	f(".1")
	f(".2", "c")
	f(".4", "e")
	f(".5")
	f(".list", "a", "b*", "c", "d", "e")
	k.SetCertificate("iot:Certificate.Subject.Title")
	f(".list")
	f("")
	f(".4")
}

func TestSize(t *testing.T) {
	f := func(in string, want int) {
		t.Helper()
		if got := Size([]byte(in)); got != want {
			t.Errorf("Size(%q) = %d, want %d", in, got, want)
		}
	}
	f("", 0)
	f(" {\n\t\"a b\": \"ü\" }\r\n", 10)
}
