package policy

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"testing"
)

func TestSetX509(t *testing.T) {
	var k Keys
	k.SetX509(nil)
	if got := k.Lookup("iot:certificate.serialnumber"); got != nil {
		t.Errorf("without a certificate: serial number %q", got)
	}
	name := func(oid []int, value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: oid, Value: value}
	}
	k.SetX509(&x509.Certificate{
		SerialNumber: big.NewInt(4711),
		Subject: pkix.Name{Names: []pkix.AttributeTypeAndValue{
			name([]int{2, 5, 4, 3}, "pump"), name([]int{2, 5, 4, 11}, "a"), name([]int{2, 5, 4, 11}, "b=c"), name([]int{1, 2, 3}, "unknown"),
		}},
		Issuer:      pkix.Name{Names: []pkix.AttributeTypeAndValue{name([]int{2, 5, 4, 6}, "I*T")}},
		DNSNames:    []string{"pump.example"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
	})
	f := func(key string, want ...string) {
		t.Helper()
		if got := k.Lookup(fold(key)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	f("iot:Certificate.SerialNumber", "4711")
	f("iot:Certificate.Subject.CommonName", "pump")
	f("iot:Certificate.Subject.OrganizationalUnit", "a")
	f("iot:Certificate.Subject.OrganizationalUnit.1", `b\=c`)
	f("iot:Certificate.Subject.OrganizationalUnit.List", "a", `b\=c`)
	f("iot:Certificate.Issuer.Country") // its * has a meaning in policies
	f("iot:Certificate.Subject.AlternativeName.DNSName", "pump.example")
	f("iot:Certificate.Subject.AlternativeName.IPAddress", "192.0.2.1")
	f("iot:Certificate.AvailableKeys", "Certificate.Issuer.Country", "Certificate.Subject.AlternativeName.DNSName",
		"Certificate.Subject.AlternativeName.IPAddress", "Certificate.Subject.CommonName", "Certificate.Subject.OrganizationalUnit")
}
