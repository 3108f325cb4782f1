package topic

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of AWS IoT on names and filters. They cannot be raised. aws: iot/limits#message-broker
const (
	MaxBytes      = 256 // bytes of UTF-8
	MaxSlashes    = 7   // that is, 8 levels
	MaxShareChars = 128 // characters in the name of a share
)

// Counted returns the part of a name or filter that the limits apply to: without the "$share/group/" of a shared
// subscription and the "$aws/rules/rule/" of Basic Ingest, which are free.
func Counted(s string) string {
	if rest, shared := strings.CutPrefix(s, sharedPrefix); shared {
		_, s, _ = strings.Cut(rest, "/")
	}
	if _, rest, ingest := BasicIngest(s); ingest {
		return rest
	}
	return s
}

// CheckLimits returns nil if a name or filter is within the limits of AWS IoT, else an [*Error].
func CheckLimits(s string) error {
	counted := Counted(s)
	if len(counted) > MaxBytes {
		return &Error{Topic: s, Text: fmt.Sprintf("it has %d bytes; at most %d are allowed", len(counted), MaxBytes)}
	}
	if slashes := strings.Count(counted, "/"); slashes > MaxSlashes {
		return &Error{Topic: s, Text: fmt.Sprintf("it has %d slashes; at most %d are allowed", slashes, MaxSlashes)}
	}
	if rest, shared := strings.CutPrefix(s, sharedPrefix); shared {
		group, _, _ := strings.Cut(rest, "/")
		if n := utf8.RuneCountInString(group); n > MaxShareChars {
			return &Error{Topic: s, Text: fmt.Sprintf("the name of the share has %d characters; at most %d are allowed", n, MaxShareChars)}
		}
	}
	return nil
}
