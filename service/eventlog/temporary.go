package eventlog

import (
	"context"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// temporary is what is set for a resource and ends by itself: a level, or a capture of payloads.
type temporary struct {
	Account, Region  string
	Kind, Type, Name string
	Until            time.Time

	Level   string          `json:",omitempty"` // of a level
	Capture *captureOptions `json:",omitempty"` // of a capture
}

// The kinds of temporary, as the diary calls them.
const (
	temporaryLevel   = "level"
	temporaryCapture = "capture"
)

var temporaryTable = state.Table[temporary]{
	Name: "eventlog_temporary",
	Key:  func(t *temporary) state.Key { return state.K(t.Account, t.Region, t.Kind, t.Type, t.Name) },
	Index: []state.Index[temporary]{{Name: "until", Key: func(t *temporary) []state.Key {
		return []state.Key{state.K(t.Until.UnixMilli())}
	}}},
}

func (t *temporary) scope() caller.Scope { return caller.Scope{Account: t.Account, Region: t.Region} }
func (t *temporary) target() target      { return target{t.Type, t.Name} }

// newTemporary is a temporary of the caller's account for a resource; the whole account cannot be one.
func newTemporary(ctx context.Context, op, kind string, on *iot.LogTarget, seconds int32) (*temporary, error) {
	t := target{on.TargetType, on.TargetName}
	if err := checkResource(op, t); err != nil {
		return nil, err
	}
	s := caller.From(ctx).Scope
	until := time.Now().Add(time.Duration(seconds) * time.Second).Truncate(time.Millisecond).UTC()
	return &temporary{Account: s.Account, Region: s.Region, Kind: kind, Type: t.Type, Name: t.Name, Until: until}, nil
}

// checkResource refuses what is not one resource.
func checkResource(op string, t target) error {
	if t.Type == targetDefault {
		return fault.New(op, fault.Invalid, "The target type DEFAULT is no resource; allowed are CLIENT_ID, PRINCIPAL_ID, SOURCE_IP and THING_GROUP.")
	}
	return checkTarget(op, t)
}

// setTemporary sets or renews it, and reports whether the kill switch keeps it from having an effect.
func (l *Log) setTemporary(ctx context.Context, op string, t *temporary) (disabled bool, err error) {
	err = l.update(ctx, t.scope(), func(tx *state.Tx, o *options) error {
		if !o.Configured {
			return notConfigured(op)
		}
		disabled = o.Disabled
		have, err := temporaryTable.Has(tx, temporaryTable.Key(t))
		if err != nil {
			return err
		}
		n, err := temporaryTable.Count(tx, state.K(t.Account, t.Region, t.Kind))
		if err != nil {
			return err
		}
		if !have && n >= l.cfg.MaxTemporary {
			return fault.New(op, fault.Limit, "There is a temporary %s for %d resources already; at most %d are allowed.", t.Kind, n, l.cfg.MaxTemporary).
				Named(iot.LimitExceededException)
		}
		return temporaryTable.Put(tx, t)
	})
	select {
	case l.timers <- struct{}{}:
	default:
	}
	return disabled, err
}

// deleteTemporary ends it before its time; one that is not there is no error.
func (l *Log) deleteTemporary(ctx context.Context, op, kind string, t target) error {
	if err := checkResource(op, t); err != nil {
		return err
	}
	s := caller.From(ctx).Scope
	return l.update(ctx, s, func(tx *state.Tx, _ *options) error {
		if err := temporaryTable.Delete(tx, state.K(s.Account, s.Region, kind, t.Type, t.Name)); !errors.Is(err, state.ErrNotFound) {
			return err
		}
		return nil
	})
}

// lasting lists what of a kind has not ended.
func lasting(tx *state.Tx, s caller.Scope, kind string) (list []*temporary, err error) {
	now := time.Now()
	for t, err := range temporaryTable.Scan(tx, state.K(s.Account, s.Region, kind), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		if t.Until.After(now) {
			list = append(list, t)
		}
	}
	return list, nil
}

// retryPause is how long ending waits after the state could not be read or written.
const retryPause = time.Second

// watchTemporary ends what is temporary until ctx ends. The earliest end is always the first of an index, so that none is forgotten when
// the program stops: what is overdue when it starts again ends at once.
func (l *Log) watchTemporary(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-l.timers:
		case <-ctx.Done():
			return
		}
		next, err := l.endOverdue(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			l.needs.Diary.Error("temporary log levels could not be ended; it is tried again", "error", err)
			timer.Reset(retryPause)
		case next.IsZero():
			timer.Stop()
		default:
			timer.Reset(time.Until(next))
		}
	}
}

// endOverdue ends what is overdue and returns when the next will be; zero if there is none.
func (l *Log) endOverdue(ctx context.Context) (time.Time, error) {
	for {
		first, err := l.firstToEnd(ctx)
		switch {
		case err != nil || first == nil:
			return time.Time{}, err
		case first.Until.After(time.Now()):
			return first.Until, nil
		}
		if err := l.endOne(ctx, first); err != nil {
			return time.Time{}, err
		}
	}
}

func (l *Log) firstToEnd(ctx context.Context) (first *temporary, err error) {
	err = l.needs.State.View(ctx, func(tx *state.Tx) error {
		for t, err := range temporaryTable.ScanIndex(tx, "until", state.Key{}, state.Cursor{}, 1) {
			first = t
			return err
		}
		return nil
	})
	return first, err
}

// endOne ends one. The picture goes first: a new one does without it whether the row can be removed or not.
func (l *Log) endOne(ctx context.Context, t *temporary) error {
	l.change.Lock()
	l.forget(t.scope())
	l.change.Unlock()
	renewed := false
	err := l.needs.State.Update(ctx, func(tx *state.Tx) error {
		now, err := temporaryTable.Get(tx, temporaryTable.Key(t))
		if errors.Is(err, state.ErrNotFound) {
			return nil
		}
		if renewed = err == nil && now.Until.After(t.Until); err != nil || renewed {
			return err
		}
		return temporaryTable.Delete(tx, temporaryTable.Key(t))
	})
	if err == nil && !renewed {
		l.needs.Diary.Info("a temporary log "+t.Kind+" ended", "account", t.Account, "region", t.Region, "type", t.Type, "name", t.Name, "until", t.Until)
	}
	return err
}
