package shadow

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shadowdoc"
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
func (p *paper) GroupLines(caller.Scope, string) [][]string                       { return nil }
func (p *paper) RoleAllows(context.Context, string, string, string, string) error { return nil }
func (p *paper) EnsureRole(context.Context, string, string, string, string) (string, error) {
	return "", nil
}

// Every ending of every operation makes the entry that is documented.
func TestEntries(t *testing.T) {
	documented, err := catalogue.Read()
	if err != nil {
		t.Fatal(err)
	}
	endings := []error{nil}
	for _, code := range []int{400, 403, 404, 409, 413, 415, 429, 500} {
		endings = append(endings, &shadowdoc.Refusal{Code: code, Message: fmt.Sprint(`why "`, code, `"`)})
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
		if _, err := log.SetV2LoggingOptions(as(home), &iot.SetV2LoggingOptionsInput{RoleArn: "arn:aws:iam::123456789012:role/logging", DefaultLogLevel: "INFO"}); err != nil {
			t.Fatal(err)
		}
		var tried []*event.Kind
		for _, v := range []*verb{get, update, remove} {
			for _, name := range []string{"", "night"} {
				for _, protocol := range []string{protocolMQTT, protocolHTTP} {
					for _, ending := range endings {
						r := &request{verb: v, shadow: key{home, "lamp", name}, origin: device(home, "dev1"), err: ending}
						r.origin.Protocol, r.topic = protocol, r.shadow.topic()+v.name
						log.Record(&r.origin, r.fact())
						log.Flush(t.Context())
						if len(p.entries) != 1 {
							t.Fatalf("%s of %q with %v made %d entries", v.name, name, ending, len(p.entries))
						}
						for _, wrong := range documented.Validate(p.entries[0]) {
							t.Errorf("%s\n%s", wrong, p.entries[0])
						}
						p.entries, tried = nil, append(tried, v.kind)
					}
				}
			}
		}
		log.Record(&caller.Origin{Scope: home}, &ListThingShadow{})
		log.Flush(t.Context())
		for _, kind := range Kinds {
			if kind.Name != "" && !slices.Contains(tried, kind) {
				t.Errorf("no %s was tried", kind.Name)
			}
		}
		if len(p.entries) != 0 {
			t.Errorf("a list made the entry %s", p.entries[0])
		}
	})
}
