package shadow

import (
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shadowdoc"
	"telltale/lang/shape/iotdata"
)

// phrase says what a refusal's code means to facts and to API callers.
type phrase struct {
	reason  string // of the entry
	outcome event.Outcome
	kind    fault.Kind
	name    string // of the modelled error
}

// phrases are the codes that refusals can have. (aws: iot/device-shadow-error-messages)
var phrases = map[int]phrase{
	400: {"400", event.ClientError, fault.Invalid, iotdata.InvalidRequestException},
	403: {"403", event.AuthError, fault.Denied, iotdata.ForbiddenException},
	404: {"404", event.ClientError, fault.NotFound, iotdata.ResourceNotFoundException},
	409: {"409", event.ClientError, fault.Conflict, iotdata.ConflictException},
	413: {"413", event.ClientError, fault.Invalid, iotdata.RequestEntityTooLargeException},
	415: {"415", event.ClientError, fault.Invalid, iotdata.UnsupportedDocumentEncodingException},
	429: {"429", event.Throttle, fault.Throttled, iotdata.ThrottlingException},
	500: {"500", event.ServerError, fault.Internal, iotdata.InternalFailureException},
}

// faultOf is an error of an operation as API callers get it: with the members of the document that devices get. The stamp's version
// does not count.
func faultOf(op string, err error, s shadowdoc.Stamp) error {
	if err == nil || fault.Is(err, fault.Unavailable) {
		return err
	}
	refusal := refusalOf(err)
	p := phrases[refusal.Code]
	f := fault.New("shadow."+op, p.kind, "%s", refusal.Message).Named(p.name).With("code", refusal.Code).With("timestamp", s.Time)
	if token := s.TokenText(); token != "" {
		f = f.With("clientToken", token)
	}
	if refusal != err {
		f.Err = err // for the diary
	}
	return f
}

// errClosed refuses what comes after Run has ended.
var errClosed = fault.New("shadow", fault.Unavailable, "The server is shutting down.").Named(iotdata.ServiceUnavailableException)
