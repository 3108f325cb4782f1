package logs

import (
	"context"
	"errors"
	"math"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// group is a log group as it is stored.
type group struct {
	Account, Region, Name string
	ID                    uint32 // in the log store; never given twice
	Created               int64  // milliseconds since the epoch
	Class                 string
	Retention             int32             `json:",omitempty"` // days; 0 keeps events forever
	Protected             bool              `json:",omitempty"` // it cannot be deleted
	Tags                  map[string]string `json:",omitempty"`
}

// stream is a log stream as it is stored.
type stream struct {
	Group   uint32
	Name    string
	ID      uint32 // in the log store; never given twice, in no group
	Created int64  // milliseconds since the epoch
}

var groupsTable = state.Table[group]{
	Name:  "logs_groups",
	Key:   func(g *group) state.Key { return state.K(g.Account, g.Region, g.Name) },
	Index: []state.Index[group]{{Name: "id", Key: func(g *group) []state.Key { return []state.Key{state.K(g.ID)} }, Unique: true}},
}

var streamsTable = state.Table[stream]{
	Name:  "logs_streams",
	Key:   func(s *stream) state.Key { return state.K(s.Group, s.Name) },
	Index: []state.Index[stream]{{Name: "id", Key: func(s *stream) []state.Key { return []state.Key{state.K(s.ID)} }, Unique: true}},
}

// Tables lists what the service keeps in the state database.
func Tables() []state.Schema { return []state.Schema{&groupsTable, &streamsTable} }

func (g *group) scope() caller.Scope { return caller.Scope{Account: g.Account, Region: g.Region} }

func (g *group) arn() string { return arn.LogGroup(g.scope(), g.Name) }

// group reads a group of a scope, or fails with the fault AWS documents.
func (l *Logs) group(ctx context.Context, op string, s caller.Scope, name string) (g *group, err error) {
	err = l.view(ctx, op, func(tx *state.Tx) error {
		g, err = getGroup(tx, op, s, name)
		return err
	})
	return g, err
}

func getGroup(tx *state.Tx, op string, s caller.Scope, name string) (*group, error) {
	g, err := groupsTable.Get(tx, state.K(s.Account, s.Region, name))
	if errors.Is(err, state.ErrNotFound) {
		return nil, noGroup(op)
	}
	return g, err
}

func getStream(tx *state.Tx, op string, group uint32, name string) (*stream, error) {
	s, err := streamsTable.Get(tx, state.K(group, name))
	if errors.Is(err, state.ErrNotFound) {
		return nil, noStream(op)
	}
	return s, err
}

// insert stores a new group and gives it its number.
func (g *group) insert(tx *state.Tx) (err error) {
	if g.ID, err = nextID(tx, "log_group_ids"); err != nil {
		return err
	}
	g.Created = time.Now().UnixMilli()
	if g.Class == "" {
		g.Class = logs.LogGroupClassStandard
	}
	if g.Retention > 0 {
		if err := tx.Outbox(chores, chore{Group: g.ID, Days: g.Retention}); err != nil {
			return err
		}
	}
	return groupsTable.Insert(tx, g)
}

// insert stores a new stream and gives it its number.
func (s *stream) insert(tx *state.Tx) (err error) {
	if s.ID, err = nextID(tx, "logs_streams"); err != nil {
		return err
	}
	s.Created = time.Now().UnixMilli()
	return streamsTable.Insert(tx, s)
}

// delete removes the group, its streams and its events.
func (g *group) delete(tx *state.Tx) error {
	for s, err := range streamsTable.Scan(tx, state.K(g.ID), state.Key{}, 0) {
		if err != nil {
			return err
		}
		if err := streamsTable.Delete(tx, streamsTable.Key(s)); err != nil {
			return err
		}
	}
	if err := tx.Outbox(chores, chore{Group: g.ID, Drop: true}); err != nil {
		return err
	}
	return groupsTable.Delete(tx, groupsTable.Key(g))
}

// nextID gives the next number of a sequence; the log store has room for 32 bits.
func nextID(tx *state.Tx, seq string) (uint32, error) {
	id, err := tx.NextID(seq)
	if err != nil {
		return 0, err
	}
	if id > math.MaxUint32 {
		return 0, fault.New("logs.nextID", fault.Limit, "All %d numbers of %s are used up.", uint32(math.MaxUint32), seq)
	}
	return uint32(id), nil
}

// view runs f on the state database.
func (l *Logs) view(ctx context.Context, op string, f func(*state.Tx) error) error {
	return stateFault(op, l.needs.State.View(ctx, f))
}

// alter changes groups and streams, one change at a time, and then does in the store what follows from it.
func (l *Logs) alter(ctx context.Context, op string, f func(*state.Tx) error) error {
	l.change.Lock()
	defer l.change.Unlock()
	return l.alterLocked(ctx, op, f)
}

func (l *Logs) alterLocked(ctx context.Context, op string, f func(*state.Tx) error) error {
	err := l.needs.State.Update(ctx, f)
	if err == nil {
		l.settle(ctx)
	}
	return stateFault(op, err)
}

// stateFault makes a fault of what the database says, and leaves alone what was said about the request.
func stateFault(op string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(op, fault.Internal, err)
}
