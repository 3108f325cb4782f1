package logs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/store/logseg"
	"telltale/store/state"
)

// openGroup is a log group as those who write to it know it: with the numbers at hand, writing reads no state.
type openGroup struct {
	id        uint32
	retention atomic.Int32 // days; 0 is forever

	// mu is held shared while entries are appended, exclusively while the group or a stream is deleted: no entry is acknowledged that
	// goes where nobody will find it.
	mu      sync.RWMutex
	gone    bool              // deleted: look for another group of this name
	streams map[string]uint32 // numbers by name; only streams that were written to
}

// maxOpenStreams bounds what an openGroup remembers. Beyond, it forgets and learns again.
const maxOpenStreams = 10_000

// Write stores entries that a service says, with TS, Tmpl and Vals or Raw set; it sets their Group and Stream. A group and stream that are
// missing are made, also after they were deleted; a group made here keeps events for Config.Retention days.
// When it returns nil, the entries are visible. It keeps nothing of what it is given.
func (l *Logs) Write(ctx context.Context, s caller.Scope, group, stream string, entries []logseg.Entry) error {
	const op = "logs.Write"
	g, id, err := l.hold(ctx, op, groupKey{s, group}, stream, true)
	if err != nil {
		return err
	}
	defer g.mu.RUnlock()
	for i := range entries {
		entries[i].Group, entries[i].Stream = g.id, id
	}
	return fault.Wrap(op, fault.Unavailable, l.needs.Store.Append(ctx, entries))
}

// hold returns the group and the number of the stream, with the group's lock held shared: the caller must release it.
func (l *Logs) hold(ctx context.Context, op string, key groupKey, stream string, make bool) (*openGroup, uint32, error) {
	for {
		if v, ok := l.open.Load(key); ok {
			g := v.(*openGroup)
			g.mu.RLock()
			if id, ok := g.streams[stream]; ok && !g.gone {
				return g, id, nil
			}
			g.mu.RUnlock()
		}
		if err := l.openStream(ctx, op, key, stream, make); err != nil {
			return nil, 0, err
		}
	}
}

// openStream learns the numbers of a group and a stream, or makes them.
func (l *Logs) openStream(ctx context.Context, op string, key groupKey, name string, make bool) error {
	l.change.Lock()
	defer l.change.Unlock()
	var g *group
	var s *stream
	err := l.view(ctx, op, func(tx *state.Tx) (err error) {
		if g, err = getGroup(tx, op, key.Scope, key.Name); err == nil {
			s, err = getStream(tx, op, g.ID, name)
		}
		return err
	})
	if make && fault.Is(err, fault.NotFound) {
		g, s, err = l.makeStream(ctx, op, key, name)
	}
	if err != nil {
		return err
	}
	v, _ := l.open.LoadOrStore(key, &openGroup{id: g.ID, streams: map[string]uint32{}})
	og := v.(*openGroup)
	og.retention.Store(g.Retention)
	og.mu.Lock()
	defer og.mu.Unlock()
	if len(og.streams) >= maxOpenStreams {
		clear(og.streams)
	}
	og.streams[name] = s.ID
	return nil
}

// makeStream makes a stream, and its group if that is missing. The change lock is held.
func (l *Logs) makeStream(ctx context.Context, op string, key groupKey, name string) (g *group, s *stream, err error) {
	if err := errors.Join(checkGroupName(op, key.Name), checkStreamName(op, name)); err != nil {
		return nil, nil, err
	}
	err = l.alterLocked(ctx, op, func(tx *state.Tx) error {
		g, err = getGroup(tx, op, key.Scope, key.Name)
		if fault.Is(err, fault.NotFound) {
			g = &group{Account: key.Account, Region: key.Region, Name: key.Name, Retention: l.cfg.Retention}
			err = g.insert(tx)
		}
		if err != nil {
			return err
		}
		s = &stream{Group: g.ID, Name: name}
		return s.insert(tx)
	})
	return g, s, err
}

// shut waits for those who write to a group and makes them look again. The change lock is held, so they wait until the change is over.
func (l *Logs) shut(key groupKey) {
	if v, ok := l.open.LoadAndDelete(key); ok {
		g := v.(*openGroup)
		g.mu.Lock()
		g.gone = true
		g.mu.Unlock()
	}
}

// shutStream is shut for one stream.
func (l *Logs) shutStream(key groupKey, stream string) {
	if v, ok := l.open.Load(key); ok {
		g := v.(*openGroup)
		g.mu.Lock()
		delete(g.streams, stream)
		g.mu.Unlock()
	}
}
