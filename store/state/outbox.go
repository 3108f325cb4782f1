package state

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Item is one entry of the outbox.
type Item struct {
	Topic string
	ID    uint64 // unique in this database and rising within the topic
	Body  []byte // JSON of what was given to Outbox
}

// Decode reads the body into v.
func (i *Item) Decode(v any) error {
	if err := json.Unmarshal(i.Body, v); err != nil {
		return fmt.Errorf("state: outbox %s %d: %w", i.Topic, i.ID, err)
	}
	return nil
}

// Outbox adds an entry for the consumer of the topic, as part of this transaction: it is delivered if and only if the
// Update succeeds. A topic has one consumer; what two must follow is written to two topics.
func (tx *Tx) Outbox(topic string, v any) error {
	if topic == "" || len(topic) > MaxKey {
		return fmt.Errorf("state: outbox topic has %d bytes; allowed are 1 to %d", len(topic), MaxKey)
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state: outbox %s: %w", topic, err)
	}
	id, err := tx.NextID("state.outbox")
	if err != nil {
		return err
	}
	tx.topics = append(tx.topics, topic)
	return tx.exec(sqlOutboxAdd, topic, int64(id), body)
}

// Ack removes an item from the outbox as part of this transaction. A consumer that keeps what it makes of an item in the
// same database can so handle it exactly once. Acknowledging twice is harmless.
func (tx *Tx) Ack(item *Item) error {
	if err := tx.writable(); err != nil {
		return err
	}
	return tx.exec(sqlOutboxAck, item.Topic, int64(item.ID))
}

// Pending returns the number of items of a topic that wait for their consumer.
func (tx *Tx) Pending(topic string) (int, error) {
	if err := tx.ready(); err != nil {
		return 0, err
	}
	n, err := tx.conn.number(sqlOutboxSize, topic)
	return int(n), tx.fail(err)
}

// drainSize is the number of items that are read, and acknowledged, together.
const drainSize = 128

// Drain gives the items of the topic to handle, oldest first, until none is left or handle returns an error, and returns
// how many were handled. These are then acknowledged together; after a crash before that they come again.
func (db *DB) Drain(ctx context.Context, topic string, handle func(context.Context, *Item) error) (handled int, err error) {
	var last uint64
	for {
		items, err := db.waiting(ctx, topic, last)
		if err != nil || len(items) == 0 {
			return handled, err
		}
		done := 0
		for _, item := range items {
			if err = handle(ctx, item); err != nil {
				break
			}
			done++
		}
		// What was handled is acknowledged even if the context has ended meanwhile.
		if ackErr := db.ack(context.WithoutCancel(ctx), items[:done]); ackErr != nil {
			return handled, ackErr
		}
		handled += done
		if err != nil {
			return handled, err
		}
		last = items[done-1].ID
	}
}

func (db *DB) waiting(ctx context.Context, topic string, after uint64) (items []*Item, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		return tx.fail(tx.conn.query(sqlOutboxScan, []any{topic, int64(after), drainSize}, func(r row) bool {
			items = append(items, &Item{Topic: topic, ID: uint64(r.int(0)), Body: r.blob(1)})
			return true
		}))
	})
	return items, err
}

func (db *DB) ack(ctx context.Context, items []*Item) error {
	if len(items) == 0 {
		return nil
	}
	return db.Update(ctx, func(tx *Tx) error {
		for _, item := range items {
			if err := tx.Ack(item); err != nil {
				return err
			}
		}
		return nil
	})
}

// The pause before an item that failed is tried again.
const (
	retryFirst = 100 * time.Millisecond
	retryLast  = 30 * time.Second
)

// Consume gives every item of the topic to handle, in order and at least once, until ctx ends; then it returns nil.
// It wakes when an item is committed. When handle fails, the diary is told and the same item comes again after a growing pause;
// the items behind it wait, so handle must accept what can never succeed. A second consumer of the same topic is an error.
func (db *DB) Consume(ctx context.Context, topic string, handle func(context.Context, *Item) error) error {
	wake, err := db.outbox.enter(topic)
	if err != nil {
		return err
	}
	defer db.outbox.leave(topic)
	pause := retryFirst
	for {
		handled, err := db.Drain(ctx, topic, handle)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			pause = retryFirst
			select {
			case <-wake:
			case <-ctx.Done():
				return nil
			}
			continue
		}
		if handled > 0 {
			pause = retryFirst
		}
		slog.WarnContext(ctx, "outbox item failed, it will be tried again", "topic", topic, "after", pause, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		pause = min(2*pause, retryLast)
	}
}

// outbox knows who waits for which topic.
type outbox struct {
	mu        sync.Mutex
	consumers map[string]chan struct{}
}

func (o *outbox) enter(topic string) (<-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.consumers[topic] != nil {
		return nil, fmt.Errorf("state: outbox topic %s has a consumer already", topic)
	}
	if o.consumers == nil {
		o.consumers = map[string]chan struct{}{}
	}
	wake := make(chan struct{}, 1)
	o.consumers[topic] = wake
	return wake, nil
}

func (o *outbox) leave(topic string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.consumers, topic)
}

// wake tells the consumers of the topics that something was committed for them.
func (o *outbox) wake(topics []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, topic := range topics {
		select {
		case o.consumers[topic] <- struct{}{}:
		default: // told already, or nobody consumes this topic
		}
	}
}
