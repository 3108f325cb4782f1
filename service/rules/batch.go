package rules

import (
	"context"
	"time"

	"telltale/service/rules/action"
)

// batch is tasks of one action that will run together.
type batch struct {
	members []*member
	bytes   int
	timer   *time.Timer
}

// member is a task in a batch.
type member struct {
	x    *execution
	i    int
	task action.Task
	size int // of the payload
}

// gather puts a task into the open batch of its key, and closes it when a limit is reached. (aws: iot/http_batching)
func (e *Engine) gather(s *step, b action.Batched, m *member) {
	limits := b.Batch()
	full := s.lane.join(limits, m, func(open *batch) { e.closeBatch(s, limits.Key, open) })
	for _, open := range full {
		e.runBatch(s, open)
	}
}

// join adds m to the open batch of a key and returns the batches that are thereby closed. A new batch is closed later by expire.
func (l *lane) join(limits action.Batch, m *member, expire func(*batch)) (closed []*batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.batches[limits.Key]
	if open != nil && open.bytes+m.size > limits.Bytes {
		closed = append(closed, l.shut(limits.Key))
		open = nil
	}
	if open == nil {
		open = &batch{}
		open.timer = time.AfterFunc(time.Duration(limits.OpenMS)*time.Millisecond, func() { expire(open) })
		if l.batches == nil {
			l.batches = map[string]*batch{}
		}
		l.batches[limits.Key] = open
	}
	open.members = append(open.members, m)
	if open.bytes += m.size; len(open.members) >= limits.Size || open.bytes >= limits.Bytes {
		closed = append(closed, l.shut(limits.Key))
	}
	return closed
}

// shut takes a batch out; nobody joins it any more. The lane is locked.
func (l *lane) shut(key string) *batch {
	open := l.batches[key]
	open.timer.Stop()
	delete(l.batches, key)
	return open
}

// closeBatch runs a batch whose time is over, unless it was closed before.
func (e *Engine) closeBatch(s *step, key string, open *batch) {
	s.lane.mu.Lock()
	is := s.lane.batches[key] == open
	if is {
		delete(s.lane.batches, key)
	}
	s.lane.mu.Unlock()
	if is {
		e.runBatch(s, open)
	}
}

// runBatch lets a batch wait for its turn.
func (e *Engine) runBatch(s *step, b *batch) {
	if e.start(&s.lane, func() { e.performAll(s, b.members) }) {
		return
	}
	for _, m := range b.members {
		m.x.throttled()
		m.x.ended(m.i, nil)
	}
}

// performAll runs the tasks of a batch together and tells of each how it ended.
func (e *Engine) performAll(s *step, members []*member) {
	ctx, cancel := context.WithTimeout(e.tasks, taskTime)
	defer cancel()
	tasks := make([]action.Task, len(members))
	for i, m := range members {
		m.x.tell(&Starting{Rule: m.x.rule.name, Topic: m.x.message.Topic, Action: s.kind.Name})
		tasks[i] = m.task
	}
	err := e.allowed(ctx, tasks[0].Permission())
	if err == nil {
		err = tasks[0].(action.Batched).RunAll(ctx, tasks)
	}
	if err != nil && e.tasks.Err() != nil {
		return
	}
	for _, m := range members {
		m.x.settle(m.i, s, m.task, err)
	}
}
