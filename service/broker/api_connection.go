package broker

import (
	"context"
	"net"
	"net/netip"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/iotdata"
)

// DeleteConnection disconnects a client, and ends its session if that is asked for. (aws: iot/API_iotdata_DeleteConnection)
func (b *Broker) DeleteConnection(ctx context.Context, in *iotdata.DeleteConnectionInput) (*iotdata.DeleteConnectionOutput, error) {
	err := b.ask(ctx, kindDeleteConnection, in.ClientId, nil, func(s caller.Scope) error {
		return b.Disconnect(ctx, s, in.ClientId, isTrue(in.CleanSession), isTrue(in.PreventWillMessage))
	})
	if err != nil {
		return nil, err
	}
	return &iotdata.DeleteConnectionOutput{}, nil
}

// GetConnection tells of a client that is connected, has a session, or left in the last half hour. (aws: iot/API_iotdata_GetConnection)
func (b *Broker) GetConnection(ctx context.Context, in *iotdata.GetConnectionInput) (out *iotdata.GetConnectionOutput, err error) {
	err = b.ask(ctx, kindGetConnection, in.ClientId, nil, func(s caller.Scope) error {
		p, err := b.Session(s, in.ClientId)
		if err == nil {
			out = p.describe(isTrue(in.IncludeSocketInformation))
		}
		return err
	})
	return out, err
}

// describe is what the API tells of a client.
func (p *Presence) describe(sockets bool) *iotdata.GetConnectionOutput {
	since := p.Since.UnixMilli()
	out := &iotdata.GetConnectionOutput{ClientId: p.ClientID, Connected: &p.Connected, CleanSession: &p.Clean, ThingName: p.Thing, DisconnectReason: p.DisconnectReason,
		KeepAliveDuration: seconds(p.KeepAlive), SessionExpiry: seconds(p.SessionExpiry)}
	if p.Connected {
		out.ConnectedSince = &since
	} else {
		out.DisconnectedSince = &since
	}
	if sockets {
		out.SourceIp, out.SourcePort = socket(p.Source)
		out.TargetIp, out.TargetPort = socket(p.Target)
	}
	return out
}

// seconds counts no further than an MQTT property does: that is forever.
func seconds(d time.Duration) *int64 {
	n := min(int64(d/time.Second), 1<<32-1)
	return &n
}

// socket is the parts of an address. One that is none, as that of a pipe, has no port.
func socket(address string) (ip string, port *int64) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		host, _, _ := net.SplitHostPort(address)
		return host, nil
	}
	n := int64(at.Port())
	return at.Addr().Unmap().WithZone("").String(), &n
}

// defaultSubscriptions is the size of a page of subscriptions. (aws: iot/API_iotdata_ListSubscriptions)
const defaultSubscriptions = 20

// ListSubscriptions lists the subscriptions of a client that is connected or has a session, by filter.
// (aws: iot/API_iotdata_ListSubscriptions)
func (b *Broker) ListSubscriptions(ctx context.Context, in *iotdata.ListSubscriptionsInput) (*iotdata.ListSubscriptionsOutput, error) {
	size := int32(defaultSubscriptions)
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	out := &iotdata.ListSubscriptionsOutput{Subscriptions: []iotdata.SubscriptionSummary{}}
	err := b.ask(ctx, kindListSubscriptions, in.ClientId, &size, func(s caller.Scope) error {
		p, err := b.Session(s, in.ClientId)
		switch {
		case err != nil:
			return err
		case !p.Connected && p.Clean:
			return fault.New("broker.ListSubscriptions", fault.NotFound, "client %s is not connected and has no session", in.ClientId)
		}
		return p.listAfter(in.NextToken, int(size), out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// listAfter fills a page of subscriptions.
func (p *Presence) listAfter(token string, size int, out *iotdata.ListSubscriptionsOutput) error {
	const op = "ListSubscriptions"
	var after string
	if err := page.Parse(op, token, &after); err != nil {
		return fault.New("broker."+op, fault.Invalid, "The nextToken is invalid: it was not returned by %s", op)
	}
	for _, x := range p.Subscriptions {
		switch {
		case x.Filter <= after:
		case len(out.Subscriptions) == size:
			out.NextToken = page.Token(op, out.Subscriptions[size-1].TopicFilter)
			return nil
		default:
			out.Subscriptions = append(out.Subscriptions, iotdata.SubscriptionSummary{TopicFilter: x.Filter, Qos: int64(x.QoS)})
		}
	}
	return nil
}

// ask lets a request about a client be answered, within its quotas, and tells how it ended.
func (b *Broker) ask(ctx context.Context, kind *event.Kind, clientID string, maxResults *int32, answer func(caller.Scope) error) error {
	o := requestOrigin(ctx)
	err := b.checkAsked(o.Scope, kind, clientID)
	if err == nil {
		err = answer(o.Scope)
	}
	return b.asked(&o, kind, clientID, maxResults, err)
}

// asked tells how a request about a client ended, and returns what its caller gets.
func (b *Broker) asked(o *caller.Origin, kind *event.Kind, clientID string, maxResults *int32, err error) error {
	o.ClientID = printable(clientID)
	if err == nil {
		b.needs.Facts.Record(o, NewConnectionRequest(kind, maxResults, event.Failure{}))
		return nil
	}
	b.needs.Facts.Record(o, NewConnectionRequest(kind, maxResults, b.failureOf(err)))
	return requestFault(kind.Name, err, o.Trace)
}

// checkAsked says which quota a request about a client exceeds. (aws: general/iot-core#message-broker-limits)
func (b *Broker) checkAsked(s caller.Scope, kind *event.Kind, clientID string) error {
	t, rates, now := &b.domain(s).throttles, &b.cfg.Rates, time.Now()
	if !t.requests.allows(&t.mu, now, kind.Name) {
		return fault.New("broker."+kind.Name, fault.Throttled, "The account calls %s more than %d times a second", kind.Name, rates.Requests)
	}
	if !t.clientRequests.allows(&t.mu, now, kind.Name+" "+clientID) {
		return fault.New("broker."+kind.Name, fault.Throttled, "%s is called more than %d times a second for the client", kind.Name, rates.ClientRequests)
	}
	return nil
}

// The following are told of requests that were refused before they came here: the caller may not make them, or they break the model.

// DeleteConnectionRefused is told of a refused DeleteConnection.
func (b *Broker) DeleteConnectionRefused(ctx context.Context, in *iotdata.DeleteConnectionInput, why error) error {
	o := requestOrigin(ctx)
	return b.asked(&o, kindDeleteConnection, in.ClientId, nil, why)
}

// GetConnectionRefused is told of a refused GetConnection.
func (b *Broker) GetConnectionRefused(ctx context.Context, in *iotdata.GetConnectionInput, why error) error {
	o := requestOrigin(ctx)
	return b.asked(&o, kindGetConnection, in.ClientId, nil, why)
}

// ListSubscriptionsRefused is told of a refused ListSubscriptions.
func (b *Broker) ListSubscriptionsRefused(ctx context.Context, in *iotdata.ListSubscriptionsInput, why error) error {
	o := requestOrigin(ctx)
	return b.asked(&o, kindListSubscriptions, in.ClientId, in.MaxResults, why)
}

func isTrue(b *bool) bool { return b != nil && *b }
