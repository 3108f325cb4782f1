package sigv4

import (
	"crypto/hmac"
	"crypto/subtle"
	"net/http"
	"time"

	"telltale/base/fault"
)

// defaultSkew is how far the clocks of client and server may differ.
const defaultSkew = 5 * time.Minute

// Options say what a verification may rely on and put up with. The zero Options suit a long-term key and a service that
// hashes every body.
type Options struct {
	// MaxSkew is how far the time of signing may be from now, either way; 0 means 5 minutes.
	MaxSkew time.Duration
	// SessionToken is the token that belongs to the key. The request must carry exactly this one, or none if it is empty.
	SessionToken string
	// UnsignedPayload allows bodies that are declared UNSIGNED-PAYLOAD, as s3 uploads are, and presigned s3 requests.
	UnsignedPayload bool
	// StreamingPayload allows bodies in aws-chunked encoding (STREAMING-…). Only the request is verified: chunk signatures are the caller's.
	StreamingPayload bool
	// Keys remembers signing keys between calls; nil derives the key each time.
	Keys *KeyCache
}

// Verify reports whether r, with the body as it was sent (before decompression), was signed with secret at about now.
// The errors are faults: UnrecognizedClientException for a session token that is not the key's, RequestExpired for a
// presigned request past its lifetime, InvalidSignatureException for everything else; their texts say why.
//
// r must be as the server received it: Host, URL, Header and ContentLength unchanged. Verify accepts a path with empty or dot
// segments also when the signature covers the path without them, so whoever routes by path must not tell the two apart.
func (s *Signature) Verify(r *http.Request, body []byte, secret string, now time.Time, opts Options) error {
	if opts.MaxSkew == 0 {
		opts.MaxSkew = defaultSkew
	}
	if err := s.checkToken(opts.SessionToken); err != nil {
		return err
	}
	if err := s.checkTime(now, opts.MaxSkew); err != nil {
		return err
	}
	payload, err := s.payload(r, body, opts)
	if err != nil {
		return err
	}
	key, found := opts.Keys.get(s.credential, secret)
	if !found {
		key = deriveKey(secret, s.credential)
	}
	request := newCanonical(r, s.presigned, s.names, payload)
	if !s.fits(request, key) {
		return s.mismatch(request, key, len(body))
	}
	if !found {
		opts.Keys.put(s.credential, secret, key)
	}
	return nil
}

// fits reports whether the signature is that of the request in any of its spellings.
func (s *Signature) fits(request *canonical, key signingKey) bool {
	var space [1536]byte
	for _, way := range request.spellings(s.credential.Service) {
		text := request.append(space[:0], way)
		var short [256]byte
		if mac := sign(key[:], stringToSign(short[:0], s.stamp, s.credential, text)); hmac.Equal(mac[:], s.mac[:]) {
			return true
		}
	}
	return false
}

// checkToken compares the session token with the one the key needs.
func (s *Signature) checkToken(want string) error {
	if subtle.ConstantTimeCompare([]byte(s.token), []byte(want)) == 1 {
		return nil
	}
	why := "the session token is not the one issued with access key %q"
	switch {
	case s.token == "":
		why = "access key %q is temporary and needs its session token in " + headerToken + ", but the request carries none"
	case want == "":
		why = "access key %q is a long-term key without a session token, but the request carries one"
	}
	return fault.New("sigv4.Verify", fault.Denied, "The security token included in the request is invalid: "+why+".",
		s.credential.AccessKeyID).Named(CodeUnrecognized)
}
