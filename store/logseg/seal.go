package logseg

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"telltale/base/fault"
)

// full reports whether the active memtable is due. The caller holds l.mu or is alone.
func (l *Log) full() bool {
	return l.active.rows >= l.cfg.SealRows || l.active.bytes >= l.cfg.MemBytes
}

func (l *Log) freezeIfFull() {
	l.mu.RLock()
	full := l.full()
	l.mu.RUnlock()
	if full {
		if err := l.freeze(l.full); err != nil {
			l.cfg.Diary.Error("the log could not be rotated; the next append tries again", "error", err)
		}
	}
}

// freeze sets the active memtable aside for sealing, together with its part of the log, if due still says so.
func (l *Log) freeze(due func() bool) error {
	l.freezeMu.Lock()
	defer l.freezeMu.Unlock()
	l.mu.RLock()
	ok := due()
	l.mu.RUnlock()
	if !ok {
		return nil
	}
	err := l.wal.Rotate(func(next uint64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.frozen = append(l.frozen, l.active)
		l.active = newMemtable(next)
	})
	l.wakeSealer()
	return err
}

func (l *Log) wakeSealer() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// sealPause is how long the sealer waits after a failure.
const sealPause = time.Second

// sealLoop seals frozen memtables, and freezes the active one when it is old.
func (l *Log) sealLoop(ctx context.Context) {
	defer close(l.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		pause := l.sealDue(ctx)
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-timer.C:
		}
	}
}

// sealDue seals what is due and returns how long there is nothing to do.
func (l *Log) sealDue(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		l.mu.RLock()
		var m *memtable
		if len(l.frozen) > 0 {
			m = l.frozen[0]
		}
		left := l.cfg.SealAge
		if l.active.rows > 0 {
			left = time.Until(l.active.born.Add(l.cfg.SealAge))
		}
		l.mu.RUnlock()
		var err error
		switch {
		case m != nil:
			err = l.seal(m)
		case left > 0:
			return left
		default:
			err = l.freeze(func() bool { return l.active.rows > 0 })
		}
		l.noteSeal(err)
		if err != nil {
			l.cfg.Diary.Error("rows could not be sealed; they stay in memory and in the log, sealing is tried again", "error", err)
			return sealPause
		}
	}
	return sealPause
}

// noteSeal tells those who wait how sealing goes.
func (l *Log) noteSeal(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sealErr = err
	close(l.sealed)
	l.sealed = make(chan struct{})
}

// seal writes a frozen memtable as a segment and deletes its part of the log.
func (l *Log) seal(m *memtable) error {
	now := time.Now()
	v := m.view()
	hidden := map[uint32]hiding{}
	s, err := l.writeSegment(m.first, m.next-1, 0, func(w *segmentWriter) error {
		for _, at := range v.spots(func(*ref) bool { return true }) {
			r := v.row(at)
			b, ok := readBody(r.body)
			if !ok {
				return errNoTemplate
			}
			h, known := hidden[b.group]
			if !known {
				h = l.catalog.rule(b.group, now)
				hidden[b.group] = h
			}
			if h.hides(b.stream, r.ts, r.seq) {
				continue
			}
			if err := w.add(r, &b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.segments = append(slices.Clip(l.segments), s)
	l.frozen = slices.Clone(l.frozen[1:])
	l.mu.Unlock()
	return l.wal.Trim(m.next)
}

// unfinished ends the name of a segment file that is being written.
const unfinished = ".tmp"

// writeSegment makes the segment for the sequence numbers first to last from the rows that fill adds. When it returns
// the segment is durable under its name.
func (l *Log) writeSegment(first, last uint64, gen uint32, fill func(*segmentWriter) error) (*segment, error) {
	shapes := *l.catalog.shapes.Load()
	if l.cfg.Dir == "" {
		var buf bytes.Buffer
		w, err := newSegmentWriter(&buf, shapes, first, last)
		if err == nil {
			err = fill(w)
		}
		if err != nil {
			return nil, err
		}
		x, _, err := w.finish()
		return memorySegment(slices.Clip(buf.Bytes()), x, gen), err
	}
	path := filepath.Join(l.sub(segmentDir), segmentName(first, last, gen))
	f, err := os.OpenFile(path+unfinished, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriterSize(f, 64<<10)
	w, err := newSegmentWriter(buf, shapes, first, last)
	if err == nil {
		err = fill(w)
	}
	if err == nil {
		_, _, err = w.finish()
	}
	if err == nil {
		err = errors.Join(buf.Flush(), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path+unfinished))
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return nil, err
	}
	if err := syncDir(l.sub(segmentDir)); err != nil {
		return nil, err
	}
	return openSegment(path, gen)
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Flush implements Store.
func (l *Log) Flush(ctx context.Context) error {
	const op = "logseg.Flush"
	if err := l.freeze(func() bool { return l.active.rows > 0 }); err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	l.mu.RLock()
	var upTo uint64
	if n := len(l.frozen); n > 0 {
		upTo = l.frozen[n-1].next
	}
	l.mu.RUnlock()
	for {
		l.mu.RLock()
		waiting := len(l.frozen) > 0 && l.frozen[0].next <= upTo
		sealed, err, closed := l.sealed, l.sealErr, l.closed
		l.mu.RUnlock()
		switch {
		case !waiting:
			return nil
		case closed:
			return fault.Wrap(op, fault.Unavailable, errClosed)
		case err != nil:
			return fault.Wrap(op, fault.Unavailable, err)
		}
		select {
		case <-sealed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
