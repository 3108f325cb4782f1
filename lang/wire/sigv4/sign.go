package sigv4

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"telltale/base/fault"
)

// Key is what a client signs with.
type Key struct {
	ID     string // access key id
	Secret string // secret access key
	Token  string // session token of temporary credentials, else empty
}

// Sign signs r and its body for a service in a region by setting X-Amz-Date, X-Amz-Security-Token if the key has a token, and
// Authorization; for s3 also X-Amz-Content-Sha256. It covers the host, the content headers and all X-Amz- headers, so set
// those before, and change nothing afterwards. r.Body is left alone; body is what it will send.
// A key without id or secret, or a request without a host, is refused as invalid.
func Sign(r *http.Request, body []byte, key Key, service, region string, now time.Time) error {
	s, err := newSignature(key, service, region, now)
	if err != nil {
		return err
	}
	if r.Host == "" && r.URL.Host == "" {
		return fault.New("sigv4.Sign", fault.Invalid, "a request without a host cannot be signed")
	}
	payload := payloadHash(body)
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	r.Header.Set(headerDate, s.stamp)
	r.Header.Del(headerToken)
	if key.Token != "" {
		r.Header.Set(headerToken, key.Token)
	}
	if service == serviceS3 {
		r.Header.Set(headerPayload, payload)
	}
	s.names = namesToSign(r.Header)
	mac := s.compute(newCanonical(r, false, s.names, payload), key.Secret)
	r.Header.Set("Authorization", algorithm+" Credential="+s.credential.String()+", SignedHeaders="+s.names+", Signature="+mac)
	return nil
}

// Presign returns u with a signature in its query, good for a GET without a body until now plus expires, which counts in whole
// seconds; 0 leaves the lifetime to the server's tolerance. Only the host is signed, as browsers need it for a WebSocket. For
// service iotdevicegateway the session token is added after signing, as that service wants it.
func Presign(u *url.URL, key Key, service, region string, expires time.Duration, now time.Time) (*url.URL, error) {
	s, err := newSignature(key, service, region, now)
	if err != nil {
		return nil, err
	}
	seconds := int(expires / time.Second)
	if u.Host == "" {
		return nil, fault.New("sigv4.Presign", fault.Invalid, "a URL without a host cannot be signed: %q", u)
	}
	if seconds < 0 || seconds > maxExpires {
		return nil, fault.New("sigv4.Presign", fault.Invalid, "a presigned URL lives from 1 to %d seconds, not %d", maxExpires, seconds)
	}
	s.names = "host"
	query := appendParameter(u.RawQuery, queryAlgorithm, algorithm)
	query = appendParameter(query, queryCredential, s.credential.String())
	query = appendParameter(query, queryDate, s.stamp)
	if seconds > 0 {
		query = appendParameter(query, queryExpires, strconv.Itoa(seconds))
	}
	query = appendParameter(query, queryNames, s.names)
	after := service == serviceGateway
	if key.Token != "" && !after {
		query = appendParameter(query, queryToken, key.Token)
	}
	payload := emptyPayload
	if service == serviceS3 {
		payload = unsignedPayload
	}
	signed := *u
	signed.RawQuery = query
	mac := s.compute(newCanonical(&http.Request{Method: http.MethodGet, URL: &signed}, true, s.names, payload), key.Secret)
	signed.RawQuery = appendParameter(query, querySignature, mac)
	if key.Token != "" && after {
		signed.RawQuery = appendParameter(signed.RawQuery, queryToken, key.Token)
	}
	return &signed, nil
}

func newSignature(key Key, service, region string, now time.Time) (*Signature, error) {
	stamp := now.UTC().Format(stampForm)
	s := &Signature{stamp: stamp, token: key.Token}
	var err error
	if s.credential, err = parseCredential(key.ID + "/" + stamp[:len("20060102")] + "/" + region + "/" + service + "/" + terminator); err != nil {
		return nil, err
	}
	if key.Secret == "" {
		return nil, fault.New("sigv4.Sign", fault.Invalid, "access key %q has no secret to sign with", key.ID)
	}
	return s, nil
}

// compute signs a request as its first spelling has it, and returns the signature in hexadecimal.
func (s *Signature) compute(request *canonical, secret string) string {
	key := deriveKey(secret, s.credential)
	text := request.append(nil, request.spellings(s.credential.Service)[0])
	mac := sign(key[:], stringToSign(nil, s.stamp, s.credential, text))
	return hex.EncodeToString(mac[:])
}

// namesToSign chooses the headers that reach the server unchanged: proxies touch the others.
func namesToSign(h http.Header) string {
	names := []string{"host"}
	for name := range h {
		switch name = strings.ToLower(name); {
		case name == "content-type", name == "content-encoding", name == "content-md5", strings.HasPrefix(name, "x-amz-"):
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}

func appendParameter(query, name, value string) string {
	if query != "" {
		query += "&"
	}
	return query + name + "=" + escape(value, false)
}
