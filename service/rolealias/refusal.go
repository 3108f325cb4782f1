package rolealias

import "telltale/base/event"

// Refusal is why a device gets no credentials.
type Refusal struct {
	Status  int    // of the HTTP answer
	Code    string // of the error
	Message string // AWS's words, for the device
	Details string // AWS's words, and what is known beyond them, for the log
	Err     error  // for the diary, where it is our own fault
	outcome event.Outcome
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Details }

func (r *Refusal) Unwrap() error { return r.Err }

// The refusals, as the service words them; its guide does not list them. Devices learn nothing more: what they may do is not theirs to know.
var (
	badCertificate = Refusal{403, "AccessDeniedException", "Certificate is invalid on this endpoint", "", nil, event.AuthError}
	badThing       = Refusal{403, "AccessDeniedException", "Invalid thing name passed", "", nil, event.AuthError}
	accessDenied   = Refusal{403, "AccessDeniedException", "Access Denied", "", nil, event.AuthError}
	noAlias        = Refusal{404, "ResourceNotFoundException", "Role alias does not exist", "", nil, event.ClientError}
	noRole         = Refusal{400, "InvalidRequestException", "Unable to assume the role, or the role to assume does not exist", "", nil, event.ClientError}
	tooLong        = Refusal{400, "InvalidRequestException", "The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role", "", nil, event.ClientError}
	internal       = Refusal{500, "InternalFailureException", "Internal server error", "Internal server error", nil, event.ServerError}
)

// refusal adds why.
func refusal(of Refusal, why string) *Refusal {
	of.Details = of.Message + ": " + why
	return &of
}

// broken is the refusal of a request that could not be decided.
func broken(err error) *Refusal {
	of := internal
	of.Err = err
	return &of
}
