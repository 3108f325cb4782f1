package broker

import (
	"context"
	"slices"
	"sync"
	"time"

	"telltale/base/caller"
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
	topics map[string]*retainedRow // the rows are there only where there is no state database
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
		delete(x.topics, row.Topic)
	case x.b.needs.State != nil:
		x.topics[row.Topic] = nil
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
	if row == nil {
		err = x.b.needs.State.View(ctx, func(tx *state.Tx) error {
			if ok, err := retainedTable.Has(tx, retainedKey(x.scope, name)); err != nil || !ok {
				return err
			}
			row, err = retainedTable.Get(tx, retainedKey(x.scope, name))
			return err
		})
	}
	if row != nil && !row.Expires.IsZero() && !row.Expires.After(time.Now()) {
		return nil, err
	}
	return row, err
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
	if has, err := retainedTable.Has(tx, key); err != nil || !has {
		return err
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
	if e := p.Properties.MessageExpiry; e.Present {
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
