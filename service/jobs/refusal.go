package jobs

import (
	"errors"
	"fmt"

	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iotjobsdata"
)

// code is what kind of refusal a device gets. (aws: iot/jobs-mqtt-api#jobs-mqtt-error-response)
type code struct {
	mqtt    string // in answers over MQTT
	entry   string // in the details of entries
	outcome event.Outcome
	kind    fault.Kind
	http    string // the modelled error
}

// The codes. Over HTTP only DescribeJobExecution may answer TerminalStateException, and it tells of ended executions, too.
var (
	invalidTopic           = &code{"InvalidTopic", "INVALID_TOPIC", event.ClientError, fault.Invalid, iotjobsdata.InvalidRequestException}
	invalidJSON            = &code{"InvalidJson", "INVALID_JSON", event.ClientError, fault.Invalid, iotjobsdata.InvalidRequestException}
	invalidRequest         = &code{"InvalidRequest", "INVALID_REQUEST", event.ClientError, fault.Invalid, iotjobsdata.InvalidRequestException}
	invalidStateTransition = &code{"InvalidStateTransition", "INVALID_STATE_TRANSITION", event.ClientError, fault.Conflict, iotjobsdata.InvalidStateTransitionException}
	resourceNotFound       = &code{"ResourceNotFound", "RESOURCE_NOT_FOUND", event.ClientError, fault.NotFound, iotjobsdata.ResourceNotFoundException}
	versionMismatch        = &code{"VersionMismatch", "VERSION_MISMATCH", event.ClientError, fault.Conflict, iotjobsdata.InvalidRequestException}
	terminalStateReached   = &code{"TerminalStateReached", "TERMINAL_STATE_REACHED", event.ClientError, fault.Conflict, iotjobsdata.InvalidStateTransitionException}
	requestThrottled       = &code{"RequestThrottled", "REQUEST_THROTTLED", event.Throttle, fault.Throttled, iotjobsdata.ThrottlingException}
	internalError          = &code{"InternalError", "INTERNAL_ERROR", event.ServerError, fault.Internal, iotjobsdata.ServiceUnavailableException}
)

// refusal is why something about an execution cannot be done.
type refusal struct {
	code    *code
	message string
}

func (r *refusal) Error() string { return r.code.mqtt + ": " + r.message }

func refuse(c *code, format string, args ...any) *refusal {
	return &refusal{c, fmt.Sprintf(format, args...)}
}

// What is said to requests that may not wait for their answers.
var (
	errCrowded = refuse(requestThrottled, "Too many requests about the thing are waiting for their answers.")
	errClosed  = refuse(internalError, "The server is shutting down.")
)

// refusalOf is how an error is told to the one who asked. What is no refusal is our fault.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return refuse(internalError, "An internal error has occurred.")
}

// failure is the refusal as facts tell it.
func (r *refusal) failure() event.Failure {
	return event.Failure{Outcome: r.code.outcome, Reason: r.code.entry, Details: "The request status is " + r.code.entry + "."}
}

// faultOf is an error of an operation of the device API as callers over HTTP get it.
func faultOf(op string, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return fault.New("jobs."+op, r.code.kind, "%s", r.message).Named(r.code.http)
	}
	return fault.Wrap("jobs."+op, fault.KindOf(err), err)
}
