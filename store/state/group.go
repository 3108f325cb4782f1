package state

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A group commits when nobody waits to join it, or when it has this many updates or this age.
const (
	groupSize = 512
	groupAge  = 20 * time.Millisecond
)

// writer is the one connection that changes the database. Updates take it in turn, each on its own goroutine, and
// leave the transaction open for the next one; the last of a group commits, so that one flush to the disk serves all.
type writer struct {
	mu    sync.Mutex
	busy  bool    // somebody has the turn
	queue []*turn // those who wait for it, oldest first

	// The rest belongs to the one who has the turn.
	conn   *conn // nil when closed
	group  *group
	commit func(topics []string) // called after each commit
}

// turn is the place of one update in the queue.
type turn struct{ come chan struct{} }

// group is the set of updates that share a transaction.
type group struct {
	size   int
	since  time.Time
	topics []string
	err    error         // why the group was lost; read it after done
	done   chan struct{} // closed when the group is committed or lost
}

// update runs f in the open group and returns when the group is on the disk. Even the error of f is kept back until
// then: f may have refused because of what an earlier update of the group did, and that must not be lost afterwards.
func (w *writer) update(tx *Tx, f func(*Tx) error) error {
	if err := w.take(tx.ctx); err != nil {
		return err
	}
	g, err := w.apply(tx, f)
	if g == nil {
		return err
	}
	<-g.done
	if g.err != nil {
		return g.err
	}
	return err
}

// take waits for the turn.
func (w *writer) take(ctx context.Context) error {
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil
	}
	t := &turn{make(chan struct{})}
	w.queue = append(w.queue, t)
	w.mu.Unlock()
	select {
	case <-t.come:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	i := slices.Index(w.queue, t)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i < 0 { // the turn came at the same moment, perhaps with a group to commit
		w.pass()
	}
	return fmt.Errorf("state: %w", ctx.Err())
}

// apply runs f as one member of the group, then gives the turn away, also when f panics.
// A nil group says that f did not run.
func (w *writer) apply(tx *Tx, f func(*Tx) error) (g *group, err error) {
	defer w.pass()
	if w.conn == nil {
		return nil, ErrClosed
	}
	if err := w.begin(); err != nil {
		return nil, err
	}
	g = w.group
	g.size++
	tx.conn = w.conn
	returned := false
	defer func() {
		tx.over = true
		if !returned {
			w.settle(tx, false)
		}
	}()
	err = f(tx)
	returned = true
	if err == nil {
		err = tx.broken
	}
	if lost := w.settle(tx, err == nil); lost != nil && err == nil {
		err = lost
	}
	return g, err
}

// begin opens a group unless one is open.
func (w *writer) begin() error {
	if w.group != nil {
		return nil
	}
	if err := w.conn.exec(sqlBegin); err != nil {
		return err
	}
	w.group = &group{since: time.Now(), done: make(chan struct{})}
	return nil
}

// settle keeps the changes of one member or takes them back, leaving those of the others alone.
// SQLite itself gives up the whole transaction on some errors; then the group is lost.
func (w *writer) settle(tx *Tx, keep bool) (err error) {
	if !w.conn.inTransaction() {
		cause := tx.broken
		if cause == nil {
			cause = fmt.Errorf("state: %s: the transaction was given up", w.conn.path)
		}
		w.end(cause)
		return cause
	}
	if !tx.saved {
		return nil
	}
	if !keep {
		err = w.conn.exec(sqlUndo)
	}
	if err == nil {
		err = w.conn.exec(sqlRelease)
	}
	if err != nil {
		w.conn.exec(sqlRollback)
		w.end(err)
		return err
	}
	if keep {
		w.group.topics = append(w.group.topics, tx.topics...)
	}
	return nil
}

// pass gives the turn to the next in the queue; before that it commits the group if nobody is there to join it.
func (w *writer) pass() {
	if w.group == nil {
		w.hand(false)
		return
	}
	if w.group.size < groupSize && time.Since(w.group.since) < groupAge {
		if w.hand(true) {
			return
		}
		// Those whose group has just been committed are about to come back: let them run before giving up on company.
		runtime.Gosched()
		if w.hand(true) {
			return
		}
	}
	err := w.conn.exec(sqlCommit)
	if err != nil && w.conn.inTransaction() {
		w.conn.exec(sqlRollback)
	}
	w.end(err)
	w.hand(false)
}

// hand gives the turn to the oldest in the queue and reports whether there was one.
// If there is none it is laid down, or kept if the caller still has work.
func (w *writer) hand(keep bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.busy = keep
		return false
	}
	next := w.queue[0]
	w.queue = slices.Delete(w.queue, 0, 1)
	close(next.come)
	return true
}

// end tells the members how their group ended.
func (w *writer) end(err error) {
	g := w.group
	w.group = nil
	g.err = err
	close(g.done)
	if err == nil && len(g.topics) > 0 {
		w.commit(g.topics)
	}
}

// close waits for the turn, then closes the connection; later updates get ErrClosed.
func (w *writer) close() error {
	if err := w.take(context.Background()); err != nil {
		return err
	}
	defer w.pass()
	// A turn handed over may come with an open group.
	if w.group != nil {
		err := w.conn.exec(sqlCommit)
		w.end(err)
	}
	if w.conn == nil {
		return nil
	}
	err := w.conn.close()
	w.conn = nil
	return err
}
