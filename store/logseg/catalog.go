package logseg

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/fault"
	"telltale/store/logseg/wal"
)

// catalog keeps what is true of the whole store: templates, what was dropped, how long groups are kept.
// It is a log of its own whose records are durable before they count.
type catalog struct {
	log    *wal.Log
	shapes atomic.Pointer[[]*shape] // by id - 1; only grows

	writeMu sync.Mutex        // one change at a time
	ids     map[string]uint32 // by encoded template
	records int               // since the last snapshot

	mu    sync.RWMutex
	rules map[uint32]*rule // by group; a rule never changes, it is replaced
}

// rule says which rows of a group are hidden.
type rule struct {
	dropped uint64            // rows up to this sequence number are
	streams map[uint32]uint64 // the same for single streams
	days    int               // rows older than this are; 0: none
}

// The kinds of catalog records, their first byte. Numbers that follow are uvarints.
const (
	recordTemplate = 1 // parts
	recordDrop     = 2 // group, stream, sequence number
	recordRetain   = 3 // group, days
	recordSnapshot = 4 // all that still counts: templates, then rules; earlier records are void
)

func openCatalog(dir string, diary *slog.Logger) (*catalog, error) {
	log, err := wal.Open(wal.Config{Dir: dir, SyncAlways: true, Diary: diary})
	if err != nil {
		return nil, err
	}
	c := &catalog{log: log}
	c.clear()
	for v, err := range log.Records(0) {
		if err == nil {
			err = c.apply(v.Payload)
		}
		if err != nil {
			return nil, errors.Join(err, log.Close())
		}
		c.records++
	}
	return c, nil
}

func (c *catalog) clear() {
	c.shapes.Store(&[]*shape{})
	c.ids = map[string]uint32{}
	c.rules = map[uint32]*rule{}
}

// change makes a record durable and then lets it count.
func (c *catalog) change(record []byte) error {
	if err := c.log.Append(&wal.Record{Payload: record, Count: 1}); err != nil {
		return err
	}
	c.records++
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apply(record)
}

// apply does what a record says. Each record can be applied twice.
func (c *catalog) apply(record []byte) error {
	d := &decoder{b: record}
	kind := d.byte()
	switch kind {
	case recordTemplate:
		c.addTemplate(readTemplate(d))
	case recordDrop:
		c.setDrop(place{d.uint32(), d.uint32()}, d.uvarint())
	case recordRetain:
		c.setDays(d.uint32(), int(d.uint32()))
	case recordSnapshot:
		c.clear()
		for n := d.uvarint(); n > 0 && !d.failed; n-- {
			c.addTemplate(readTemplate(d))
		}
		for !d.failed && len(d.b) > 0 {
			group := d.uint32()
			c.setDrop(place{group: group}, d.uvarint())
			c.setDays(group, int(d.uint32()))
			for n := d.uvarint(); n > 0 && !d.failed; n-- {
				c.setDrop(place{group, d.uint32()}, d.uvarint())
			}
		}
	default:
		d.failed = true
	}
	if d.failed {
		return fault.New("logseg.Open", fault.Internal, "a catalog record of kind %d is malformed", kind)
	}
	return nil
}

func (c *catalog) addTemplate(t Template) {
	key := string(appendTemplate(nil, t))
	if _, known := c.ids[key]; known {
		return
	}
	old := *c.shapes.Load()
	id := uint32(len(old) + 1)
	shapes := append(old, newShape(t)) // readers of old never look behind its end
	c.ids[key] = id
	c.shapes.Store(&shapes)
}

func (c *catalog) edit(group uint32, f func(r *rule)) {
	var r rule
	if old := c.rules[group]; old != nil {
		r = *old
	}
	f(&r)
	if r.dropped == 0 && len(r.streams) == 0 && r.days == 0 {
		delete(c.rules, group)
		return
	}
	c.rules[group] = &r
}

func (c *catalog) setDrop(at place, seq uint64) {
	c.edit(at.group, func(r *rule) {
		if at.stream == 0 {
			r.dropped, r.streams, r.days = seq, nil, 0
			return
		}
		r.streams = maps.Clone(r.streams)
		if r.streams == nil {
			r.streams = map[uint32]uint64{}
		}
		r.streams[at.stream] = seq
	})
}

func (c *catalog) setDays(group uint32, days int) {
	c.edit(group, func(r *rule) { r.days = days })
}

// template returns the id of t, and makes it durable when it is new.
func (c *catalog) template(t Template) (uint32, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	record := appendTemplate([]byte{recordTemplate}, Template{Parts: joinLiterals(t.Parts)})
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if id, ok := c.ids[string(record[1:])]; ok {
		return id, nil
	}
	if err := c.change(record); err != nil {
		return 0, fault.Wrap("logseg.Template", fault.Unavailable, err)
	}
	return c.ids[string(record[1:])], nil
}

// drop hides the rows of a group or stream up to seq.
func (c *catalog) drop(at place, seq uint64) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	record := binary.AppendUvarint([]byte{recordDrop}, uint64(at.group))
	record = binary.AppendUvarint(record, uint64(at.stream))
	return c.change(binary.AppendUvarint(record, seq))
}

func (c *catalog) retain(group uint32, days int) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.mu.RLock()
	r := c.rules[group]
	c.mu.RUnlock()
	if r == nil && days == 0 || r != nil && r.days == days {
		return nil
	}
	record := binary.AppendUvarint([]byte{recordRetain}, uint64(group))
	return c.change(binary.AppendUvarint(record, uint64(days)))
}

// newestDrop returns the greatest sequence number a drop mentions.
func (c *catalog) newestDrop() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var seq uint64
	for _, r := range c.rules {
		seq = max(seq, r.dropped)
		for _, s := range r.streams {
			seq = max(seq, s)
		}
	}
	return seq
}

// rule returns what is hidden of group now.
func (c *catalog) rule(group uint32, now time.Time) hiding {
	c.mu.RLock()
	r := c.rules[group]
	c.mu.RUnlock()
	return r.at(now)
}

// prune forgets drops that hide nothing any more, and rewrites the catalog when it has become long.
func (c *catalog) prune(needed func(at place, seq uint64) bool) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.mu.Lock()
	forgot := false
	for group, r := range c.rules {
		keep := *r
		if keep.dropped > 0 && !needed(place{group: group}, keep.dropped) {
			keep.dropped, forgot = 0, true
		}
		keep.streams = maps.Clone(r.streams)
		maps.DeleteFunc(keep.streams, func(stream uint32, seq uint64) bool { return !needed(place{group, stream}, seq) })
		forgot = forgot || len(keep.streams) < len(r.streams)
		c.edit(group, func(r *rule) { *r = keep })
	}
	size := len(*c.shapes.Load()) + len(c.rules)
	c.mu.Unlock()
	if !forgot && c.records < 2*size+1000 {
		return nil
	}
	return c.rewrite()
}

// rewrite replaces all records by one snapshot. A crash in between leaves old records before the snapshot or no
// snapshot; both say the same.
func (c *catalog) rewrite() error {
	shapes := *c.shapes.Load()
	b := binary.AppendUvarint([]byte{recordSnapshot}, uint64(len(shapes)))
	for _, s := range shapes {
		b = appendTemplate(b, Template{Parts: s.parts})
	}
	c.mu.RLock()
	for _, group := range slices.Sorted(maps.Keys(c.rules)) {
		r := c.rules[group]
		b = binary.AppendUvarint(b, uint64(group))
		b = binary.AppendUvarint(b, r.dropped)
		b = binary.AppendUvarint(b, uint64(r.days))
		b = binary.AppendUvarint(b, uint64(len(r.streams)))
		for _, stream := range slices.Sorted(maps.Keys(r.streams)) {
			b = binary.AppendUvarint(b, uint64(stream))
			b = binary.AppendUvarint(b, r.streams[stream])
		}
	}
	c.mu.RUnlock()
	if err := c.log.Rotate(nil); err != nil {
		return err
	}
	rec := &wal.Record{Payload: b, Count: 1}
	if err := c.log.Append(rec); err != nil {
		return err
	}
	c.records = 1
	return c.log.Trim(rec.First)
}
