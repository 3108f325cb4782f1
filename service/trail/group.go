package trail

import (
	"context"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/store/state"
)

// historyDays is how long records can be found. aws: awscloudtrail/view-cloudtrail-events
const (
	historyDays = 90
	history     = historyDays * 24 * time.Hour
)

// stream is the one stream of every group of records.
const stream = 1

// group is the log group that holds the records of one account and region.
type group struct {
	Account, Region string
	ID              uint32
}

var groupTable = &state.Table[group]{
	Name: "trail_groups",
	Key:  func(g *group) state.Key { return groupKey(caller.Scope{Account: g.Account, Region: g.Region}) },
}

func groupKey(s caller.Scope) state.Key { return state.K(s.Account, s.Region) }

// Tables lists what the trail keeps in the state database.
func Tables() []state.Schema { return []state.Schema{groupTable} }

// group gives the id of the group of a scope, and makes one when there is none.
func (t *Trail) group(ctx context.Context, s caller.Scope) (uint32, error) {
	if id, ok := t.groups.Load(s); ok {
		return id.(uint32), nil
	}
	var id uint32
	err := t.needs.State.Update(ctx, func(tx *state.Tx) error {
		g, err := groupTable.Get(tx, groupKey(s))
		if err == nil {
			id = g.ID
			return nil
		}
		if !errors.Is(err, state.ErrNotFound) {
			return err
		}
		next, err := tx.NextID("log_group_ids") // shared with the log service: both write to one store
		if err != nil {
			return err
		}
		id = uint32(next)
		return groupTable.Insert(tx, &group{Account: s.Account, Region: s.Region, ID: id})
	})
	if err != nil {
		return 0, err
	}
	// Said again by each process: the one that made the group may have died before it could.
	if err := t.needs.Store.Retain(ctx, id, historyDays); err != nil {
		return 0, err
	}
	t.groups.Store(s, id)
	return id, nil
}

// find gives the id of the group of a scope, or ok false when nothing was ever recorded there.
func (t *Trail) find(ctx context.Context, s caller.Scope) (id uint32, ok bool, err error) {
	if id, ok := t.groups.Load(s); ok {
		return id.(uint32), true, nil
	}
	err = t.needs.State.View(ctx, func(tx *state.Tx) error {
		g, err := groupTable.Get(tx, groupKey(s))
		if err != nil {
			return err
		}
		id = g.ID
		return nil
	})
	if errors.Is(err, state.ErrNotFound) {
		return 0, false, nil
	}
	return id, err == nil, err
}
