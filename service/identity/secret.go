package identity

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
)

const redacted = "(secret)"

// secret is the secret half of an access key. It is written to the database as it is and shows itself nowhere else.
type secret string

func (secret) String() string       { return redacted }
func (secret) GoString() string     { return redacted }
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// newSecret makes a secret access key: 240 random bits in 40 characters.
func newSecret() secret {
	var raw [30]byte
	rand.Read(raw[:]) // never fails
	return secret(base64.StdEncoding.EncodeToString(raw[:]))
}

// The kinds of unique id, by their prefix. aws: iam/reference_identifiers#identifiers-unique-ids
const (
	userID      = "AIDA"
	roleID      = "AROA"
	policyID    = "ANPA"
	accessKeyID = "AKIA"
	temporaryID = "ASIA"
)

// newID makes a unique id of 20 characters: the prefix, then 80 random bits in upper-case letters and digits.
func newID(prefix string) string { return prefix + rand.Text()[:16] }
