package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iotdata"
)

const opPublish = "broker.Publish"

// PublishMessage publishes the message of an HTTP request. (aws: iot/API_iotdata_Publish, iot/http)
func (b *Broker) PublishMessage(ctx context.Context, in *iotdata.PublishInput) (*iotdata.PublishOutput, error) {
	m, unreadable := httpMessage(ctx, in)
	fact := httpFact(m)
	failure := b.checkSubmitted(m, unreadable)
	if failure != nil {
		fact.Failure = *failure
	}
	b.needs.Facts.Record(&m.Origin, fact)
	if failure != nil {
		return nil, httpFault(failure, m.Origin.Trace)
	}
	if err := b.Publish(ctx, m); err != nil {
		return nil, fault.Wrap(opPublish, fault.Internal, err)
	}
	return &iotdata.PublishOutput{Message: "OK", TraceId: m.Origin.Trace.String()}, nil
}

// PublishRefused is told of an HTTP request that may not publish, or that breaks the model.
func (b *Broker) PublishRefused(ctx context.Context, in *iotdata.PublishInput, why error) error {
	m, _ := httpMessage(ctx, in)
	fact := httpFact(m)
	switch f, _ := why.(*fault.Error); {
	case f != nil && fault.Is(why, fault.Denied):
		fact.Failure = denied(deniedWhy(f))
	case f != nil && fault.Is(why, fault.Invalid):
		fact.Failure = invalid(printable(f.Message()))
	default:
		fact.Failure = event.Failure{Outcome: event.ServerError, Reason: "SERVER_ERROR", Details: internalError.text}
	}
	b.needs.Facts.Record(&m.Origin, fact)
	return httpFault(&fact.Failure, m.Origin.Trace)
}

// deniedWhy is the explanation of a denial: that of the policies of a device, or what the identity's say.
func deniedWhy(f *fault.Error) string {
	if why, ok := f.Members[whyMember].(string); ok {
		return why
	}
	text, err := json.Marshal(explanation{Decision: "implicitDeny", Policies: []consideredPolicy{}, Lacked: f.Message()})
	if err != nil {
		return ""
	}
	return string(text)
}

func httpFact(m *message.Message) *PublishIn {
	return &PublishIn{Protocol: protocolHTTP, Topic: printable(m.Topic), Payload: m.Payload, Retain: m.Retain}
}

// httpMessage reads the message of a request, as far as it can be read.
func httpMessage(ctx context.Context, in *iotdata.PublishInput) (m *message.Message, err error) {
	who := caller.From(ctx)
	m = &message.Message{Topic: in.Topic, Payload: in.Payload, Retain: in.Retain != nil && *in.Retain}
	m.Origin = caller.Origin{Scope: who.Scope, Trace: caller.NewTrace(), PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP}
	if in.Qos != nil {
		m.QoS = byte(*in.Qos)
	}
	p := message.Properties{ContentType: in.ContentType, ResponseTopic: in.ResponseTopic}
	if in.PayloadFormatIndicator == "UTF8_DATA" {
		p.PayloadFormat = 1
	}
	if in.MessageExpiry != nil {
		p.HasExpiry, p.Expiry = true, uint32(min(max(*in.MessageExpiry, 0), 1<<32-1))
	}
	if in.CorrelationData != "" {
		if p.CorrelationData, err = base64.StdEncoding.DecodeString(in.CorrelationData); err != nil {
			err = errors.New("x-amz-mqtt5-correlation-data is not base64")
		}
	}
	if in.UserProperties != "" {
		var list []map[string]string
		if json.Unmarshal([]byte(in.UserProperties), &list) != nil {
			err = errors.New(`x-amz-mqtt5-user-properties is not a JSON array of objects with one pair of strings, such as [{"name":"value"}]`)
		}
		for _, pair := range list {
			for name, value := range pair {
				p.User = append(p.User, message.UserProperty{Name: name, Value: value})
			}
			if len(pair) != 1 {
				err = errors.New("x-amz-mqtt5-user-properties has an object that is not of one pair")
			}
		}
	}
	m.Properties = &p
	return m, err
}

// checkSubmitted says why a message cannot be published over HTTP, or nil.
func (b *Broker) checkSubmitted(m *message.Message, unreadable error) *event.Failure {
	fail := func(f event.Failure) *event.Failure { return &f }
	if unreadable != nil {
		return fail(invalid(unreadable.Error()))
	}
	if o := b.checkMessage(m); o != nil {
		return fail(invalid(o.text))
	}
	d, now, rates := b.domain(m.Origin.Scope), time.Now(), &b.cfg.Rates
	switch {
	case !allows(d.throttles.publishes, now, 1):
		return fail(throttled("The account has more than %d messages a second", rates.AccountPublishes))
	case !m.Retain:
		return nil
	}
	var p mqtt.Publish
	p.Payload = m.Payload
	return d.checkRetain(&p, m.Topic, now)
}

// httpFault is the error that answers a request, with the trace under which its entry is found.
func httpFault(f *event.Failure, trace caller.Trace) error {
	kind, code, text := fault.Invalid, iotdata.InvalidRequestException, f.Details
	switch {
	case f.Details == oversize:
		code = iotdata.RequestEntityTooLargeException
	case f.Outcome == event.AuthError:
		kind, code, text = fault.Denied, iotdata.ForbiddenException, http.StatusText(http.StatusForbidden)
	case f.Outcome == event.Throttle:
		kind, code = fault.Throttled, iotdata.ThrottlingException
	case f.Outcome == event.ServerError:
		kind, code = fault.Internal, iotdata.InternalFailureException
	}
	e := fault.New(opPublish, kind, "%s", text).Named(code)
	e.Members = map[string]any{"traceId": trace.String()}
	return e
}
