package broker

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// agenda does things at their time, one after the other: sessions that expire, wills that are due, messages that are sent at a pace.
type agenda struct {
	mu    sync.Mutex
	tasks tasks
	wake  chan struct{}
}

// task is one thing to do. A task that is nil is none.
type task struct {
	at    time.Time
	do    func(now time.Time)
	index int // in the heap; -1 when it is not there any more
}

func newAgenda() *agenda { return &agenda{wake: make(chan struct{}, 1)} }

// at plans to do something.
func (a *agenda) at(at time.Time, do func(now time.Time)) *task {
	t := &task{at: at, do: do}
	a.mu.Lock()
	heap.Push(&a.tasks, t)
	first := a.tasks[0] == t
	a.mu.Unlock()
	if first {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
	return t
}

// cancel forgets a task; one that is being done goes on.
func (a *agenda) cancel(t *task) {
	if t == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if t.index >= 0 {
		heap.Remove(&a.tasks, t.index)
	}
}

// run does what is due until ctx ends.
func (a *agenda) run(ctx context.Context) {
	for {
		now := time.Now()
		t, next := a.due(now)
		if t != nil {
			t.do(now)
			continue
		}
		var alarm <-chan time.Time
		if !next.IsZero() {
			alarm = time.After(next.Sub(now))
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-alarm:
		}
	}
}

// due takes the first task that is due, or tells when the next one is.
func (a *agenda) due(now time.Time) (t *task, next time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.tasks) == 0 {
		return nil, time.Time{}
	}
	if first := a.tasks[0]; first.at.After(now) {
		return nil, first.at
	}
	return heap.Pop(&a.tasks).(*task), time.Time{}
}

// tasks is a heap by time.
type tasks []*task

func (l tasks) Len() int           { return len(l) }
func (l tasks) Less(i, j int) bool { return l[i].at.Before(l[j].at) }
func (l tasks) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index, l[j].index = i, j
}
func (l *tasks) Push(x any) {
	t := x.(*task)
	t.index = len(*l)
	*l = append(*l, t)
}
func (l *tasks) Pop() any {
	last := len(*l) - 1
	t := (*l)[last]
	(*l)[last] = nil
	*l = (*l)[:last]
	t.index = -1
	return t
}
