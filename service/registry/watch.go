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
