package jobs

import (
	"context"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
	"telltale/store/logseg"
	"telltale/store/state"
	"telltale/test/catalogue"
)

// paper is an event log's writer that keeps the entries, and a directory in which every role may do everything.
type paper struct {
	*logseg.Log
	entries []string
}

func (p *paper) Prepare(context.Context, caller.Scope, string, func(string) error) error { return nil }
func (p *paper) Write(_ context.Context, _ caller.Scope, _, _ string, entries []logseg.Entry) error {
	for i := range entries {
		p.entries = append(p.entries, string(p.AppendMessage(nil, &entries[i])))
	}
	return nil
}
func (p *paper) GroupLines(caller.Scope, string) [][]string { return nil }
func (p *paper) RoleAllows(context.Context, string, string, string, string) error {
	return nil
}
func (p *paper) EnsureRole(context.Context, string, string, string, string) (string, error) {
	return "", nil
}

// Every kind of entry is as documented, when the request succeeds and when it is refused.
func TestEntries(t *testing.T) {
	documented, err := catalogue.Read()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		db, err := state.OpenMemory(eventlog.Tables()...)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		p := &paper{}
		if p.Log, err = logseg.Open(logseg.Config{InMemory: true}); err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		log := eventlog.New(eventlog.Config{}, eventlog.Needs{State: db, Writer: p, Groups: p, Roles: p})
		if _, err := log.SetV2LoggingOptions(as(home), &iot.SetV2LoggingOptionsInput{RoleArn: "arn:aws:iam::123456789012:role/logging", DefaultLogLevel: "DEBUG"}); err != nil {
			t.Fatal(err)
		}
		tried := map[string]bool{}
		for _, f := range everyFact() {
			who := device(home, "lamp")
			log.Record(&who, f)
			log.Flush(t.Context())
			if len(p.entries) != 1 {
				t.Fatalf("%+v made %d entries", f, len(p.entries))
			}
			for _, wrong := range documented.Validate(p.entries[0]) {
				t.Errorf("%s\n%s", wrong, p.entries[0])
			}
			tried[f.Kind().Name] = true
			p.entries = nil
		}
		for _, k := range Kinds {
			if k.Name != "" && !tried[k.Name] {
				t.Errorf("no %s was tried", k.Name)
			}
		}
	})
}

func everyFact() (list []event.Fact) {
	list = append(list, newFinalCount(&tally{Job: "j1"}))
	for _, v := range []*verb{getPending, describe, startNext, update} {
		for _, c := range []*code{nil, invalidTopic, invalidJSON, invalidRequest, invalidStateTransition, resourceNotFound, versionMismatch, terminalStateReached, requestThrottled, internalError} {
			r := request{address: address{thing: "lamp", job: "j1", verb: v}, ask: ask{token: "t", status: inProgress}, topic: lamp + "x", origin: device(home, "lamp")}
			if c != nil {
				r.err = refuse(c, "no")
			}
			list = append(list, r.fact())
		}
	}
	return list
}
