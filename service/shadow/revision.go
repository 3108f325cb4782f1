package shadow

import (
	"encoding/json"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/lang/shadowdoc"
	"telltale/store/state"
)

// revision is a shadow as one update or deletion left it, and who that was.
type revision struct {
	caller.Scope
	Thing    string
	Name     string `json:",omitempty"`
	Seq      int64  // counts the revisions of the shadow from 1; unlike the version it goes on forever
	Version  int64
	Millis   int64               // when, in epoch milliseconds; never before the previous revision
	Document *shadowdoc.Document `json:",omitempty"` // nil: deleted

	Protocol    string          `json:",omitempty"`
	ClientID    string          `json:",omitempty"`
	PrincipalID string          `json:",omitempty"`
	SourceIP    string          `json:",omitempty"`
	Trace       string          `json:",omitempty"`
	Request     json.RawMessage `json:",omitempty"` // the state that was asked for
}

var revisions = state.Table[revision]{
	Name: "shadow_revisions",
	Key:  func(r *revision) state.Key { return r.key().revision(r.Seq) },
}

func (r *revision) key() key        { return key{r.Scope, r.Thing, r.Name} }
func (r *revision) time() time.Time { return time.UnixMilli(r.Millis) }
func (r *revision) deleted() bool   { return r.Document == nil }

// rows is the prefix of the shadow's revisions.
func (k key) rows() state.Key {
	return state.K(k.scope.Account, k.scope.Region, k.thing, k.name)
}

// revision is the place of a revision: the newest comes first.
func (k key) revision(seq int64) state.Key {
	return state.K(k.scope.Account, k.scope.Region, k.thing, k.name, -seq)
}

// head returns the newest revision of a shadow, nil if there is none.
func head(tx *state.Tx, k key) (*revision, error) {
	for r, err := range revisions.Scan(tx, k.rows(), state.Key{}, 1) {
		return r, err
	}
	return nil, nil
}

// standing is what an update or a deletion starts from.
type standing struct {
	exists   bool
	seq      int64
	version  int64 // 0 if there is none, and none that is remembered
	millis   int64
	document *shadowdoc.Document // empty if there is none
}

// standingOf tells where a shadow stands, by its newest revision, which may be nil.
func standingOf(r *revision, now time.Time) standing {
	if r == nil {
		return standing{document: &shadowdoc.Document{}}
	}
	s := standing{exists: true, seq: r.Seq, version: r.Version, millis: r.Millis, document: r.Document}
	if r.deleted() {
		s.exists, s.document = false, &shadowdoc.Document{}
		if now.Sub(r.time()) > versionMemory {
			s.version = 0
		}
	}
	return s
}

// succeed writes the revision that a request makes, and drops the one that becomes too old to be seen.
func (s *Shadows) succeed(tx *state.Tx, r *request, version int64, doc *shadowdoc.Document, asked json.RawMessage) error {
	next := &revision{
		Scope: r.shadow.scope, Thing: r.shadow.thing, Name: r.shadow.name,
		Seq: r.before.seq + 1, Version: version, Millis: max(r.at.UnixMilli(), r.before.millis), Document: doc,
		Protocol: r.protocol(), ClientID: r.origin.ClientID, PrincipalID: r.origin.PrincipalID, SourceIP: r.origin.SourceIP,
		Trace: r.origin.Trace.String(), Request: asked,
	}
	if err := revisions.Insert(tx, next); err != nil {
		return err
	}
	r.after = next
	if old := next.Seq - int64(s.cfg.past()) - 1; old > 0 {
		if err := revisions.Delete(tx, r.shadow.revision(old)); err != nil && !errors.Is(err, state.ErrNotFound) {
			return err
		}
	}
	return nil
}

// past is the number of past revisions that are kept.
func (c *Config) past() int {
	if c.History == 0 {
		return 0
	}
	return c.Revisions
}
