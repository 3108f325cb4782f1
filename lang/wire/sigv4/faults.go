package sigv4

import (
	"time"

	"telltale/base/fault"
)

// The error names of refused requests, as services that speak JSON spell them. The query protocol and s3 have their own
// spellings, which the protocol layer substitutes.
const (
	CodeMissing      = "MissingAuthenticationTokenException" // no signature at all
	CodeIncomplete   = "IncompleteSignatureException"        // a malformed signature
	CodeUnrecognized = "UnrecognizedClientException"         // an unknown key, or a token that is not its own
	CodeInvalid      = "InvalidSignatureException"           // a signature that does not fit the request
	CodeExpired      = "RequestExpired"                      // a presigned request after its lifetime
	CodeTokenExpired = "ExpiredTokenException"               // temporary credentials after theirs
)

// Missing is the refusal of a request that carries no signature although the operation needs one.
func Missing() *fault.Error {
	return fault.New("sigv4.Parse", fault.Denied, "Missing Authentication Token: the request has neither an Authorization header "+
		"that begins with %s nor X-Amz-Signature in its query.", algorithm).Named(CodeMissing)
}

// UnknownKey is the refusal of an access key that nobody has, or that is not active.
func UnknownKey(accessKeyID string) *fault.Error {
	return fault.New("sigv4.Verify", fault.Denied, "The security token included in the request is invalid: there is no active "+
		"access key %q.", clip(accessKeyID, maxAccessKeyID)).Named(CodeUnrecognized)
}

// TokenExpired is the refusal of temporary credentials whose time ran out at the given time.
func TokenExpired(accessKeyID string, expired, now time.Time) *fault.Error {
	return fault.New("sigv4.Verify", fault.Denied, "The security token included in the request is expired: access key %q expired at "+
		"%s, %s before this server's clock (%s).", clip(accessKeyID, maxAccessKeyID), expired.UTC().Format(time.RFC3339),
		now.Sub(expired).Round(time.Second), now.UTC().Format(time.RFC3339)).Named(CodeTokenExpired)
}

func incomplete(format string, args ...any) error {
	return fault.New("sigv4.Parse", fault.Invalid, format, args...).Named(CodeIncomplete)
}

func invalid(format string, args ...any) error {
	return fault.New("sigv4.Verify", fault.Denied, format, args...).Named(CodeInvalid)
}

// clip keeps foreign text that an error quotes to at most n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
