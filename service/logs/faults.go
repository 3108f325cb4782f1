package logs

import (
	"strings"

	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/logs"
)

func invalid(op, format string, args ...any) error {
	return fault.New(op, fault.Invalid, format, args...).Named(logs.InvalidParameterException)
}

func noGroup(op string) error {
	return fault.New(op, fault.NotFound, "The specified log group does not exist.").Named(logs.ResourceNotFoundException)
}

func noStream(op string) error {
	return fault.New(op, fault.NotFound, "The specified log stream does not exist.").Named(logs.ResourceNotFoundException)
}

func groupExists(op string) error {
	return fault.New(op, fault.Exists, "The specified log group already exists").Named(logs.ResourceAlreadyExistsException)
}

func streamExists(op string) error {
	return fault.New(op, fault.Exists, "The specified log stream already exists").Named(logs.ResourceAlreadyExistsException)
}

// pageToken makes the nextToken of an operation. Tokens are places, not handles: they do not expire.
func pageToken(op string, position any) string {
	return page.Token(strings.TrimPrefix(op, "logs."), position)
}

// fromToken reads the nextToken of an operation; an empty one leaves position as it is.
func fromToken(op, token string, position any) error {
	if err := page.Parse(strings.TrimPrefix(op, "logs."), token, position); err != nil {
		return badToken(op)
	}
	return nil
}

func badToken(op string) error {
	return invalid(op, "The specified nextToken is invalid: it was not returned by %s for the same log group.", strings.TrimPrefix(op, "logs."))
}
