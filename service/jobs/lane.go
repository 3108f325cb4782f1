package jobs

import (
	"sync"

	"telltale/base/caller"
)

// maxBatch is the most requests that share a transaction. It bounds how long others wait for the database.
const maxBatch = 256

// lane is a queue of requests, served one batch after the other.
type lane struct {
	wake     chan struct{} // holds a token while something may wait
	inFlight int
	waiting  int

	mu     sync.Mutex
	queue  []*request
	asked  map[conversation]int // unanswered requests
	closed bool
}

// conversation is one connection's requests about one thing.
type conversation struct {
	scope         caller.Scope
	client, thing string
}

func newLane(cfg Config) *lane {
	return &lane{wake: make(chan struct{}, 1), inFlight: cfg.InFlight, waiting: cfg.Waiting, asked: map[conversation]int{}}
}

// add lets a request wait. One that is too many is failed, but waits as well, so that its answer has its turn; only when even those
// are too many, or nobody serves the lane any more, it returns an error and forgets the request.
func (l *lane) add(r *request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	talk := r.conversation()
	switch {
	case len(l.queue) >= 2*l.waiting:
		return crowded()
	case len(l.queue) >= l.waiting, talk.client != "" && l.asked[talk] >= l.inFlight:
		r.fail(crowded())
	}
	if talk.client != "" {
		l.asked[talk]++
	}
	l.queue = append(l.queue, r)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return nil
}

func crowded() *refusal {
	return refuse(requestThrottled, "Too many requests about the thing are waiting for their answers.")
}

// errClosed refuses what comes after Run has ended.
var errClosed = refuse(internalError, "The server is shutting down.")

// conversation is what the request belongs to; one that came from no connection has no client.
func (r *request) conversation() conversation {
	if r.done != nil {
		return conversation{}
	}
	return conversation{r.scope, r.origin.ClientID, r.thing}
}

// take returns the requests whose turn it is, in the space of an older batch.
func (l *lane) take(batch []*request) []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), maxBatch)
	clear(batch)
	batch = append(batch[:0], l.queue[:n]...)
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	return batch
}

// served forgets requests that are about to be answered.
func (l *lane) served(batch []*request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range batch {
		switch talk := r.conversation(); {
		case talk.client == "":
		case l.asked[talk] > 1:
			l.asked[talk]--
		default:
			delete(l.asked, talk)
		}
	}
}

// close takes no more requests. It reports whether none is waiting.
func (l *lane) close() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return len(l.queue) == 0
}
