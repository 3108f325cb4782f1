package wal

import (
	"errors"
	"fmt"
	"time"
)

func (l *Log) markDirty() {
	if l.dirty {
		return
	}
	l.dirty = true
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// fail ends all writing: after a failed fsync nobody knows what the disk holds, so nothing more is acknowledged.
func (l *Log) fail(err error) error {
	err = fmt.Errorf("the log cannot be written any more, fsync failed: %w", err)
	if l.broken == nil {
		l.broken = err
	}
	l.cfg.Diary.Error("fsync of the log failed; it refuses writes until it is opened again", "dir", l.cfg.Dir, "error", err)
	return err
}

// syncLoop fsyncs SyncEvery after the first write since the last fsync. An idle log sleeps.
func (l *Log) syncLoop() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		select {
		case <-l.stop:
			return
		case <-time.After(l.cfg.SyncEvery):
		}
		_ = l.Sync() // recorded in broken: the next Append fails with it
	}
}

// Sync makes everything appended so far durable.
func (l *Log) Sync() error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	l.writeMu.Lock()
	unsaved, file, dirty := l.unsaved, l.file, l.dirty
	l.unsaved, l.dirty = nil, false
	l.writeMu.Unlock()

	var err error
	for _, f := range unsaved {
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if dirty && file != nil {
		err = errors.Join(err, file.Sync())
	}
	if len(unsaved) > 0 {
		err = errors.Join(err, syncDir(l.cfg.Dir))
	}
	if err == nil {
		return nil
	}
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	return l.fail(err)
}
