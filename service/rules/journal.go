package rules

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/store/logseg/wal"
)

// journal holds the messages whose actions have not all run, on the disk. That an action ran is noted when its entry is in the log store:
// after a crash an action may run again, but none has run untold.
type journal struct {
	diary *slog.Logger
	told  func(context.Context) // returns when all that was recorded until now is in the log store
	log   *wal.Log              // nil: memory only
	next  uint64                // number without a log
	wake  chan struct{}

	mu    sync.Mutex
	open  map[uint64]*list.Element
	order *list.List // of numbers, the oldest first
	ended []note     // to be written
}

// note is a record of the journal.
type note struct {
	Begin *pending `json:",omitempty"`
	// Ran is an action of the message Of that ran well; nil: all is over.
	Of  uint64 `json:",omitempty"`
	Ran *int   `json:",omitempty"`
}

// pending is an execution as it is kept.
type pending struct {
	Origin     caller.Origin
	Rule       string
	Topic      string // of the message
	Seen       string // what the rule sees
	Payload    []byte
	Properties *message.Properties `json:",omitempty"`
	Hops       int                 `json:",omitempty"`
	Began      time.Time
	Done       []int `json:",omitempty"`

	id uint64
}

const (
	noteDelay   = 50 * time.Millisecond // so that many notes share a write
	journalSize = 16 << 20              // bytes after which what is over is cut off
)

func openJournal(dir string, diary *slog.Logger, told func(context.Context)) (*journal, error) {
	j := &journal{diary: diary, told: told, open: map[uint64]*list.Element{}, order: list.New(), wake: make(chan struct{}, 1)}
	if dir == "" {
		return j, nil
	}
	var err error
	j.log, err = wal.Open(wal.Config{Dir: dir, Diary: diary})
	return j, err
}

// unfinished reads what an earlier run of the program left, the oldest first. It is called before anything begins. Damage is told, and
// what is readable is returned.
func (j *journal) unfinished() (found []*pending, err error) {
	if j.log == nil {
		return nil, nil
	}
	open := map[uint64]*pending{}
	for view, damage := range j.log.Records(0) {
		if damage != nil {
			err = errors.Join(err, damage)
			continue
		}
		var n note
		if bad := json.Unmarshal(view.Payload, &n); bad != nil {
			err = errors.Join(err, fmt.Errorf("record %d of the journal: %w", view.First, bad))
			continue
		}
		switch {
		case n.Begin != nil:
			n.Begin.id = view.First
			open[view.First] = n.Begin
			found = append(found, n.Begin)
		case n.Ran == nil:
			delete(open, n.Of)
		case open[n.Of] != nil:
			open[n.Of].Done = append(open[n.Of].Done, *n.Ran)
		}
	}
	kept := found[:0]
	for _, p := range found {
		if open[p.id] != nil {
			kept = append(kept, p)
			j.open[p.id] = j.order.PushBack(p.id)
		}
	}
	return kept, err
}

// begin writes down an execution and returns its number.
func (j *journal) begin(x *execution) (uint64, error) {
	if j.log == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.next++
		return j.next, nil
	}
	m := x.message
	p := &pending{Origin: m.Origin, Rule: x.rule.name, Topic: m.Topic, Seen: x.topic, Payload: m.Payload, Properties: m.Properties, Hops: m.Hops, Began: x.began}
	for i := range x.done {
		p.Done = append(p.Done, i)
	}
	text, err := json.Marshal(note{Begin: p})
	if err != nil {
		return 0, err
	}
	r := &wal.Record{Payload: text, Count: 1}
	r.Apply = func(r *wal.Record) { // in the order of the numbers
		j.mu.Lock()
		defer j.mu.Unlock()
		j.open[r.First] = j.order.PushBack(r.First)
	}
	if err := j.log.Append(r); err != nil {
		return 0, err
	}
	return r.First, nil
}

// mark notes that an action of an execution ran well.
func (j *journal) mark(id uint64, i int) { j.note(note{Of: id, Ran: &i}) }

// finish notes that an execution is over.
func (j *journal) finish(id uint64) { j.note(note{Of: id}) }

func (j *journal) note(n note) {
	if n.Of == 0 || j.log == nil {
		return
	}
	j.mu.Lock()
	j.ended = append(j.ended, n)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// run writes notes until ctx ends.
func (j *journal) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-j.wake:
		}
		select {
		case <-ctx.Done():
		case <-time.After(noteDelay):
		}
		if err := j.flush(); err != nil {
			j.diary.Error("the journal of the rules engine cannot be written; actions may run again after a crash", "error", err)
		}
	}
}

// flush writes the notes that were taken so far, each execution's in the order of its steps, and cuts off what is over.
func (j *journal) flush() error {
	j.mu.Lock()
	ended := j.ended
	j.ended = nil
	j.mu.Unlock()
	j.told(context.Background())
	over := map[uint64]bool{}
	for _, n := range ended {
		if n.Ran == nil {
			over[n.Of] = true
		}
	}
	var errs []error
	for _, n := range ended {
		if n.Ran != nil && over[n.Of] {
			continue // its end says it all
		}
		text, err := json.Marshal(n)
		if err == nil {
			err = j.log.Append(&wal.Record{Payload: text, Count: 1})
		}
		errs = append(errs, err)
	}
	j.mu.Lock()
	for id := range over {
		if at := j.open[id]; at != nil {
			j.order.Remove(at)
			delete(j.open, id)
		}
	}
	oldest := j.log.Next
	if first := j.order.Front(); first != nil {
		oldest = func() uint64 { return first.Value.(uint64) }
	}
	j.mu.Unlock()
	if j.log.Size() > journalSize {
		errs = append(errs, j.log.Rotate(nil), j.log.Trim(oldest()))
	}
	return errors.Join(errs...)
}

// close writes what is left.
func (j *journal) close() error {
	if j.log == nil {
		return nil
	}
	return errors.Join(j.flush(), j.log.Close())
}
