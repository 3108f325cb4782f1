// Package entries shows tests which log entries an account gets of facts.
package entries

import (
	"context"
	"testing"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
	"telltale/store/logseg"
	"telltale/store/state"
)

// Log is an event log of one account.
type Log struct {
	t     testing.TB
	log   *eventlog.Log
	paper *paper
}

// Open opens an event log that writes entries of a level and above, until the test ends.
func Open(t testing.TB, s caller.Scope, level string) *Log {
	t.Helper()
	db, err := state.OpenMemory(eventlog.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := logseg.Open(logseg.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	p := &paper{Log: store}
	log := eventlog.New(eventlog.Config{}, eventlog.Needs{State: db, Writer: p, Groups: p, Roles: p})
	who := caller.With(t.Context(), &caller.Caller{Scope: s})
	if _, err := log.SetV2LoggingOptions(who, &iot.SetV2LoggingOptionsInput{RoleArn: "arn:aws:iam::" + s.Account + ":role/logging", DefaultLogLevel: level}); err != nil {
		t.Fatal(err)
	}
	return &Log{t: t, log: log, paper: p}
}

// Of returns the entries of a fact.
func (l *Log) Of(o *caller.Origin, f event.Fact) []string {
	l.paper.entries = nil
	l.log.Record(o, f)
	l.log.Flush(l.t.Context())
	return l.paper.entries
}

// One returns the only entry of a fact.
func (l *Log) One(o *caller.Origin, f event.Fact) string {
	l.t.Helper()
	list := l.Of(o, f)
	if len(list) != 1 {
		l.t.Fatalf("%+v made %d entries", f, len(list))
	}
	return list[0]
}

// paper is an event log's writer that keeps the entries, and a directory in which every role may do everything.
type paper struct {
	*logseg.Log
	entries []string
}

// Prepare finds every group there.
func (p *paper) Prepare(context.Context, caller.Scope, string, func(string) error) error { return nil }

// Write keeps entries.
func (p *paper) Write(_ context.Context, _ caller.Scope, _, _ string, entries []logseg.Entry) error {
	for i := range entries {
		p.entries = append(p.entries, string(p.AppendMessage(nil, &entries[i])))
	}
	return nil
}

// GroupLines knows no groups.
func (p *paper) GroupLines(caller.Scope, string) [][]string { return nil }

// RoleAllows allows everything.
func (p *paper) RoleAllows(context.Context, string, string, string, string) error { return nil }

// EnsureRole makes no role.
func (p *paper) EnsureRole(context.Context, string, string, string, string) (string, error) {
	return "", nil
}
