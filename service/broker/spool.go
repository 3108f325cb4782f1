package broker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"telltale/store/logseg/wal"
)

// spool keeps on the disk what sessions have still to get. A message is written before its publisher gets an acknowledgement, with the
// sessions it is for; that a session is done with it is noted a little later. After a crash a message may so come twice, and none is lost.
// (docs/decisions/0016-session-log.md)
type spool struct {
	log    *wal.Log // nil: memory only
	diary  *slog.Logger
	bytes  atomic.Int64 // of the messages in memory
	wake   chan struct{}
	extent func(*snapshot) // adds everything that is kept

	mu    sync.Mutex
	notes []byte
}

const (
	spoolDelay = 50 * time.Millisecond
	spoolSlack = 16 << 20 // bytes of the log that may be of no use any more, beyond as many as are
)

// openSpool opens the log in a directory; "" keeps nothing.
func openSpool(dir string, diary *slog.Logger) (*spool, error) {
	s := &spool{diary: diary, wake: make(chan struct{}, 1)}
	if dir == "" {
		return s, nil
	}
	var err error
	s.log, err = wal.Open(wal.Config{Dir: dir, Diary: diary})
	return s, err
}

// admit counts a session as holder of a message, unless that would make all messages too many bytes.
func (s *spool) admit(m *stored, most int) bool {
	more := int64(holderBytes)
	if m.holders.Load() == 0 {
		more += int64(m.size)
	}
	if s.bytes.Load()+more > int64(most) {
		return false
	}
	s.hold(m)
	return true
}

// holderBytes is about what one more session costs that gets a message.
const holderBytes = 100

// drop is the end of admit.
func (s *spool) drop(m *stored) {
	less := int64(holderBytes)
	if m.holders.Add(-1) == 0 {
		less += int64(m.size)
	}
	s.bytes.Add(-less)
}

// append writes a record and applies it, in the order of the records.
func (s *spool) append(record []byte, apply func()) error {
	if s.log == nil {
		apply()
		return nil
	}
	return s.log.Append(&wal.Record{Payload: record, Count: 1, Apply: func(*wal.Record) { apply() }})
}

// note has written soon that a session is done with a message.
func (s *spool) note(serial, n uint64) {
	if s.log == nil {
		return
	}
	s.mu.Lock()
	s.notes = appendDone(s.notes, serial, n)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run writes notes until ctx ends.
func (s *spool) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(spoolDelay):
		}
		if err := s.flush(); err != nil {
			s.diary.Error("what clients acknowledged cannot be noted; they may get it again after a crash", "error", err)
		}
	}
}

// flush writes the notes, and shortens the log when most of it is of no use.
func (s *spool) flush() error {
	if s.log == nil {
		return nil
	}
	s.mu.Lock()
	notes := s.notes
	s.notes = nil
	s.mu.Unlock()
	var err error
	if len(notes) > 0 {
		err = s.append(notes, func() {})
	}
	if s.log.Size() > spoolSlack+2*s.bytes.Load() {
		err = errors.Join(err, s.rewrite())
	}
	return err
}

// rewrite writes again what is still needed, and cuts off all before that. Records are understood in any order, so what is done with
// meanwhile is no worry.
func (s *spool) rewrite() error {
	var kept snapshot
	var from uint64
	err := s.log.Rotate(func(next uint64) {
		from = next
		kept.begin()
		s.extent(&kept)
	})
	if err != nil {
		return err
	}
	for _, record := range kept.records() {
		if err := s.append(record, func() {}); err != nil {
			return err
		}
	}
	return s.log.Trim(from)
}

// close writes what is left.
func (s *spool) close() error {
	if s.log == nil {
		return nil
	}
	return errors.Join(s.flush(), s.log.Close())
}

// hold is admit without a limit, for messages of an earlier run.
func (s *spool) hold(m *stored) {
	more := int64(holderBytes)
	if m.holders.Add(1) == 1 {
		more += int64(m.size)
	}
	s.bytes.Add(more)
}
