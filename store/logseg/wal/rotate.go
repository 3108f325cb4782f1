package wal

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Rotate begins a new part. swap, when not nil, is called with the number of the next item while nothing is
// written: every earlier record is applied, no later one is. It must not call the log.
func (l *Log) Rotate(swap func(next uint64)) error {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if l.file != nil && l.parts[len(l.parts)-1].base < l.next {
		o, err := createPart(l.cfg.Dir, l.next)
		if err != nil {
			return fmt.Errorf("rotate log: %w", err)
		}
		if l.torn {
			// The bytes behind the last frame would count as damage inside the log. Without this cut, reading still
			// finds all frames.
			_ = l.cutBack(l.parts[len(l.parts)-1].size)
			l.torn = false
		}
		l.unsaved = append(l.unsaved, l.file)
		l.file, l.salt, l.parts = o.file, o.salt, append(l.parts, o.part)
		l.dirty = false
		l.markDirty()
	}
	if swap != nil {
		swap(l.next)
	}
	return nil
}

// Between calls fn between two records, with the number of the next item: every earlier record is applied, and no
// later one is written before fn returns. fn must not call the log.
func (l *Log) Between(fn func(next uint64)) {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	fn(l.next)
}

// Trim deletes the parts that hold only items numbered below before. The newest part stays, it knows the next number.
func (l *Log) Trim(before uint64) error {
	// The number of the newest part must be durable before the older ones go, or numbers could be given twice.
	if err := l.Sync(); err != nil {
		return err
	}
	l.writeMu.Lock()
	n := 0
	for n+1 < len(l.parts) && l.parts[n+1].base <= before {
		n++
	}
	gone := l.parts[:n:n]
	l.parts = l.parts[n:]
	l.writeMu.Unlock()
	var err error
	for _, p := range gone {
		err = errors.Join(err, os.Remove(p.path))
	}
	if n > 0 {
		err = errors.Join(err, syncDir(l.cfg.Dir))
	}
	if err != nil {
		return fmt.Errorf("trim log: %w", err)
	}
	return nil
}

// Records yields the records with items numbered from or above, in order, up to what was written when it was called.
// Damage is yielded as a *DamageError with a zero View, and reading goes on behind it; any other error ends it.
func (l *Log) Records(from uint64) iter.Seq2[View, error] {
	return func(yield func(View, error) bool) {
		l.writeMu.Lock()
		parts, next := append([]part(nil), l.parts...), l.next
		l.writeMu.Unlock()
		for i, p := range parts {
			end := next
			if i+1 < len(parts) {
				end = parts[i+1].base
			}
			if end <= from {
				continue
			}
			if !readPart(p, end, from, yield) {
				return
			}
		}
	}
}

// readPart yields the records of p, whose numbers end before end. It returns false when reading is over.
func readPart(p part, end, from uint64, yield func(View, error) bool) bool {
	f, err := os.Open(p.path)
	if err != nil {
		yield(View{}, err)
		return false
	}
	defer f.Close()
	r, ok, err := newReader(f, p.path, p.size)
	if err != nil {
		yield(View{}, err)
		return false
	}
	if !ok {
		return yield(View{}, &DamageError{Path: p.path, Bytes: p.size, First: p.base, Before: end})
	}
	for {
		v, err := r.read()
		switch {
		case err == nil && v.Next() <= from:
			continue
		case err == nil:
			if !yield(v, nil) {
				return false
			}
		case errors.Is(err, io.EOF) && r.off < r.end:
			return yield(View{}, &DamageError{Path: p.path, Offset: r.off, Bytes: r.end - r.off, First: r.next, Before: max(end, r.next)})
		case errors.Is(err, io.EOF):
			return true
		default:
			goOn := yield(View{}, err)
			if _, damaged := errors.AsType[*DamageError](err); !goOn || !damaged {
				return false
			}
		}
	}
}
