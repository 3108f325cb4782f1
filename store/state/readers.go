package state

import (
	"fmt"
	"sync"
)

// readers are the connections that Views use. They are opened when first needed and kept.
type readers struct {
	open  func() (*conn, error)
	slots chan struct{} // one element for each View that runs

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

// view runs f on a reader of its own, between BEGIN and ROLLBACK, which pins one state of the database.
func (rs *readers) view(tx *Tx, f func(*Tx) error) (err error) {
	select {
	case rs.slots <- struct{}{}:
	case <-tx.ctx.Done():
		return fmt.Errorf("state: %w", tx.ctx.Err())
	}
	defer func() { <-rs.slots }()
	c, err := rs.get()
	if err != nil {
		return err
	}
	defer func() {
		tx.over = true
		if end := c.exec(sqlRollback); end != nil {
			c.close()
			return
		}
		rs.put(c)
	}()
	if err := c.exec(sqlView); err != nil {
		return err
	}
	// The state is pinned by the first read, not by BEGIN.
	if _, err := c.number(`select 1 from state_counter limit 1`); err != nil {
		return err
	}
	tx.conn = c
	if err := f(tx); err != nil {
		return err
	}
	return tx.broken
}

func (rs *readers) get() (*conn, error) {
	rs.mu.Lock()
	if rs.closed {
		rs.mu.Unlock()
		return nil, ErrClosed
	}
	if n := len(rs.idle); n > 0 {
		c := rs.idle[n-1] // the warmest
		rs.idle = rs.idle[:n-1]
		rs.mu.Unlock()
		return c, nil
	}
	rs.mu.Unlock()
	return rs.open()
}

func (rs *readers) put(c *conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.idle = append(rs.idle, c)
}

// close waits for the Views that run and closes all connections; later Views get ErrClosed.
func (rs *readers) close() (err error) {
	rs.mu.Lock()
	rs.closed = true
	rs.mu.Unlock()
	for range cap(rs.slots) {
		rs.slots <- struct{}{}
	}
	for _, c := range rs.idle {
		if e := c.close(); e != nil && err == nil {
			err = e
		}
	}
	rs.idle = nil
	for range cap(rs.slots) {
		<-rs.slots
	}
	return err
}
