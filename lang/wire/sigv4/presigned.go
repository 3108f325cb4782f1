package sigv4

import (
	"iter"
	"strconv"
	"strings"
	"time"
)

const (
	queryAlgorithm  = "X-Amz-Algorithm"
	queryCredential = "X-Amz-Credential"
	queryDate       = "X-Amz-Date"
	queryExpires    = "X-Amz-Expires"
	queryNames      = "X-Amz-SignedHeaders"
	querySignature  = "X-Amz-Signature"
	queryToken      = "X-Amz-Security-Token"
	queryPayload    = "X-Amz-Content-Sha256"

	// Longest lifetimes of a presigned request, in seconds.
	maxExpires        = 604_800
	maxExpiresGateway = 86_400 // MQTT over WebSocket
)

// presignedBy reports whether a query carries a signature, even an incomplete one.
func presignedBy(raw string) (bool, error) {
	var v2key, v2signature bool
	for name := range parameters(raw) {
		switch name {
		case queryAlgorithm, queryCredential, querySignature:
			return true, nil
		case "AWSAccessKeyId":
			v2key = true
		case "Signature":
			v2signature = true
		}
	}
	if v2key && v2signature {
		return false, checkAlgorithm("AWS")
	}
	return false, nil
}

// parameters walks the parameters of a raw query with their names and values unescaped. A plus stays a plus.
func parameters(raw string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for part := range strings.SplitSeq(raw, "&") {
			if part == "" {
				continue
			}
			name, value, _ := strings.Cut(part, "=")
			if !yield(unescape(name), unescape(value)) {
				return
			}
		}
	}
}

func parsePresigned(raw string) (*Signature, error) {
	var name, credential, names, mac, stamp, expires, token string
	fields := []field{
		{name: queryAlgorithm, value: &name}, {name: queryCredential, value: &credential}, {name: queryNames, value: &names},
		{name: querySignature, value: &mac}, {name: queryDate, value: &stamp},
		{name: queryExpires, value: &expires, optional: true}, {name: queryToken, value: &token, optional: true},
	}
	for name, value := range parameters(raw) {
		if _, err := setField(fields, name, value); err != nil {
			return nil, err
		}
	}
	if missing := missingFields(fields); missing != "" {
		return nil, incomplete("AWS query-string parameters must include %s. Re-examine the query-string parameters.", missing)
	}
	if err := checkAlgorithm(name); err != nil {
		return nil, err
	}
	s := &Signature{token: token, presigned: true}
	if err := s.fill(credential, names, mac, stamp); err != nil {
		return nil, err
	}
	if err := s.setLifetime(expires); err != nil {
		return nil, err
	}
	return s, nil
}

// setLifetime reads X-Amz-Expires. Without it a presigned request lives as long as any other: within the clock skew.
func (s *Signature) setLifetime(expires string) error {
	if expires == "" {
		return nil
	}
	most := maxExpires
	if s.credential.Service == serviceGateway {
		most = maxExpiresGateway
	}
	seconds, err := strconv.Atoi(expires)
	if err != nil || seconds < 1 || seconds > most {
		return incomplete("%s must be a number of seconds from 1 to %d for service %q; it is '%s'.",
			queryExpires, most, clip(s.credential.Service, maxQuoted), clip(expires, maxQuoted))
	}
	s.lifetime = time.Duration(seconds) * time.Second
	return nil
}
