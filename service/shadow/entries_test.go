package shadow

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shadowdoc"
	"telltale/test/catalogue"
	"telltale/test/entries"
)

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
		log := entries.Open(t, home, "INFO")
		var tried []*event.Kind
		for _, v := range []*verb{get, update, remove} {
			for _, name := range []string{"", "night"} {
				for _, protocol := range []string{protocolMQTT, protocolHTTP} {
					for _, ending := range endings {
						r := &request{verb: v, shadow: key{home, "lamp", name}, origin: device(home, "dev1"), err: ending}
						r.origin.Protocol, r.topic = protocol, r.shadow.topic()+v.name
						entry := log.One(&r.origin, r.fact())
						for _, wrong := range documented.Validate(entry) {
							t.Errorf("%s\n%s", wrong, entry)
						}
						tried = append(tried, v.kind)
					}
				}
			}
		}
		for _, kind := range Kinds {
			if kind.Name != "" && !slices.Contains(tried, kind) {
				t.Errorf("no %s was tried", kind.Name)
			}
		}
		if list := log.Of(&caller.Origin{Scope: home}, &ListThingShadow{}); len(list) != 0 {
			t.Errorf("a list made the entry %s", list[0])
		}
	})
}
