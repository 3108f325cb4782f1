package shadow

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	f := func(thing, name, want string) {
		t.Helper()
		k := key{home, thing, name}
		got := ""
		if err := k.check(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q %q: got %q, want %q", thing, name, got, want)
		}
	}
	f("lamp", "", "")
	f("a-b_c:D9", "$n:_-", "")
	f(strings.Repeat("t", 128), strings.Repeat("n", 64), "")
	f("", "", "Thing not found")
	f("$lamp", "", "Thing not found")
	f("lämp", "", "Thing not found")
	f(strings.Repeat("t", 129), "", "Thing not found")
	f("lamp", "a.b", "Invalid shadow name")
	f("lamp", strings.Repeat("n", 65), "Invalid shadow name")
}

func TestTopicsOfAKey(t *testing.T) {
	for _, k := range []key{{thing: "lamp"}, {thing: "lamp", name: "n"}, {thing: "name", name: "get"}, {thing: "shadow"}} {
		for _, v := range []*verb{get, update, remove} {
			topic := k.topic() + v.name
			if got, gotVerb, ok := parseTopic(topic); !ok || got != k || gotVerb != v {
				t.Errorf("%s: got %+v %v %v", topic, got, gotVerb, ok)
			}
		}
	}
}

func TestConfigCheck(t *testing.T) {
	f := func(change func(*Config), want string) {
		t.Helper()
		cfg := Default()
		change(&cfg)
		if _, err := New(t.Context(), cfg, Needs{State: memory(t), Publisher: crier{}}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(c *Config) { c.History = -1 }, "shadow: Config.History is -1; allowed are 0 to 36500")
	f(func(c *Config) { c.Lanes = 0 }, "shadow: Config.Lanes is 0; allowed are 1 to 256")
	f(func(c *Config) { c.Limits.Levels = 101 }, "shadow: Config.Limits.Levels is 101; allowed are 1 to 100")
	if _, err := New(t.Context(), Default(), Needs{}); err == nil || !strings.Contains(err.Error(), "Needs.State or Needs.Publisher is missing") {
		t.Errorf("without needs: got %v", err)
	}
}
