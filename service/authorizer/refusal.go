package authorizer

// The reasons of refusals, as Connection.AuthNError entries spell them. (aws: iot/cwl-format#connection-authn-error)
const (
	NotFound         = "CUSTOM_AUTHORIZER_NOT_FOUND"
	ParameterInvalid = "CUSTOM_AUTHORIZER_PARAMETER_INVALID"
	ExecutionError   = "CUSTOM_AUTHORIZER_LAMBDA_EXECUTION_ERROR"
	NotAuthenticated = "NOT_AUTHENTICATED"
	InternalError    = "INTERNAL_SERVER_ERROR"
)

// details are AWS's words for the reasons.
var details = map[string]string{
	NotFound:         "Could not find custom authorizer",
	ParameterInvalid: "Custom authentication parameter is invalid",
	ExecutionError:   "Custom authorizer Lambda invocation failed",
	NotAuthenticated: "The credentials provided could not be authenticated",
	InternalError:    "Internal server error",
}

// Refusal is why a client is not let in: Reason and Details are those of a Connection.AuthNError entry.
type Refusal struct {
	Reason  string
	Details string // AWS's words, then what is known beyond them
	Err     error  // for the diary, where it is our own fault
}

func (r *Refusal) Error() string { return r.Reason + ": " + r.Details }

func (r *Refusal) Unwrap() error { return r.Err }

// refusal makes one; why goes on from AWS's words.
func refusal(reason, why string) *Refusal {
	return &Refusal{Reason: reason, Details: details[reason] + ": " + why}
}
