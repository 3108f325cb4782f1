package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/mqtt"
	"telltale/store/state"
)

// sessionRow is what is kept of a session that outlives its connections, beside its messages.
type sessionRow struct {
	Account, Region, ClientID string
	Serial                    uint64 // names the session in the spool
	Version                   mqtt.Version
	Expiry                    time.Duration
	Away                      time.Time // since when there is no connection; the zero time while there is one
	Why                       string    // the disconnectReason of the last connection
	KeepAlive                 time.Duration
	Origin                    caller.Origin // of the last connection
	Will                      *keptWill     `json:",omitempty"`
	Subscriptions             []keptSubscription
}

type keptSubscription struct {
	Filter      string
	QoS         byte
	NoLocal     bool   `json:",omitempty"`
	AsPublished bool   `json:",omitempty"`
	ID          uint32 `json:",omitempty"`
}

// keptWill is a will that is published after a delay, or when the broker did not see its connection end.
type keptWill struct {
	Topic      string
	Payload    []byte
	QoS        byte
	Retain     bool
	Properties *message.Properties `json:",omitempty"`
	Delay      time.Duration
}

func (w *will) keep() *keptWill {
	m := &w.message
	return &keptWill{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Properties: m.Properties, Delay: w.delay}
}

func (r *sessionRow) key() state.Key { return state.K(r.Account, r.Region, clientKey(r.ClientID)) }

func (r *sessionRow) scope() caller.Scope { return caller.Scope{Account: r.Account, Region: r.Region} }

func (r *sessionRow) fresh() bool { return r.ClientID == "" }

var sessionTable = &state.Table[sessionRow]{Name: "broker_session", Key: (*sessionRow).key}

// Tables are what the broker keeps in the state database.
func Tables() []state.Schema { return []state.Schema{sessionTable, retainedTable} }

// newSerial names a session for the spool. It is random, so that no two have one.
func (b *Broker) newSerial() uint64 { return rand.Uint64() >> 1 } // the upper half is for shared subscriptions

// take notes a new connection.
func (r *sessionRow) take(c *conn, s *session, a *attempt) {
	if s.queue == nil {
		return
	}
	r.Account, r.Region, r.ClientID = c.origin.Account, c.origin.Region, s.id
	s.mu.Lock()
	s.thing = c.origin.Thing
	s.mu.Unlock()
	r.Version, r.Expiry, r.Away, r.Origin, r.KeepAlive = s.version, s.expiry, time.Time{}, c.origin, c.keepAlive(a)
	if r.Will = nil; a.will != nil {
		r.Will = a.will.keep()
	}
}

// saveSession writes a session that outlives its connections.
func (b *Broker) saveSession(s *session) error {
	if s.queue == nil || b.needs.State == nil {
		return nil
	}
	s.row.Subscriptions = s.row.Subscriptions[:0]
	for filter, x := range s.subscriptions {
		s.row.Subscriptions = append(s.row.Subscriptions, keptSubscription{Filter: filter, QoS: x.qos, NoLocal: x.noLocal, AsPublished: x.asPublished, ID: x.id})
	}
	return b.needs.State.Update(context.Background(), func(tx *state.Tx) error { return sessionTable.Put(tx, &s.row) })
}

// deleteSession forgets what was kept of a session, unless another one of the client has taken its place.
func (b *Broker) deleteSession(s *session) {
	if s.queue == nil || b.needs.State == nil || s.row.fresh() {
		return
	}
	err := b.change(&s.row, func(tx *state.Tx, row *sessionRow) error { return sessionTable.Delete(tx, row.key()) })
	if err != nil {
		b.needs.Diary.Error("a session that ended cannot be deleted; it may come back after a restart", "client", s.id, "error", err)
	}
}

// forgetWill notes that the will of an absent client was published.
func (b *Broker) forgetWill(r *sessionRow) error {
	return b.change(r, func(tx *state.Tx, row *sessionRow) error {
		if row.Away.IsZero() {
			return nil // the client is back, with another will
		}
		row.Will = nil
		return sessionTable.Put(tx, row)
	})
}

// change changes the row of a session, if it is still that session's.
func (b *Broker) change(r *sessionRow, f func(tx *state.Tx, row *sessionRow) error) error {
	if b.needs.State == nil {
		return nil
	}
	return b.needs.State.Update(context.Background(), func(tx *state.Tx) error {
		row, err := sessionTable.Get(tx, r.key())
		if errors.Is(err, state.ErrNotFound) {
			return nil
		}
		if err != nil || row.Serial != r.Serial {
			return err
		}
		return f(tx, row)
	})
}

// clientKey is a part of a key for a text that may be too long for one.
func clientKey(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return strings.ToValidUTF8(text[:most/2], "") + hex.EncodeToString(sum[:])
}
