package wal

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// ErrClosed is returned by a log that was closed.
var ErrClosed = errors.New("the log is closed")

// Log is an append-only log. Its methods may be called from several goroutines.
type Log struct {
	cfg Config

	queueMu sync.Mutex
	queue   []*Record // waiting to be written, in the order of their numbers to be

	writeMu sync.Mutex // one write at a time; guards all below, and the done and err of records
	group   []*Record  // being written
	out     []byte     // the frames of group
	file    *os.File   // nil without Dir
	parts   []part     // the last one is file's
	salt    uint32
	next    uint64
	unsaved []*os.File // files of earlier parts that still need fsync
	dirty   bool       // file needs fsync
	torn    bool       // a failed write may have left bytes behind the last frame
	broken  error      // nothing can be written any more

	syncMu sync.Mutex // one fsync at a time
	wake   chan struct{}
	stop   chan struct{}
	done   chan struct{}
}

// Open opens the log in cfg.Dir or begins one. A torn tail, the trace of a write that never finished and was never
// acknowledged, is cut off with a line in the diary.
func Open(cfg Config) (*Log, error) {
	l := &Log{
		cfg:  cfg.withDefaults(),
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	l.next = l.cfg.First
	if cfg.Dir != "" {
		if err := l.openParts(); err != nil {
			return nil, fmt.Errorf("open log %s: %w", cfg.Dir, err)
		}
	}
	go l.syncLoop()
	return l, nil
}

func (l *Log) openParts() error {
	if err := os.MkdirAll(l.cfg.Dir, 0o700); err != nil {
		return err
	}
	parts, err := listParts(l.cfg.Dir)
	if err != nil {
		return err
	}
	var o opened
	if len(parts) == 0 {
		o, err = createPart(l.cfg.Dir, l.next)
		parts = append(parts, part{})
	} else {
		o, err = recoverPart(l.cfg.Dir, parts[len(parts)-1])
	}
	if err != nil {
		return err
	}
	if o.cut > 0 {
		l.cfg.Diary.Warn("cut a torn tail off the log", "file", o.path, "offset", o.size, "bytes", o.cut)
	}
	parts[len(parts)-1] = o.part
	l.file, l.salt, l.parts, l.next = o.file, o.salt, parts, max(o.next, l.next)
	return errors.Join(l.file.Sync(), syncDir(l.cfg.Dir))
}

// Next returns the number the next item will have.
func (l *Log) Next() uint64 {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	return l.next
}

// First returns the least number a record in the log can have.
func (l *Log) First() uint64 {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	if len(l.parts) == 0 {
		return l.next
	}
	return l.parts[0].base
}

// Size returns the size of all parts in bytes.
func (l *Log) Size() int64 {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	var n int64
	for _, p := range l.parts {
		n += p.size
	}
	return n
}

// Close makes the log durable and closes it. Appends that have not begun to be written fail with ErrClosed.
func (l *Log) Close() error {
	l.writeMu.Lock()
	if errors.Is(l.broken, ErrClosed) {
		l.writeMu.Unlock()
		return nil
	}
	earlier := l.broken
	l.broken = ErrClosed
	l.writeMu.Unlock()
	close(l.stop)
	<-l.done
	err := l.Sync()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	if earlier != nil {
		return nil // whoever appended was told
	}
	return err
}
