package shadow

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shadowdoc"
	"telltale/store/state"
)

// Change is what one update or deletion did to a shadow, and who it was.
type Change struct {
	Seq     int64 // counts the changes of the shadow; unlike the version it never starts again
	Time    time.Time
	Version int64 // of the document afterwards
	Deleted bool

	Protocol    string // MQTT or HTTP
	ClientID    string // "" if it came from no connection
	PrincipalID string
	SourceIP    string
	Trace       string          // of the message or call, as log entries print it
	Request     json.RawMessage // the state that was asked for: {"desired":{…},"reported":{…}}; nil of a deletion
}

// Moment is a shadow as it was at some time.
type Moment struct {
	Change          // the last one until then
	Document []byte // as GetThingShadow would have answered; nil if the shadow was deleted
}

// At returns a shadow as it was at a time. It fails with fault.NotFound if it did not exist yet, or if that is too long ago to be known.
func (s *Shadows) At(ctx context.Context, scope caller.Scope, thing, name string, t time.Time) (*Moment, error) {
	k := key{scope, thing, name}
	var found *revision
	var oldest int64
	err := s.needs.State.View(ctx, func(tx *state.Tx) error {
		for r, err := range s.visible(tx, k) {
			if err != nil {
				return err
			}
			if oldest = r.Seq; !r.time().After(t) {
				found = r
				return nil
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fault.Wrap("shadow.At", fault.KindOf(err), err)
	case found != nil:
		return found.moment(), nil
	case oldest > 1:
		return nil, fault.New("shadow.At", fault.NotFound, "The history of the shadow %s does not reach back to %s: it keeps %d days and %d revisions.",
			k.title(), t.UTC().Format(time.RFC3339), s.cfg.History, s.cfg.past())
	}
	return nil, fault.New("shadow.At", fault.NotFound, "The shadow %s did not exist at %s.", k.title(), t.UTC().Format(time.RFC3339))
}

// maxLog is the most changes that Log returns at once.
const maxLog = 1000

// Log returns what happened to a shadow, the newest first, up to limit changes (1 to 1000). To go on, pass the Seq of the last change
// as before; 0 begins with the newest. A shadow that never was has no changes.
func (s *Shadows) Log(ctx context.Context, scope caller.Scope, thing, name string, before int64, limit int) ([]Change, error) {
	if limit < 1 || limit > maxLog {
		return nil, fault.New("shadow.Log", fault.Invalid, "The limit %d is not allowed: it must be 1 to %d.", limit, maxLog)
	}
	var changes []Change
	err := s.needs.State.View(ctx, func(tx *state.Tx) error {
		for r, err := range s.visible(tx, key{scope, thing, name}) {
			if err != nil || len(changes) == limit {
				return err
			}
			if before == 0 || r.Seq < before {
				changes = append(changes, r.change())
			}
		}
		return nil
	})
	return changes, fault.Wrap("shadow.Log", fault.KindOf(err), err)
}

// visible walks the revisions of a shadow that are young enough to be seen, the newest first. The newest is always seen.
func (s *Shadows) visible(tx *state.Tx, k key) iter.Seq2[*revision, error] {
	return func(yield func(*revision, error) bool) {
		old, now := s.newAge(), time.Now()
		for r, err := range revisions.Scan(tx, k.rows(), state.Key{}, 0) {
			if err == nil && old.over(r, now) {
				return
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// age decides which of a shadow's revisions are too old, as they are met from the newest to the oldest.
type age struct {
	cfg   *Config
	newer *revision // the one met before
	met   int       // of the same shadow
}

func (s *Shadows) newAge() *age { return &age{cfg: &s.cfg} }

// over reports whether r is too old to be seen. A revision is seen as long as it was the shadow at some time that is recent enough; the
// trace of a deletion goes when it is itself too old and no version has to be remembered.
func (a *age) over(r *revision, now time.Time) bool {
	horizon := a.cfg.horizon(now)
	if a.newer == nil || a.newer.key() != r.key() {
		a.newer, a.met = r, 0
		return r.deleted() && r.time().Before(horizon) && now.Sub(r.time()) > versionMemory
	}
	until := a.newer.time()
	a.newer = r
	a.met++
	return a.met > a.cfg.past() || until.Before(horizon)
}

func (r *revision) change() Change {
	return Change{
		Seq: r.Seq, Time: r.time().UTC(), Version: r.Version, Deleted: r.deleted(),
		Protocol: r.Protocol, ClientID: r.ClientID, PrincipalID: r.PrincipalID, SourceIP: r.SourceIP, Trace: r.Trace, Request: r.Request,
	}
}

func (r *revision) moment() *Moment {
	m := &Moment{Change: r.change()}
	if !r.deleted() {
		m.Document = r.Document.AppendDocument(nil, shadowdoc.Stamp{Version: r.Version, Time: r.Millis / 1000})
	}
	return m
}
