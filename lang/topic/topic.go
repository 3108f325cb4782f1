// Package topic decides what MQTT topic names and filters are well formed, what matches what, and which topics are
// reserved; its Tree finds the subscribers of a topic.
//
// It follows section 4.7 of the MQTT standards (the requirement ids are those of version 5) and, where they differ,
// what AWS IoT does: see [Dialect], [CheckLimits] and [Reserved].
package topic

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxBytes is the longest text that MQTT can carry.
const maxBytes = 65535

// Error says why a text is not a topic name, not a filter, or not within the limits.
type Error struct {
	// Topic is the text that was refused.
	Topic string
	// Text says what is wrong with it, in one sentence without a full stop.
	Text string
	// Requirement is the normative statement that was broken, such as "MQTT-4.7.1-1", or empty.
	Requirement string
}

// Error returns topic, text and requirement; a long topic is cut.
func (e *Error) Error() string {
	text := fmt.Sprintf("topic %.128q: %s", e.Topic, e.Text)
	if e.Requirement != "" {
		text += " [" + e.Requirement + "]"
	}
	return text
}

// ValidateName returns nil if s can be the topic of a message, else an [*Error].
func ValidateName(s string) error {
	if err := validateText(s); err != nil {
		return err
	}
	if i := strings.IndexAny(s, "#+"); i >= 0 {
		return &Error{s, fmt.Sprintf("the wildcard %q is not allowed in a topic name", s[i]), "MQTT-4.7.0-1"}
	}
	return nil
}

// ValidateFilter returns nil if s can be subscribed to, else an [*Error]. Shared subscriptions are filters too; their
// own form is checked by [ParseShared].
func ValidateFilter(s string) error {
	if err := validateText(s); err != nil {
		return err
	}
	for rest, more := s, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		switch {
		case level == "#" && more:
			return &Error{s, `"#" must be the last level`, "MQTT-4.7.1-1"}
		case level != "#" && strings.Contains(level, "#"):
			return &Error{s, fmt.Sprintf(`"#" must be a level by itself, not part of %q`, level), "MQTT-4.7.1-1"}
		case level != "+" && strings.Contains(level, "+"):
			return &Error{s, fmt.Sprintf(`"+" must be a level by itself, not part of %q`, level), "MQTT-4.7.1-2"}
		}
	}
	return nil
}

// validateText checks what names and filters have in common.
func validateText(s string) error {
	switch {
	case s == "":
		return &Error{s, "it needs at least one character", "MQTT-4.7.3-1"}
	case len(s) > maxBytes:
		return &Error{s, fmt.Sprintf("it has %d bytes; at most %d are possible", len(s), maxBytes), "MQTT-4.7.3-3"}
	case strings.IndexByte(s, 0) >= 0:
		return &Error{s, "it contains the character U+0000", "MQTT-4.7.3-2"}
	case !utf8.ValidString(s):
		return &Error{s, "it is not well-formed UTF-8", "MQTT-1.5.4-1"}
	}
	return nil
}

// Levels returns the number of levels of a name or filter: one more than its slashes.
func Levels(s string) int { return strings.Count(s, "/") + 1 }

// Wildcard reports whether a valid filter matches by wildcard rather than exactly one name.
func Wildcard(filter string) bool {
	for rest, more := filter, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if level == "+" || level == "#" && !more {
			return true
		}
	}
	return false
}
