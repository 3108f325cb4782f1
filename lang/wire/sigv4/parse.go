package sigv4

import (
	"encoding/hex"
	"net/http"
	"strings"
)

// Limits of what is read before anything is verified.
const (
	maxAuthorization = 16 << 10 // bytes of the Authorization header
	maxQuery         = 64 << 10 // bytes of the raw query
	maxParameters    = 2048     // parameters of the query
	maxAccessKeyID   = 128      // bytes; the IAM limit
	maxQuoted        = 200      // bytes of foreign text quoted in an error
)

// Parse finds the signature of r in its Authorization header or in its query. It returns nil and no error when r is unsigned,
// which includes an Authorization header of another scheme, such as Bearer; [Missing] is the refusal for that.
//
// What looks like an AWS signature but is malformed, ambiguous, or of another version is refused with
// IncompleteSignatureException, a scope that contradicts the request's own date or leaves the host unsigned with
// InvalidSignatureException.
func Parse(r *http.Request) (*Signature, error) {
	if err := checkQuerySize(r.URL.RawQuery); err != nil {
		return nil, err
	}
	authorization, err := authorization(r.Header)
	if err != nil {
		return nil, err
	}
	presigned, err := presignedBy(r.URL.RawQuery)
	switch {
	case err != nil:
		return nil, err
	case authorization != "" && presigned:
		return nil, incomplete("The request is signed twice: in the Authorization header and by X-Amz- parameters in the query. Use one of them.")
	case authorization != "":
		return parseHeader(r.Header, authorization)
	case presigned:
		return parsePresigned(r.URL.RawQuery)
	}
	return nil, nil
}

func checkQuerySize(raw string) error {
	if len(raw) > maxQuery {
		return incomplete("The query string is %d bytes long; at most %d can be verified.", len(raw), maxQuery)
	}
	if n := strings.Count(raw, "&") + 1; n > maxParameters {
		return incomplete("The query string has %d parameters; at most %d can be verified.", n, maxParameters)
	}
	return nil
}

// authorization returns the parameters of the AWS4-HMAC-SHA256 header, or nothing if there is no AWS signature in the headers.
func authorization(h http.Header) (string, error) {
	values := h["Authorization"]
	aws := false
	for _, v := range values {
		aws = aws || strings.HasPrefix(v, "AWS")
	}
	if !aws {
		return "", nil
	}
	if len(values) > 1 {
		return "", incomplete("The request has %d Authorization headers; exactly one is allowed.", len(values))
	}
	if len(values[0]) > maxAuthorization {
		return "", incomplete("The Authorization header is %d bytes long; at most %d are allowed.", len(values[0]), maxAuthorization)
	}
	scheme, parameters, _ := strings.Cut(values[0], " ")
	if err := checkAlgorithm(scheme); err != nil {
		return "", err
	}
	if strings.TrimSpace(parameters) == "" {
		return "", incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters after %s; it has none.", algorithm)
	}
	return parameters, nil
}

// checkAlgorithm names the relatives of Signature Version 4 that are recognised and not served.
func checkAlgorithm(name string) error {
	switch {
	case name == algorithm:
		return nil
	case strings.HasPrefix(name, "AWS4-ECDSA-"):
		return incomplete("Unsupported AWS 'algorithm': %q is Signature Version 4A (asymmetric), which is not offered here. Sign with %s.",
			clip(name, maxQuoted), algorithm)
	case name == "AWS":
		return incomplete("Unsupported AWS 'algorithm': this is Signature Version 2, which is not offered here. "+
			"Sign with %s (boto3: signature_version=\"s3v4\").", algorithm)
	}
	return incomplete("Unsupported AWS 'algorithm': %q; the only one offered is %s.", clip(name, maxQuoted), algorithm)
}

func parseHeader(h http.Header, parameters string) (*Signature, error) {
	var credential, names, mac string
	fields := []field{{name: "Credential", value: &credential}, {name: "SignedHeaders", value: &names}, {name: "Signature", value: &mac}}
	for part := range strings.SplitSeq(parameters, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, incomplete("%q is not a valid key=value pair (missing equal-sign) in Authorization header.", clip(part, maxQuoted))
		}
		known, err := setField(fields, name, value)
		if err != nil {
			return nil, err
		}
		if !known {
			return nil, incomplete("Authorization header has an unknown parameter %q; it takes Credential, SignedHeaders and Signature.", clip(name, maxQuoted))
		}
	}
	if missing := missingFields(fields); missing != "" {
		return nil, incomplete("Authorization header requires parameters it does not have: %s.", missing)
	}
	stamp, err := headerStamp(h)
	if err != nil {
		return nil, err
	}
	token, err := single(h, headerToken)
	if err != nil {
		return nil, err
	}
	s := &Signature{token: token}
	if err := s.fill(credential, names, mac, stamp); err != nil {
		return nil, err
	}
	return s, nil
}

// field is a parameter of a signature while it is being read. A value, once set, is never empty.
type field struct {
	name     string
	value    *string
	optional bool
}

func setField(fields []field, name, value string) (known bool, err error) {
	for _, f := range fields {
		if f.name != name {
			continue
		}
		if *f.value != "" {
			return true, incomplete("The signature has more than one %s.", name)
		}
		*f.value = value
		return true, nil
	}
	return false, nil
}

func missingFields(fields []field) string {
	var missing []string
	for _, f := range fields {
		if *f.value == "" && !f.optional {
			missing = append(missing, "'"+f.name+"'")
		}
	}
	return strings.Join(missing, ", ")
}

// fill checks the four parts that both forms have and sets them.
func (s *Signature) fill(credential, names, mac, stamp string) (err error) {
	if s.credential, err = parseCredential(credential); err != nil {
		return err
	}
	if err = checkNames(names); err != nil {
		return err
	}
	s.names = names
	if len(mac) != hex.EncodedLen(len(s.mac)) {
		return incomplete("Signature must be %d hexadecimal digits; it has %d bytes.", hex.EncodedLen(len(s.mac)), len(mac))
	}
	if _, err = hex.Decode(s.mac[:], []byte(mac)); err != nil {
		return incomplete("Signature must be %d hexadecimal digits; it is %q.", hex.EncodedLen(len(s.mac)), mac)
	}
	if s.at, err = parseStamp(stamp); err != nil {
		return err
	}
	s.stamp = stamp
	if day := stamp[:len(s.credential.Date)]; day != s.credential.Date {
		return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.credential.Date, day, stamp)
	}
	return nil
}
