package wal

import (
	"errors"
	"fmt"
)

// Record is something to append. It can be used again once Append has returned.
type Record struct {
	Payload []byte // at most MaxPayload bytes
	Count   uint32 // items, at least 1
	First   uint64 // set by Append: number of the first item

	// Apply, when not nil, is called once the record is written, before Append returns and before any later record
	// is applied. It runs on whichever goroutine did the write and must not call the log.
	Apply func(r *Record)

	err  error
	done bool
}

// Append writes r behind all earlier records and returns when it is acknowledged: it then survives the death of the
// process, and with SyncAlways a power failure. When it fails nothing of r is in the log.
//
// The first of several waiting goroutines writes the records of all of them with one write.
func (l *Log) Append(r *Record) error {
	if r.Count == 0 {
		return fmt.Errorf("append to log: a record has at least 1 item")
	}
	if len(r.Payload) > MaxPayload {
		return fmt.Errorf("append to log: payload of %d bytes, at most %d are allowed", len(r.Payload), MaxPayload)
	}
	r.done, r.err = false, nil
	l.queueMu.Lock()
	l.queue = append(l.queue, r)
	l.queueMu.Unlock()

	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	if !r.done {
		l.writeQueue()
	}
	return r.err
}

// maxGroup bounds the bytes of one write, so that the buffer stays small; a single larger record still goes.
const maxGroup = 4 << 20

// writeQueue writes and applies all waiting records.
func (l *Log) writeQueue() {
	l.queueMu.Lock()
	l.group, l.queue = l.queue, l.group[:0]
	l.queueMu.Unlock()
	for rest := l.group; len(rest) > 0; {
		n, bytes := 1, len(rest[0].Payload)
		for n < len(rest) && bytes+len(rest[n].Payload) <= maxGroup {
			bytes += len(rest[n].Payload)
			n++
		}
		l.writeGroup(rest[:n])
		rest = rest[n:]
	}
	clear(l.group)
	if cap(l.out) > maxGroup+maxGroup/4 {
		l.out = nil
	}
}

func (l *Log) writeGroup(group []*Record) {
	next := l.next
	l.out = l.out[:0]
	for _, r := range group {
		r.First = next
		next += uint64(r.Count)
		if l.file != nil {
			l.out = appendFrame(l.out, l.salt, View{First: r.First, Count: r.Count, Payload: r.Payload})
		}
	}
	err := l.write(l.out)
	if err == nil {
		l.next = next
	}
	for _, r := range group {
		r.err, r.done = err, true
		if err == nil && r.Apply != nil {
			r.Apply(r)
		}
	}
}

// write puts b behind the last frame, all of it or nothing.
func (l *Log) write(b []byte) error {
	if l.broken != nil {
		return l.broken
	}
	if l.file == nil {
		return nil
	}
	last := &l.parts[len(l.parts)-1]
	if l.torn {
		if err := l.cutBack(last.size); err != nil {
			return err
		}
	}
	if _, err := l.file.Write(b); err != nil {
		l.torn = true
		if cutErr := l.cutBack(last.size); cutErr != nil {
			l.cfg.Diary.Error("a failed write left bytes in the log; the next write tries again to cut them off", "file", last.path, "error", cutErr)
		}
		return fmt.Errorf("write log: %w", err)
	}
	if l.cfg.SyncAlways {
		if err := l.file.Sync(); err != nil {
			return errors.Join(l.fail(err), l.cutBack(last.size))
		}
	} else {
		l.markDirty()
	}
	last.size += int64(len(b))
	return nil
}

// cutBack removes what a failed write left behind the last whole frame.
func (l *Log) cutBack(size int64) error {
	if err := l.file.Truncate(size); err != nil {
		return fmt.Errorf("cut back log: %w", err)
	}
	if _, err := l.file.Seek(size, 0); err != nil {
		return fmt.Errorf("cut back log: %w", err)
	}
	l.torn = false
	return nil
}
