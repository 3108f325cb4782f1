package registry

import (
	"context"

	"telltale/base/caller"
	"telltale/store/state"
)

// certificateTopic is the outbox topic of status changes.
const certificateTopic = "registry.certificates"

// certificateChange says that a certificate got another status.
type certificateChange struct {
	Scope      caller.Scope
	ID, Status string
}

// memberTopic is the outbox topic of things that join and leave groups, or go.
const memberTopic = "registry.members"

// Membership says that a thing joined or left a group, or was deleted; then it has left its groups before.
type Membership struct {
	Scope   caller.Scope
	Thing   string
	Groups  []string `json:",omitempty"` // the group and its ancestors up to the root; none if the thing was deleted
	Joined  bool     `json:",omitempty"`
	Deleted bool     `json:",omitempty"`
}

func tellMembers(tx *state.Tx, m *Membership) error { return tx.Outbox(memberTopic, m) }

// WatchMembers calls changed for every thing that joins or leaves a group, that leaves because its group is deleted or it is itself, and
// that is deleted, those while nobody watched included, in order, until ctx ends; then it returns nil. When changed fails, it is called
// again later. It may be called twice for one change after a crash, unless it calls ack in the transaction in which it keeps what it
// makes of the change; that must be one of the registry's database. There can be one watcher at a time.
func (r *Registry) WatchMembers(ctx context.Context, changed func(ctx context.Context, m *Membership, ack func(*state.Tx) error) error) error {
	return r.needs.State.Consume(ctx, memberTopic, func(ctx context.Context, item *state.Item) error {
		var m Membership
		if err := item.Decode(&m); err != nil {
			r.needs.Diary.Error("a change of a thing group cannot be read and is skipped", "error", err)
			return nil
		}
		return changed(ctx, &m, func(tx *state.Tx) error { return tx.Ack(item) })
	})
}

// WatchCertificates calls changed for every status a certificate is given, those given while nobody watched included, until ctx
// ends; then it returns nil. When changed is called, Certificate already tells the new status. It may be called twice for one change
// after a crash. There can be one watcher at a time.
func (r *Registry) WatchCertificates(ctx context.Context, changed func(s caller.Scope, id, status string)) error {
	return r.needs.State.Consume(ctx, certificateTopic, func(_ context.Context, item *state.Item) error {
		var c certificateChange
		if err := item.Decode(&c); err != nil {
			r.needs.Diary.Error("a change of a certificate cannot be read and is skipped", "error", err)
			return nil
		}
		r.generation.Add(1) // the commit may have woken us before its update raised it
		changed(c.Scope, c.ID, c.Status)
		return nil
	})
}
