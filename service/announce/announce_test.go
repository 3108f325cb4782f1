package announce

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

// published keeps messages as scope, topic and payload.
type published []string

func (p *published) Publish(_ context.Context, m *message.Message) error {
	*p = append(*p, m.Origin.Scope.Account+" "+m.Topic+" "+string(m.Payload))
	return nil
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

func open(t *testing.T) (*Announcements, *published) {
	t.Helper()
	db, err := state.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	out := &published{}
	a, err := New(t.Context(), Needs{State: db, Publisher: out})
	if err != nil {
		t.Fatal(err)
	}
	return a, out
}

// set switches types on and off: NAME=on or NAME=off.
func set(a *Announcements, list ...string) error {
	in := &iot.UpdateEventConfigurationsInput{EventConfigurations: map[string]iot.Configuration{}}
	for _, text := range list {
		name, value, _ := strings.Cut(text, "=")
		on := value == "on"
		in.EventConfigurations[name] = iot.Configuration{Enabled: &on}
	}
	_, err := a.UpdateEventConfigurations(as(home), in)
	return err
}

func TestAnnounce(t *testing.T) {
	a, out := open(t)
	f := func(s caller.Scope, eventType string, want int) {
		t.Helper()
		*out = nil
		if err := a.Announce(t.Context(), s, eventType, "$aws/events/job/j1/completed", []byte(`{"x":1}`)); err != nil {
			t.Fatal(err)
		}
		if len(*out) != want {
			t.Errorf("%s of %s: got %q, want %d", eventType, s.Account, *out, want)
		}
	}
	f(home, "JOB", 0)
	if err := set(a, "JOB=on"); err != nil {
		t.Fatal(err)
	}
	f(home, "JOB", 1)
	if want := `123456789012 $aws/events/job/j1/completed {"x":1}`; (*out)[0] != want {
		t.Errorf("got %s, want %s", (*out)[0], want)
	}
	f(home, "JOB_EXECUTION", 0)
	f(stranger, "JOB", 0)
	if err := set(a, "JOB=off", "JOB_EXECUTION=on"); err != nil {
		t.Fatal(err)
	}
	f(home, "JOB", 0)
	f(home, "JOB_EXECUTION", 1)
}

func TestSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		describe := func() *iot.DescribeEventConfigurationsOutput {
			t.Helper()
			out, err := a.DescribeEventConfigurations(as(home), nil)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if out := describe(); len(out.EventConfigurations) != 11 || !out.CreationDate.IsZero() {
			t.Errorf("at first: got %+v", out)
		}
		made := time.Now().UTC()
		if err := set(a, "JOB=on", "THING=off"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := set(a, "JOB_EXECUTION=on"); err != nil {
			t.Fatal(err)
		}
		out := describe()
		for name, c := range out.EventConfigurations {
			if want := name == "JOB" || name == "JOB_EXECUTION"; c.Enabled == nil || *c.Enabled != want {
				t.Errorf("%s: got %v, want %v", name, c.Enabled, want)
			}
		}
		if !out.CreationDate.Equal(made) || !out.LastModifiedDate.Equal(made.Add(time.Minute)) {
			t.Errorf("made %v, changed %v; want %v and a minute later", out.CreationDate, out.LastModifiedDate, made)
		}
	})
}

func TestRefusedSwitches(t *testing.T) {
	a, _ := open(t)
	f := func(text, want string) {
		t.Helper()
		err := set(a, "JOB=on", text)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f("THING=on", "It sends those of JOB and JOB_EXECUTION")
	f("CA_CERTIFICATE=on", "cannot be switched on")
	f("LAMP=off", `"LAMP" is not known; there are CA_CERTIFICATE, CERTIFICATE, JOB`)
	out, err := a.DescribeEventConfigurations(as(home), nil)
	if err != nil || *out.EventConfigurations["JOB"].Enabled {
		t.Errorf("a refused update changed something: %+v, %v", out, err)
	}
}
