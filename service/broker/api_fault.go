package broker

import (
	"context"
	"net/http"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iotdata"
)

// requestOrigin is who makes a request, under a trace of its own.
func requestOrigin(ctx context.Context) caller.Origin {
	who := caller.From(ctx)
	return caller.Origin{Scope: who.Scope, Trace: caller.NewTrace(), PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP}
}

// failureOf is an error of a request as its entry tells it: from before the service, or of the service itself.
func (b *Broker) failureOf(err error) event.Failure {
	f, _ := err.(*fault.Error)
	switch kind := fault.KindOf(err); {
	case f != nil && kind == fault.Denied:
		return denied(deniedWhy(f))
	case f != nil && kind == fault.Throttled:
		return event.Failure{Outcome: event.Throttle, Reason: "THROTTLED", Details: f.Message()}
	case f != nil && (kind == fault.Invalid || kind == fault.NotFound):
		return invalid(printable(f.Message()))
	}
	b.needs.Diary.Error("a request failed", "error", err)
	return event.Failure{Outcome: event.ServerError, Reason: "SERVER_ERROR", Details: internalError.text}
}

// requestFaults are the modelled errors of requests, by kind.
var requestFaults = map[fault.Kind]string{
	fault.Invalid: iotdata.InvalidRequestException, fault.NotFound: iotdata.ResourceNotFoundException, fault.Denied: iotdata.ForbiddenException,
	fault.Throttled: iotdata.ThrottlingException, fault.Internal: iotdata.InternalFailureException, fault.Unavailable: iotdata.ServiceUnavailableException,
}

// requestFault is an error as the caller gets it: with the trace under which its entry is found. Why the policies of the caller refused
// is for the entry alone.
func requestFault(op string, err error, trace caller.Trace) error {
	kind, text := fault.KindOf(err), internalError.text
	if f, ok := err.(*fault.Error); ok {
		text = f.Message()
	}
	if kind == fault.Denied {
		text = http.StatusText(http.StatusForbidden)
	}
	f := fault.New("broker."+op, kind, "%s", text).Named(requestFaults[kind]).With("traceId", trace.String())
	f.Err = err
	return f
}
