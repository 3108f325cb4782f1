// Package sigv4 decides whether a request was signed with AWS Signature Version 4 by the holder of a secret access key.
//
// A signature comes in the Authorization header or, presigned, in the query. [Parse] finds it and names what is malformed;
// the caller looks up the secret of [Signature.Credential], decides whether it serves that region and service, and calls
// [Signature.Verify]. Clients differ in how they spell a request before they sign it; Verify tries each spelling that a
// published client uses, and when none fits, its error shows the request as the server saw it and the likely cause.
//
// The package reads no clock and keeps no secrets: time and keys are passed in. A [KeyCache] belongs to whoever made it.
// It signs, too ([Sign], [Presign]), for the program's own client commands and for tests.
//
// aws: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
package sigv4

import (
	"crypto/sha256"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	stampForm  = "20060102T150405Z"

	unsignedPayload = "UNSIGNED-PAYLOAD"
	streamingPrefix = "STREAMING-"

	// Two services sign in their own way: s3 escapes the path once, the device gateway adds the session token after signing.
	serviceS3      = "s3"
	serviceGateway = "iotdevicegateway"

	headerDate    = "X-Amz-Date"
	headerToken   = "X-Amz-Security-Token"
	headerPayload = "X-Amz-Content-Sha256"
)

// Credential is the public half of a key and the scope it signed for. All of it is as the client sent it; whether the region
// and the service are acceptable is for the caller to say. Older clients of the iot control plane sign for "execute-api".
type Credential struct {
	AccessKeyID string
	Date        string // YYYYMMDD, equal to the day of the request
	Region      string // e.g. us-east-1
	Service     string // signing name, e.g. iot, iotdata, iotdevicegateway, logs
}

// scope is what the string to sign names: date, region, service and the constant end.
func (c Credential) scope() string {
	return c.Date + "/" + c.Region + "/" + c.Service + "/" + terminator
}

func (c Credential) String() string { return c.AccessKeyID + "/" + c.scope() }

// Signature is the signature found on a request, well-formed but not yet verified.
type Signature struct {
	credential Credential
	names      string // signed header names as sent: lower case, ascending, joined by semicolons
	mac        [sha256.Size]byte
	stamp      string // the time of signing as sent, YYYYMMDDTHHMMSSZ
	at         time.Time
	lifetime   time.Duration // X-Amz-Expires; 0 when absent, as always in the header form
	token      string
	presigned  bool
}

// Credential tells which key signed, and for which day, region and service.
func (s *Signature) Credential() Credential { return s.credential }

// SessionToken is the session token sent along, empty if there is none. It is a secret: do not log it.
func (s *Signature) SessionToken() string { return s.token }

// Time is when the client says it signed, in UTC, to the second.
func (s *Signature) Time() time.Time { return s.at }

// Presigned reports whether the signature stood in the query rather than in the Authorization header.
func (s *Signature) Presigned() bool { return s.presigned }

// SignedHeaders lists the names of the headers that the signature covers, in lower case and ascending order.
func (s *Signature) SignedHeaders() []string { return strings.Split(s.names, ";") }
