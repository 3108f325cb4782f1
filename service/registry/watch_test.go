package registry

import (
	"context"
	"strings"
	"testing"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// watch collects n changes; what the registry tells at that moment must be the new status.
func (f *fixture) watch(n int) (got []string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	err := f.WatchCertificates(ctx, func(s caller.Scope, id, status string) {
		if c, err := f.Certificate(id); err != nil || c.Status != status || c.Scope != s {
			f.t.Errorf("while %s is told: got %+v, %v", status, c, err)
		}
		if got = append(got, id+" "+status); len(got) == n {
			cancel()
		}
	})
	if err != nil {
		f.t.Errorf("WatchCertificates: %v", err)
	}
	return got
}

func TestWatchCertificates(t *testing.T) {
	f := open(t)
	id, _ := f.certificate()
	other, _ := f.as(stranger).certificate()
	if c, err := f.Certificate(id); err != nil || c.Status != CertificateActive {
		t.Fatalf("got %+v, %v", c, err) // now cached
	}
	do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive})
	do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive}) // no change, not told
	o := f.as(stranger)
	do(o, o.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: other, NewStatus: CertificateRevoked})
	same(t, "changes", f.watch(2), []string{id + " INACTIVE", other + " REVOKED"})
}

func TestWatchWakes(t *testing.T) {
	f := open(t)
	id, _ := f.certificate()
	ctx, cancel := context.WithCancel(f.ctx)
	told, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- f.WatchCertificates(ctx, func(_ caller.Scope, id, status string) { told <- status }) }()
	for _, status := range []string{CertificateRevoked, CertificateActive, CertificateInactive} {
		do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: status})
		same(t, "told", <-told, status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("WatchCertificates: %v", err)
	}
}

func TestCertificate(t *testing.T) {
	f := open(t)
	if _, err := f.Certificate("0000"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	id, _ := f.as(abroad).certificate()
	for range 2 {
		c, err := f.Certificate(id)
		if err != nil || *c != (Certificate{id, abroad, CertificateActive}) {
			t.Errorf("got %+v, %v", c, err)
		}
	}
	o := f.as(abroad)
	do(o, o.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateRevoked})
	if c, err := f.Certificate(id); err != nil || c.Status != CertificateRevoked {
		t.Errorf("after the update: got %+v, %v", c, err)
	}
	do(o, o.DeleteCertificate, iot.DeleteCertificateInput{CertificateId: id})
	if c, err := f.Certificate(id); !fault.Is(err, fault.NotFound) {
		t.Errorf("after the deletion: got %+v, %v", c, err)
	}
}

// members collects n changes of memberships.
func (f *fixture) members(n int) (got []string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	err := f.WatchMembers(ctx, func(_ context.Context, m *Membership, _ func(*state.Tx) error) error {
		text := m.Thing
		switch {
		case m.Deleted:
			text += " deleted"
		case m.Joined:
			text += " joined"
		default:
			text += " left"
		}
		if got = append(got, strings.Join(append([]string{text}, m.Groups...), " ")); len(got) == n {
			cancel()
		}
		return nil
	})
	if err != nil {
		f.t.Errorf("WatchMembers: %v", err)
	}
	return got
}

func TestWatchMembers(t *testing.T) {
	f := open(t)
	f.groups("root", "child<root", "other")
	f.thing("a", "b")
	f.join("a", "child")
	f.join("a", "child") // no change, not told
	f.join("b", "root", "other")
	do(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingName: "b", ThingGroupName: "root"})
	do(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingName: "b", ThingGroupName: "root"}) // no change
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "other"})
	do(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "a"})
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingName: "b", ThingGroupName: "other"}, notFound)
	same(t, "changes", f.members(7), []string{
		"a joined child root", "b joined root", "b joined other", "b left root", "b left other", "a left child root", "a deleted",
	})
}

func TestWithin(t *testing.T) {
	f := open(t)
	f.groups("root", "child<root", "other")
	f.thing("a", "b", "c")
	f.join("a", "child")
	f.join("b", "root", "other")
	err := f.needs.State.View(f.ctx, func(tx *state.Tx) error {
		is := func(what string, got, want any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			same(t, what, got, want)
		}
		names, next, err := f.ThingsWithin(tx, home, "root", state.Cursor{}, 1)
		is("the first page", names, []string{"a"}, err)
		names, next, err = f.ThingsWithin(tx, home, "root", next, 1)
		is("the last page", names, []string{"b"}, err)
		is("its end", next.IsZero(), true, nil)
		for thing, want := range map[string][][]string{"a": {{"child", "root"}}, "b": {{"other"}, {"root"}}, "c": nil} {
			got, err := f.Lines(tx, home, thing)
			is("the lines of "+thing, got, want, err)
		}
		has, err := f.HasThing(tx, home, "a")
		is("a", has, true, err)
		has, err = f.HasThing(tx, abroad, "a")
		is("a abroad", has, false, err)
		id, err := f.GroupID(tx, home, "nowhere")
		is("the id of no group", id, "", err)
		id, err = f.GroupID(tx, home, "root")
		is("the id of root is a UUID", len(id), 36, err)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestForeignTags(t *testing.T) {
	f := open(t)
	f.LetTag("job", func(_ *state.Tx, _ caller.Scope, name string) (bool, error) { return name == "j1", nil })
	there, nowhere := arn.IoT(home, "job", "j1"), arn.IoT(home, "job", "j2")
	do(f, f.TagResource, iot.TagResourceInput{ResourceArn: there, Tags: []iot.Tag{{Key: "k", Value: "v"}}})
	same(t, "tags", do(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: there}).Tags, []iot.Tag{{Key: "k", Value: "v"}})
	fails(f, f.TagResource, iot.TagResourceInput{ResourceArn: nowhere, Tags: []iot.Tag{{Key: "k"}}}, notFound, "The job j2 does not exist")
}
