// Package lane queues the requests of devices and hands them out in batches: those about one thing one after the other, in the order in
// which they came, and not too many of one connection.
package lane

import (
	"context"
	"hash/maphash"
	"sync"

	"telltale/base/caller"
)

// Config is how many requests may wait, and what is said to those that may not.
type Config struct {
	Lanes    int   // queues, each with a goroutine that serves it
	InFlight int   // unanswered requests that a connection may have about one thing
	Waiting  int   // requests that may wait in one queue
	Crowded  error // fails a request that is one too many
	Closed   error // is for what comes after Run has ended
}

// Request is what waits.
type Request interface {
	// Talk is what the request is part of. It is always the same.
	Talk() Talk
	// Fail ends the request with an error, unless it has one.
	Fail(error)
}

// Talk is what one connection asks about one thing.
type Talk struct {
	Scope  caller.Scope
	Thing  string
	Client string // "": the request came from no connection and is not counted
}

// Lanes are queues of requests. All requests about one thing wait in the same one.
type Lanes[R Request] struct {
	cfg    Config
	seed   maphash.Seed
	queues []*queue[R]
}

// New returns lanes in which nothing waits.
func New[R Request](cfg Config) *Lanes[R] {
	l := &Lanes[R]{cfg: cfg, seed: maphash.MakeSeed()}
	for range cfg.Lanes {
		l.queues = append(l.queues, &queue[R]{wake: make(chan struct{}, 1), asked: map[Talk]int{}})
	}
	return l
}

// Add lets a request wait. One that is too many is failed, but waits as well, so that its answer has its turn; only when even those are
// too many, or nobody serves any more, Add returns an error and forgets the request.
func (l *Lanes[R]) Add(r R) error {
	talk := r.Talk()
	return l.of(talk).add(&l.cfg, r, talk)
}

// of is the queue of a thing.
func (l *Lanes[R]) of(t Talk) *queue[R] {
	t.Client = ""
	return l.queues[maphash.Comparable(l.seed, t)%uint64(len(l.queues))]
}

// Run calls serve with what waits, batch after batch, for each lane from a goroutine of its own, until ctx ends and then nothing waits any
// more. The batch is serve's until it returns. serve tells Served when it is about to answer.
func (l *Lanes[R]) Run(ctx context.Context, serve func(lane int, batch []R)) {
	var running sync.WaitGroup
	for i, q := range l.queues {
		running.Go(func() { q.run(ctx, func(batch []R) { serve(i, batch) }) })
	}
	running.Wait()
}

// Served stops counting requests of a batch as unanswered. It is told before the answers leave: who has one may ask again.
func (l *Lanes[R]) Served(batch []R) {
	if len(batch) > 0 {
		l.of(batch[0].Talk()).served(batch)
	}
}
