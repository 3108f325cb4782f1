package policy

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
)

// certificateFields are the attribute types of a distinguished name that policies can ask about, by object identifier.
// (aws: iot/cert-policy-variables)
var certificateFields = map[string]string{
	"2.5.4.3": "CommonName", "2.5.4.4": "Surname", "2.5.4.5": "SerialNumber", "2.5.4.6": "Country", "2.5.4.8": "State",
	"2.5.4.10": "Organization", "2.5.4.11": "OrganizationalUnit", "2.5.4.12": "Title", "2.5.4.42": "GivenName",
	"2.5.4.43": "Initials", "2.5.4.44": "GenerationQualifier", "2.5.4.46": "DistinguishedNameQualifier", "2.5.4.65": "Pseudonym",
}

// SetX509 gives iot:Certificate.* the values of a client certificate. A nil leaf has none.
func (k *Keys) SetX509(leaf *x509.Certificate) {
	if leaf == nil {
		return
	}
	k.Set("iot:Certificate.SerialNumber", leaf.SerialNumber.Text(10))
	fields := make(map[string][]string)
	addName(fields, "Subject.", leaf.Subject.Names)
	addName(fields, "Issuer.", leaf.Issuer.Names)
	addAlternatives(fields, leaf)
	available := make([]string, 0, len(fields))
	for field, values := range fields {
		k.SetCertificate("iot:Certificate."+field, values...)
		available = append(available, "Certificate."+field)
	}
	slices.Sort(available)
	k.Set("iot:Certificate.AvailableKeys", available...)
}

// addName adds the values of a distinguished name by the field's policy name, in order.
func addName(fields map[string][]string, side string, names []pkix.AttributeTypeAndValue) {
	for _, n := range names {
		field, known := certificateFields[n.Type.String()]
		text, ok := n.Value.(string)
		if known && ok {
			fields[side+field] = append(fields[side+field], text)
		}
	}
}

// addAlternatives adds the subject's alternative names.
func addAlternatives(fields map[string][]string, leaf *x509.Certificate) {
	add := func(name string, values []string) {
		if len(values) > 0 {
			fields["Subject.AlternativeName."+name] = values
		}
	}
	var uris, ips []string
	for _, u := range leaf.URIs {
		uris = append(uris, u.String())
	}
	for _, ip := range leaf.IPAddresses {
		ips = append(ips, ip.String())
	}
	add("RFC822Name", leaf.EmailAddresses)
	add("DNSName", leaf.DNSNames)
	add("UniformResourceIdentifier", uris)
	add("IPAddress", ips)
}
