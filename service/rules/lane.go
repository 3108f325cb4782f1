package rules

import "sync"

// lane is work that waits for an action of a rule. Some of it is done at the same time; when nothing waits, nobody is there.
type lane struct {
	limit    int // that may wait
	parallel int

	mu      sync.Mutex
	queue   []func()
	head    int // of the queue
	running int
	batches map[string]*batch // that are open
}

// add lets work wait; false if too much waits. start tells that the caller must start somebody to do it.
func (l *lane) add(work func()) (start, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue)-l.head >= l.limit {
		return false, false
	}
	l.queue = append(l.queue, work)
	if l.running >= l.parallel {
		return false, true
	}
	l.running++
	return true, true
}

// next is the work whose turn it is; nil if there is none, and the one who asks goes.
func (l *lane) next() func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
		l.running--
		return nil
	}
	work := l.queue[l.head]
	l.queue[l.head] = nil
	if l.head++; l.head > 1024 && l.head > len(l.queue)/2 {
		n := copy(l.queue, l.queue[l.head:])
		clear(l.queue[n:])
		l.queue, l.head = l.queue[:n], 0
	}
	return work
}

// start lets work wait in a lane, and sees that somebody does it; false if too much waits. At the end of the program what waits is left
// to the journal.
func (e *Engine) start(l *lane, work func()) bool {
	begin, ok := l.add(work)
	if begin && !e.stopping.Load() {
		e.serving.Go(func() {
			for work := l.next(); work != nil && !e.stopping.Load(); work = l.next() {
				work()
			}
		})
	}
	return ok
}
