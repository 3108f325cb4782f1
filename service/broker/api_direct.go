package broker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iotdata"
	"telltale/lang/topic"
)

// Why a direct message is refused before its client is looked for, in entries. (aws: iot/cwl-format)
const (
	malformedClientID   = "MALFORMED_CLIENTID"
	invalidTopic        = "INVALID_TOPIC"
	invalidTimeout      = "INVALID_TIMEOUT_PARAMETER"
	invalidConfirmation = "INVALID_CONFIRMATION_PARAMETER"
	sendThrottled       = "SEND_DIRECT_MESSAGE_THROTTLED"
	internalServerError = "INTERNAL_SERVER_ERROR"
)

// undelivered is what is told of a direct message that failed for a reason.
type undelivered struct {
	outcome event.Outcome
	kind    fault.Kind
	name    string // of the modelled error
	details string
}

// undeliveries are the reasons for which direct messages fail. (aws: iot/cwl-format, iot/API_iotdata_SendDirectMessage)
var undeliveries = map[string]undelivered{
	malformedClientID: {event.ClientError, fault.Invalid, iotdata.InvalidRequestException,
		"This client ID isn't valid. Client IDs must not exceed 128 characters and can't start with a dollar sign ($). Enter a different client ID"},
	invalidTopic: {event.ClientError, fault.Invalid, iotdata.InvalidRequestException,
		"This topic isn't valid. Topics size needs to be within 256 bytes, should contain less than 9 parts, and should not start with a dollar sign ($)"},
	invalidTimeout:      {event.ClientError, fault.Invalid, iotdata.InvalidRequestException, "Invalid timeout value. Must be an integer between 1 and 15"},
	invalidConfirmation: {event.ClientError, fault.Invalid, iotdata.InvalidRequestException, "Invalid confirmation value. Must be 'true' or 'false'"},
	sendThrottled: {event.Throttle, fault.Throttled, iotdata.ThrottlingException,
		"The request was denied due to send direct message request rate exceeded"},
	internalServerError: {event.ServerError, fault.Internal, iotdata.InternalFailureException, "Internal server error"},
	ReceiveDenied: {event.AuthError, fault.Denied, iotdata.ForbiddenException,
		"Authorization failed for the target client. Verify that your policy grants the necessary permissions"},
	TargetNotFound: {event.ClientError, fault.NotFound, iotdata.ResourceNotFoundException,
		"The client ID is not found. Verify that the client is connected and try again"},
	TargetNotConnected: {event.ClientError, fault.NotFound, iotdata.ResourceNotFoundException,
		"The target client ID is not connected, but it has an active persistent session"},
	ReceiveThrottled: {event.Throttle, fault.Throttled, iotdata.ThrottlingException,
		"The request was denied because request rate exceeded the outbound publish requests per second per connection"},
	TooManyUnconfirmed: {event.Throttle, fault.Throttled, iotdata.ThrottlingException,
		"The receiver client has reached the maximum number of unacknowledged QoS 1 messages"},
	NotConfirmed: {event.ClientError, fault.Unavailable, iotdata.GatewayTimeoutException,
		"The delivery confirmation was not received within the specified timeout period"},
	SenderGone: {event.ClientError, fault.Unavailable, iotdata.GatewayTimeoutException,
		"The sender disconnected before the delivery confirmation was received"},
	NotWritable: {event.ServerError, fault.Internal, iotdata.InternalFailureException, "The receiver client endpoint is not writable"},
}

// failure is what an entry tells.
func (u undelivered) failure(reason, why string) *event.Failure {
	return &event.Failure{Outcome: u.outcome, Reason: reason, Details: u.details, Why: why}
}

// Undeliveries are the failures of direct messages, by reason.
func Undeliveries() (list []event.Failure) {
	for _, reason := range slices.Sorted(maps.Keys(undeliveries)) {
		list = append(list, *undeliveries[reason].failure(reason, ""))
	}
	return list
}

// direct is one request to send a direct message.
type direct struct {
	in      *iotdata.SendDirectMessageInput
	message *message.Message
	fact    DirectMessage
	broken  error // what cannot be read of it
}

// newDirect reads a request, as far as it can be read.
func newDirect(ctx context.Context, in *iotdata.SendDirectMessageInput) *direct {
	x := &direct{in: in}
	x.message, x.broken = httpMessage(ctx, &iotdata.PublishInput{Topic: in.Topic, Payload: in.Payload, UserProperties: in.UserProperties, PayloadFormatIndicator: in.PayloadFormatIndicator,
		ContentType: in.ContentType, ResponseTopic: in.ResponseTopic, CorrelationData: in.CorrelationData})
	x.message.Origin.ClientID = printable(in.ClientId)
	x.fact = DirectMessage{Topic: printable(in.Topic), Confirm: in.Confirmation == "true", Timeout: 5 * time.Second}
	if in.Timeout != "" {
		x.fact.Timeout = timeoutOf(in.Timeout)
	}
	return x
}

// timeoutOf reads how long to wait for a confirmation; 0: it is none that is allowed.
func timeoutOf(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 15 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// SendDirectMessage sends a message to one client, subscribed or not. Who asks for a confirmation gets the answer when the client has
// acknowledged it. (aws: iot/direct-messaging, iot/API_iotdata_SendDirectMessage)
func (b *Broker) SendDirectMessage(ctx context.Context, in *iotdata.SendDirectMessageInput) (*iotdata.SendDirectMessageOutput, error) {
	x := newDirect(ctx, in)
	failure := b.checkDirect(x)
	if failure == nil {
		failure = b.sendDirect(ctx, x)
	}
	if failure != nil {
		return nil, b.refuseDirect(x, failure)
	}
	b.needs.Facts.Record(&x.message.Origin, &x.fact)
	return &iotdata.SendDirectMessageOutput{Message: "OK", TraceId: x.message.Origin.Trace.String()}, nil
}

// SendDirectMessageRefused is told of a request that may not send a direct message, or that breaks the model.
func (b *Broker) SendDirectMessageRefused(ctx context.Context, in *iotdata.SendDirectMessageInput, why error) error {
	x := newDirect(ctx, in)
	f := b.failureOf(why)
	if f.Outcome == event.ClientError {
		if documented := b.checkDirect(x); documented != nil {
			f = *documented
		}
	}
	return b.refuseDirect(x, &f)
}

// refuseDirect tells why a direct message failed, and returns what the caller gets.
func (b *Broker) refuseDirect(x *direct, f *event.Failure) error {
	if f.Outcome == event.ServerError && f.Reason != NotWritable {
		f.Reason = internalServerError
	}
	x.fact.Failure = *f
	b.needs.Facts.Record(&x.message.Origin, &x.fact)
	u, ok := undeliveries[f.Reason]
	if !ok { // one that AWS does not list
		return httpFault(f, x.message.Origin.Trace)
	}
	return fault.New("broker.SendDirectMessage", u.kind, "%s", u.details).Named(u.name).With("traceId", x.message.Origin.Trace.String())
}

// checkDirect says why a direct message cannot be sent to anybody, or nil.
func (b *Broker) checkDirect(x *direct) *event.Failure {
	in, fail := x.in, func(reason string) *event.Failure { return undeliveries[reason].failure(reason, "") }
	switch {
	case in.ClientId == "" || utf8.RuneCountInString(in.ClientId) > 128 || in.ClientId[0] == '$':
		return fail(malformedClientID)
	case in.Topic == "" || in.Topic[0] == '$' || topic.ValidateName(in.Topic) != nil || len(in.Topic) > topic.MaxBytes || strings.Count(in.Topic, "/") > topic.MaxSlashes:
		return fail(invalidTopic)
	case in.Confirmation != "" && in.Confirmation != "true" && in.Confirmation != "false":
		return fail(invalidConfirmation)
	}
	if x.fact.Timeout == 0 {
		return fail(invalidTimeout)
	}
	if f := b.checkDirectContent(x); f != nil {
		return f
	}
	if !allows(b.domain(x.message.Origin.Scope).throttles.directs, time.Now(), 1) {
		return fail(sendThrottled)
	}
	return nil
}

// checkDirectContent says what is wrong with what is to be sent. AWS has no reason of its own for it.
func (b *Broker) checkDirectContent(x *direct) *event.Failure {
	var p mqtt.Properties
	fill(&p, x.message.Properties, &b.cfg.Limits)
	f, o := event.Failure{}, b.cfg.Limits.checkProperties(&p)
	switch {
	case len(x.message.Payload) > b.cfg.Limits.PayloadBytes:
		f = invalid(oversize)
	case x.broken != nil:
		f = invalid(x.broken.Error())
	case o != nil:
		f = invalid(o.text)
	default:
		return nil
	}
	return &f
}

// sendDirect sends a direct message, and returns why it failed.
func (b *Broker) sendDirect(ctx context.Context, x *direct) *event.Failure {
	err := b.SendTo(ctx, x.in.ClientId, x.message, x.fact.Confirm, x.fact.Timeout)
	if err == nil {
		return nil
	}
	if u, ok := errors.AsType[*Undelivered](err); ok {
		return undeliveries[u.Reason].failure(u.Reason, u.Why)
	}
	f := b.failureOf(err)
	return &f
}
