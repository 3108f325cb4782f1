package policy

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxCertificateValue  = 1024 // characters
	maxCertificateValues = 5    // of one field
)

// CertificateValue is the text that stands for a certificate field in a policy: special characters are escaped
// with a backslash. It reports false for a value that may not stand in a policy at all, because it is longer than
// 1024 characters or holds a character with a meaning there; its variable stays without a value.
//
// aws: iot/cert-policy-variables
func CertificateValue(s string) (string, bool) {
	if strings.ContainsAny(s, "*$+?#") || utf8.RuneCountInString(s) > maxCertificateValue {
		return "", false
	}
	return escapeCertificate(s), true
}

func escapeCertificate(s string) string {
	if !strings.ContainsAny(s, `,"\+=<>;`) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`,"\+=<>;`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// SetCertificate gives a certificate field its values, at most five: name has the first, name.1 the second and so
// on, name.List all of them. A value that CertificateValue refuses leaves its own name empty but stays in the list,
// so that ForAllValues cannot pass by overlooking it.
func (k *Keys) SetCertificate(name string, values ...string) {
	values = values[:min(len(values), maxCertificateValues)]
	all := make([]string, len(values))
	for i := range maxCertificateValues {
		indexed := name
		if i > 0 {
			indexed += "." + strconv.Itoa(i)
		}
		k.Set(indexed) // An earlier certificate may have had more values.
		if i >= len(values) {
			continue
		}
		all[i] = escapeCertificate(values[i])
		if usable, ok := CertificateValue(values[i]); ok {
			k.Set(indexed, usable)
		}
	}
	k.Set(name+".List", all...)
}
