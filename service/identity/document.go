package identity

import (
	"net/url"
	"strings"

	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iam"
)

// checkDocument refuses a policy document that cannot be read.
func checkDocument(text string, dialect policy.Dialect) error {
	if _, err := policy.Parse([]byte(text), dialect); err != nil {
		return fault.New("", fault.Invalid, "%s", sentence(err.Error())).Named(iam.MalformedPolicyDocumentException)
	}
	return nil
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// escapeDocument is how IAM returns documents: percent-encoded as RFC 3986 has it.
func escapeDocument(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
