package broker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
	"telltale/lang/topic"
	"telltale/store/state"
)

// retainedRow is the message that a topic retains.
type retainedRow struct {
	Account, Region, Topic string
	Payload                []byte
	QoS                    byte
	Properties             *message.Properties `json:",omitempty"`
	Modified               time.Time
	Expires                time.Time // the zero time: never
}

var retainedTable = &state.Table[retainedRow]{Name: "broker_retained", Key: func(r *retainedRow) state.Key {
	return retainedKey(caller.Scope{Account: r.Account, Region: r.Region}, r.Topic)
}}

func retainedKey(s caller.Scope, name string) state.Key {
	return state.K(s.Account, s.Region, clientKey(name))
}

// retained is which topics of a domain retain a message. The messages are in the state database.
type retained struct {
	b     *Broker
	scope caller.Scope

	mu     sync.RWMutex
	topics map[string]*retainedRow // without payload and properties where these are in the state database
}

func (x *retained) init(b *Broker, s caller.Scope) {
	x.b, x.scope, x.topics = b, s, make(map[string]*retainedRow)
}

// has reports whether a topic retains a message, and how many do.
func (x *retained) has(name string) (has bool, count int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, has = x.topics[name]
	return has, len(x.topics)
}

// set notes what a row says.
func (x *retained) set(row *retainedRow) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case len(row.Payload) == 0:
		if have := x.topics[row.Topic]; have != nil && (row.Expires.IsZero() || have.Expires.Equal(row.Expires)) {
			delete(x.topics, row.Topic)
		}
	case x.b.needs.State != nil:
		head := *row
		head.Payload, head.Properties = nil, nil
		x.topics[row.Topic] = &head
	default:
		x.topics[row.Topic] = row
	}
}

// match lists the topics with retained messages that a filter matches, in order.
func (x *retained) match(filter string, d topic.Dialect, wildcards bool) (list []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if !topic.Wildcard(filter) {
		if _, ok := x.topics[filter]; ok {
			return []string{filter}
		}
		return nil
	}
	if !wildcards { // (aws: iot/mqtt#mqtt-retain)
		return nil
	}
	for name := range x.topics {
		if topic.Match(filter, name, d) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// get reads the retained message of a topic; nil if there is none, or not any more.
func (x *retained) get(ctx context.Context, name string) (row *retainedRow, err error) {
	x.mu.RLock()
	row, ok := x.topics[name]
	x.mu.RUnlock()
	if !ok {
		return nil, nil
	}
	if x.b.needs.State != nil {
		row = nil
		err = x.b.needs.State.View(ctx, func(tx *state.Tx) error {
			if ok, err := retainedTable.Has(tx, retainedKey(x.scope, name)); err != nil || !ok {
				return err
			}
			row, err = retainedTable.Get(tx, retainedKey(x.scope, name))
			return err
		})
	}
	if row != nil && row.expired(time.Now()) {
		return nil, err
	}
	return row, err
}

func (r *retainedRow) expired(now time.Time) bool {
	return !r.Expires.IsZero() && !r.Expires.After(now)
}

// expired lists the topics whose messages have expired, as rows that delete them.
func (x *retained) expired(now time.Time) (list []*retainedRow) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for name, row := range x.topics {
		if row.expired(now) {
			list = append(list, &retainedRow{Account: x.scope.Account, Region: x.scope.Region, Topic: name, Expires: row.Expires})
		}
	}
	return list
}

// sweepEvery is how often retained messages that have expired are deleted. Nobody gets them meanwhile.
const sweepEvery = time.Hour

// sweep deletes retained messages that have expired, and does so again later.
func (b *Broker) sweep(now time.Time) {
	b.domains.Range(func(_, d any) bool {
		if err := b.saveRetained(d.(*domain).retained.expired(now)); err != nil {
			b.needs.Diary.Error("retained messages that have expired cannot be deleted", "error", err)
		}
		return true
	})
	b.agenda.at(now.Add(sweepEvery), b.sweep)
}

// saveRetained makes retained messages durable, in their order.
func (b *Broker) saveRetained(rows []*retainedRow) error {
	if len(rows) == 0 {
		return nil
	}
	note := func() {
		for _, row := range rows {
			b.domain(caller.Scope{Account: row.Account, Region: row.Region}).retained.set(row)
		}
	}
	if b.needs.State == nil {
		note()
		return nil
	}
	return b.needs.State.Update(context.Background(), func(tx *state.Tx) error {
		for _, row := range rows {
			if err := writeRetained(tx, row); err != nil {
				return err
			}
		}
		note() // here, so that it is in the order of the database
		return nil
	})
}

// writeRetained writes a row; an empty payload deletes it. [MQTT-3.3.1-6]
func writeRetained(tx *state.Tx, row *retainedRow) error {
	if len(row.Payload) > 0 {
		return retainedTable.Put(tx, row)
	}
	key := retainedTable.Key(row)
	have, err := retainedTable.Get(tx, key)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !row.Expires.IsZero() && !have.Expires.Equal(row.Expires):
		return nil // another message has come since that one expired
	}
	return retainedTable.Delete(tx, key)
}

// loadRetained notes which topics retain a message, and forgets those whose time is over.
func (b *Broker) loadRetained(tx *state.Tx) error {
	for row, err := range retainedTable.Scan(tx, state.Key{}, state.Key{}, 0) {
		if err != nil {
			return err
		}
		b.domain(caller.Scope{Account: row.Account, Region: row.Region}).retained.set(row)
	}
	return nil
}

// retain has a message retained when the batch is written.
func (r *router) retain(s caller.Scope, p *mqtt.Publish, name string) {
	row := &retainedRow{Account: s.Account, Region: s.Region, Topic: name, Payload: slices.Clone(p.Payload), QoS: p.QoS, Properties: propertiesOf(&p.Properties),
		Modified: r.now}
	if e := p.Properties.MessageExpiry; e.Present && len(p.Payload) > 0 {
		row.Expires = r.now.Add(time.Duration(e.Value) * time.Second)
	}
	r.batch.retains = append(r.batch.retains, row)
}

// sendRetained sends a client the retained messages of a filter that it has just subscribed to. [MQTT-3.3.1-8]
func (c *conn) sendRetained(x *subscription) error {
	limits := &c.b.cfg.Limits
	d := c.session.domain
	for _, name := range d.retained.match(x.filter, limits.Dialect, limits.RetainedWildcard) {
		row, err := d.retained.get(context.Background(), name)
		if err != nil {
			return err
		}
		if row == nil {
			continue
		}
		p := mqtt.Publish{Topic: []byte(name), Payload: row.Payload, QoS: row.QoS, Retain: true}
		fill(&p.Properties, row.Properties, limits)
		if !row.Expires.IsZero() {
			p.Properties.MessageExpiry = mqtt.Some(uint32(row.Expires.Sub(c.now) / time.Second))
		}
		t := target{session: c.session, qos: x.qos, asPublished: true, receive: c.mayReceive(c.now, name), known: true}
		if x.id != 0 {
			t.ids = []uint32{x.id}
		}
		out := &delivery{packet: &p, route: &route{topic: name, raw: p.Topic}}
		c.deliver(out, &t)
		c.seal(out)
	}
	return nil
}

// RetainedMessage is the message that a topic retains.
type RetainedMessage struct {
	Topic      string
	Payload    []byte // nil in a list
	Size       int    // of the payload
	QoS        byte
	Properties *message.Properties
	Modified   time.Time
}

func (r *retainedRow) message() *RetainedMessage {
	return &RetainedMessage{Topic: r.Topic, Payload: r.Payload, Size: len(r.Payload), QoS: r.QoS, Properties: r.Properties, Modified: r.Modified}
}

// Retained returns the message that a topic retains; fault.NotFound when there is none.
func (b *Broker) Retained(ctx context.Context, s caller.Scope, name string) (*RetainedMessage, error) {
	row, err := b.domain(s).retained.get(ctx, name)
	switch {
	case err != nil:
		return nil, fault.Wrap("broker.Retained", fault.Internal, err)
	case row == nil:
		return nil, fault.New("broker.Retained", fault.NotFound, "the topic %s retains no message", name)
	}
	return row.message(), nil
}

// ListRetained lists up to limit topics that retain a message, without the payloads, in order and after one; next is the one to go on
// after, "" when there are no more.
func (b *Broker) ListRetained(ctx context.Context, s caller.Scope, after string, limit int) (list []*RetainedMessage, next string, err error) {
	x := &b.domain(s).retained
	x.mu.RLock()
	names := make([]string, 0, len(x.topics))
	for name := range x.topics {
		if name > after {
			names = append(names, name)
		}
	}
	x.mu.RUnlock()
	slices.Sort(names)
	for _, name := range names {
		if len(list) == limit {
			return list, list[len(list)-1].Topic, nil
		}
		row, err := x.get(ctx, name)
		if err != nil {
			return nil, "", fault.Wrap("broker.ListRetained", fault.Internal, err)
		}
		if row != nil {
			m := row.message()
			m.Payload = nil
			list = append(list, m)
		}
	}
	return list, "", nil
}
