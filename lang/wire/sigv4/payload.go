package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// emptyPayload is the hash of no bytes.
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func payloadHash(body []byte) string {
	if len(body) == 0 {
		return emptyPayload
	}
	hash := sha256.Sum256(body)
	return hex.EncodeToString(hash[:])
}

// payload is the last line of the canonical request: the hash of the body, which a declared hash must equal, or one of the
// words that stand for a body nobody hashed, where the caller allows them.
func (s *Signature) payload(r *http.Request, body []byte, opts Options) (string, error) {
	declared, err := s.declaredPayload(r)
	if err != nil {
		return "", err
	}
	switch {
	case declared == "":
		return payloadHash(body), nil
	case declared == unsignedPayload:
		if !opts.UnsignedPayload {
			return "", invalid("The payload is declared %s, which this operation does not allow: sign the SHA-256 of the body.", unsignedPayload)
		}
		return declared, nil
	case strings.HasPrefix(declared, streamingPrefix):
		if strings.Contains(declared, "-ECDSA-") {
			return "", invalid("The payload is declared '%s', which belongs to Signature Version 4A (asymmetric); it is not offered here.", clip(declared, maxQuoted))
		}
		if !opts.StreamingPayload {
			return "", invalid("The payload is declared '%s' (aws-chunked), which this operation does not allow: send the body in one "+
				"piece and sign its SHA-256.", clip(declared, maxQuoted))
		}
		return declared, nil
	case len(declared) != len(emptyPayload):
		return "", invalid("%s must be a SHA-256 in %d hexadecimal digits, %s or a %s word; it is '%s'.",
			headerPayload, len(emptyPayload), unsignedPayload, streamingPrefix, clip(declared, maxQuoted))
	}
	if computed := payloadHash(body); !strings.EqualFold(declared, computed) {
		return "", invalid("The provided '%s' does not match what was computed: the request declares '%s', the %d bytes that arrived have '%s'. "+
			"The body was changed after it was signed.", strings.ToLower(headerPayload), clip(declared, maxQuoted), len(body), computed)
	}
	return declared, nil
}

// declaredPayload is what the request itself says of its body, empty if nothing. A presigned s3 request that says nothing
// means [unsignedPayload], because whoever presigns an upload does not have the body yet.
func (s *Signature) declaredPayload(r *http.Request) (string, error) {
	declared, err := single(r.Header, headerPayload)
	if err != nil || declared != "" || !s.presigned {
		return declared, err
	}
	for name, value := range parameters(r.URL.RawQuery) {
		if name == queryPayload {
			return value, nil
		}
	}
	if s.credential.Service == serviceS3 {
		return unsignedPayload, nil
	}
	return "", nil
}
