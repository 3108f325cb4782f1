package logs

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"telltale/base/arn"
	"telltale/base/caller"
)

// The longest name of a group or stream. AWS counts characters only; the bytes are what a key of the state database has room for.
const (
	maxName      = 512
	maxNameBytes = 1000
)

// checkGroupName refuses names a log group cannot have. (aws: logs/API_CreateLogGroup)
func checkGroupName(op, name string) error {
	if n := len(name); n == 0 || n > maxName {
		return invalid(op, "The logGroupName has %d characters: it must have 1 to %d.", utf8.RuneCountInString(name), maxName)
	}
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune(".-_/#", c):
		default:
			return invalid(op, "The logGroupName %q contains %q: allowed are letters a-z and A-Z, digits and . - _ / #", name, c)
		}
	}
	if strings.HasPrefix(name, "aws/") {
		return invalid(op, "The logGroupName %q begins with aws/, which is reserved.", name)
	}
	return nil
}

// checkStreamName refuses names a log stream cannot have. (aws: logs/API_CreateLogStream)
func checkStreamName(op, name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		return invalid(op, "The logStreamName has %d characters: it must have 1 to %d.", n, maxName)
	}
	if i := strings.IndexAny(name, ":*"); i >= 0 {
		return invalid(op, "The logStreamName %q contains %q: all characters but : and * are allowed.", name, name[i])
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return invalid(op, "The logStreamName %q has control characters or is not UTF-8.", name)
	}
	if len(name) > maxNameBytes {
		return invalid(op, "The logStreamName has %d bytes of UTF-8: at most %d are allowed.", len(name), maxNameBytes)
	}
	return nil
}

// chosenGroup is the group that an operation names by exactly one of logGroupName and logGroupIdentifier.
func chosenGroup(op string, s caller.Scope, name, identifier string) (string, error) {
	switch {
	case name != "" && identifier != "":
		return "", invalid(op, "Only one of logGroupName and logGroupIdentifier may be given.")
	case name != "":
		return name, nil
	case identifier != "":
		return identifiedGroup(op, s, identifier)
	}
	return "", invalid(op, "One of logGroupName and logGroupIdentifier must be given.")
}

// identifiedGroup is the name of the group that an identifier means: a name, or an ARN with or without :* at its end.
// Another account's or region's group does not exist for the caller.
func identifiedGroup(op string, s caller.Scope, identifier string) (string, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return identifier, nil
	}
	a, err := arn.Parse(identifier)
	name, found := strings.CutPrefix(a.Resource, "log-group:")
	name = strings.TrimSuffix(name, ":*")
	if err != nil || a.Service != "logs" || !found || strings.Contains(name, ":") {
		return "", invalid(op, "%q is not the ARN of a log group: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME", identifier)
	}
	if a.Account != s.Account || a.Region != s.Region {
		return "", noGroup(op)
	}
	return name, nil
}
