package logs

import (
	"context"

	"telltale/store/state"
)

// chores is the outbox topic of what must follow in the log store when groups and streams change. It is written in the transaction of
// the change: neither a crash nor a failing store leaves events behind that nobody can reach.
const chores = "logs.chores"

// chore is one thing to do in the log store. Doing it twice does no harm.
type chore struct {
	Group  uint32
	Stream uint32 `json:",omitempty"` // 0: the whole group
	Drop   bool   `json:",omitempty"` // otherwise set the retention
	Days   int32  `json:",omitempty"`
}

// settle does the chores that wait. One that fails is told to the diary and waits for the next change or start: for customers the change
// has happened. The change lock is held.
func (l *Logs) settle(ctx context.Context) {
	_, err := l.needs.State.Drain(context.WithoutCancel(ctx), chores, func(ctx context.Context, item *state.Item) error {
		var c chore
		if err := item.Decode(&c); err != nil {
			return err
		}
		if c.Drop {
			return l.needs.Store.Drop(ctx, c.Group, c.Stream)
		}
		return l.needs.Store.Retain(ctx, c.Group, int(c.Days))
	})
	if err != nil {
		l.needs.Diary.Error("the log store did not follow a change of log groups; it is tried again with the next change", "error", err)
	}
}
