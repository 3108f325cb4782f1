package lane

import (
	"context"
	"sync"
)

// maxBatch is the most requests of a batch. It bounds how long others wait for what a batch needs, a transaction for example.
const maxBatch = 256

type queue[R Request] struct {
	wake chan struct{} // holds a token while something may wait

	mu      sync.Mutex
	waiting []R
	asked   map[Talk]int // unanswered requests
	closed  bool
}

func (q *queue[R]) add(cfg *Config, r R, talk Talk) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch n := len(q.waiting); {
	case q.closed:
		return cfg.Closed
	case n >= 2*cfg.Waiting:
		return cfg.Crowded
	case n >= cfg.Waiting, talk.Client != "" && q.asked[talk] >= cfg.InFlight:
		r.Fail(cfg.Crowded)
	}
	if talk.Client != "" {
		q.asked[talk]++
	}
	q.waiting = append(q.waiting, r)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// run serves what waits until ctx ends, and then what still waits.
func (q *queue[R]) run(ctx context.Context, serve func([]R)) {
	var batch []R
	for {
		if batch = q.take(batch); len(batch) > 0 {
			serve(batch)
			continue
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			if q.close() {
				return
			}
		}
	}
}

// take returns the requests whose turn it is, in the space of an older batch.
func (q *queue[R]) take(batch []R) []R {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), maxBatch)
	clear(batch)
	batch = append(batch[:0], q.waiting[:n]...)
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	return batch
}

// served forgets requests that are about to be answered.
func (q *queue[R]) served(batch []R) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range batch {
		switch talk := r.Talk(); {
		case talk.Client == "":
		case q.asked[talk] > 1:
			q.asked[talk]--
		default:
			delete(q.asked, talk)
		}
	}
}

// close takes no more requests. It reports whether none is waiting.
func (q *queue[R]) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return len(q.waiting) == 0
}
