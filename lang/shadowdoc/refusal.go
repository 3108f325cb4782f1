package shadowdoc

import "fmt"

// Refusal is why the shadow service refuses a request: a code after the manner of HTTP and its message. It is the error that devices
// get on the rejected topics. (aws: iot/device-shadow-error-messages)
type Refusal struct {
	Code    int
	Message string
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

// The messages of refusals.
const (
	invalidJSON      = "Invalid JSON"
	missingState     = "Missing required node: state"
	stateNoObject    = "State node must be an object"
	desiredNoObject  = "Desired node must be an object"
	reportedNoObject = "Reported node must be an object"
	invalidNode      = "State contains an invalid node"
	invalidVersion   = "Invalid version"
	invalidToken     = "Invalid clientToken"
	tooDeep          = "JSON contains too many levels of nesting; maximum is %d"
	forbidden        = "Forbidden"
	noThing          = "Thing not found"
	noShadow         = "No shadow exists with name: '%s'"
	badShadowName    = "Invalid shadow name"
	conflict         = "Version conflict"
	tooLarge         = "The payload exceeds the maximum size allowed"
	notUTF8          = "Unsupported documented encoding; supported encoding is UTF-8" // sic
	tooMany          = "Too many requests"
	broken           = "Internal service failure"
)

func refuse(code int, format string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// Forbidden refuses what the caller's policies do not allow.
func Forbidden() error { return refuse(403, forbidden) }

// NoThing refuses a thing name that no thing can have.
func NoThing() error { return refuse(404, noThing) }

// NoShadow refuses to work on a shadow that does not exist. An unnamed shadow goes by the name of its thing.
func NoShadow(name string) error { return refuse(404, noShadow, name) }

// BadShadowName refuses a name that no shadow can have. AWS documents no text for it; this one is ours.
func BadShadowName() error { return refuse(400, badShadowName) }

// TooMany refuses a request while too many others are waiting for their answers.
func TooMany() error { return refuse(429, tooMany) }

// Broken is the refusal when the fault is not the request's.
func Broken() error { return refuse(500, broken) }
