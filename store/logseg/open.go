package logseg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"telltale/base/fault"
	"telltale/store/logseg/wal"
)

// The directories of a store.
const (
	walDir     = "wal"
	catalogDir = "catalog"
	segmentDir = "segments"
)

// Open opens the store in cfg.Dir, or begins one, and replays what had not reached a segment.
// The store seals in the background until Close; Run does the rest of its upkeep.
func Open(cfg Config) (*Log, error) {
	const op = "logseg.Open"
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Log{
		cfg:    cfg,
		sealed: make(chan struct{}),
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
	}
	if cfg.Dir != "" {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, segmentDir), 0o700); err != nil {
			return nil, fault.Wrap(op, fault.Unavailable, err)
		}
		if l.lock, err = lockDir(cfg.Dir); err != nil {
			return nil, fault.Wrap(op, fault.Conflict, err)
		}
	}
	if err := l.load(); err != nil {
		if l.wal != nil {
			err = errors.Join(err, l.wal.Close())
		}
		if l.catalog != nil {
			err = errors.Join(err, l.catalog.log.Close())
		}
		for _, s := range l.segments {
			s.release()
		}
		return nil, fault.Wrap(op, fault.Unavailable, errors.Join(err, l.lock.release()))
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	go l.sealLoop(ctx)
	return l, nil
}

// sub is a directory of the store, empty in memory.
func (l *Log) sub(name string) string {
	if l.cfg.Dir == "" {
		return ""
	}
	return filepath.Join(l.cfg.Dir, name)
}

func (l *Log) load() (err error) {
	if l.catalog, err = openCatalog(l.sub(catalogDir), l.cfg.Diary); err != nil {
		return err
	}
	if l.cfg.Dir != "" {
		if l.segments, err = loadSegments(l.sub(segmentDir)); err != nil {
			return err
		}
	}
	// A power failure may have taken the newest rows from the log although a drop or a segment knows their numbers.
	newest := l.catalog.newestDrop()
	var sealed uint64
	for _, s := range l.segments {
		sealed = max(sealed, s.last)
	}
	l.wal, err = wal.Open(wal.Config{
		Dir:        l.sub(walDir),
		SyncEvery:  l.cfg.SyncEvery,
		SyncAlways: l.cfg.SyncAlways,
		First:      max(newest, sealed) + 1,
		Diary:      l.cfg.Diary,
	})
	if err != nil {
		return err
	}
	return l.replay(sealed)
}

// replay fills memtables with the rows behind the sealed ones.
func (l *Log) replay(sealed uint64) error {
	l.active = newMemtable(max(sealed+1, l.wal.First()))
	shapes := *l.catalog.shapes.Load()
	var b batch
	for v, err := range l.wal.Records(sealed + 1) {
		if damage, ok := errors.AsType[*wal.DamageError](err); ok {
			l.cfg.Diary.Error("log entries are lost", "file", damage.Path, "offset", damage.Offset, "bytes", damage.Bytes,
				"first", damage.First, "before", damage.Before)
			continue
		}
		if err == nil {
			err = b.load(v, shapes)
		}
		if err != nil {
			return err
		}
		if l.full() {
			l.frozen = append(l.frozen, l.active)
			l.active = newMemtable(v.First)
		}
		l.forgetDropped(&b)
		l.active.insert(&b)
	}
	// The sealed part of the log outlived its seal when the process died between the two.
	return l.wal.Trim(sealed + 1)
}

// forgetDropped takes dropped rows out of the counts of a replayed batch. The rows stay, hidden as ever.
func (l *Log) forgetDropped(b *batch) {
	last := b.rec.First + uint64(b.rec.Count) - 1
	b.spans = slices.DeleteFunc(b.spans, func(s spanAt) bool {
		// All rows of a record are before a drop or behind it.
		r := l.catalog.rules[s.group]
		return r != nil && (last <= r.dropped || last <= r.streams[s.stream])
	})
}

// loadSegments opens the segments in dir. A segment whose numbers another one of a later generation stands for was
// replaced by it, and is deleted; so are unfinished files.
func loadSegments(dir string) ([]*segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*segment
	fail := func(err error) ([]*segment, error) {
		for _, s := range found {
			s.release()
		}
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasSuffix(e.Name(), unfinished) {
			if err := os.Remove(path); err != nil {
				return fail(err)
			}
			continue
		}
		first, last, gen, ok := parseSegmentName(e.Name())
		if !ok {
			continue
		}
		s, err := openSegment(path, gen)
		if err != nil {
			return fail(err)
		}
		found = append(found, s)
		if s.first != first || s.last != last {
			return fail(&DamageError{File: e.Name(), Block: -1, Err: errors.New("the sequence numbers differ from those in the name")})
		}
	}
	kept := found[:0:0]
	for _, s := range found {
		if !slices.ContainsFunc(found, s.replacedBy) {
			kept = append(kept, s)
			continue
		}
		s.release()
		if err := os.Remove(s.path); err != nil {
			return fail(err)
		}
	}
	slices.SortFunc(kept, bySeq)
	return kept, nil
}
