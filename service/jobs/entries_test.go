package jobs

import (
	"testing"
	"testing/synctest"

	"telltale/base/event"
	"telltale/test/catalogue"
	"telltale/test/entries"
)

// Every kind of entry is as documented, when the request succeeds and when it is refused.
func TestEntries(t *testing.T) {
	documented, err := catalogue.Read()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		log := entries.Open(t, home, "DEBUG")
		tried := map[string]bool{}
		for _, f := range everyFact() {
			who := device(home, "lamp")
			entry := log.One(&who, f)
			for _, wrong := range documented.Validate(entry) {
				t.Errorf("%s\n%s", wrong, entry)
			}
			tried[f.Kind().Name] = true
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
