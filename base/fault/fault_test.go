package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestKindOf(t *testing.T) {
	f := func(err error, want Kind) {
		t.Helper()
		if got := KindOf(err); got != want {
			t.Errorf("KindOf(%v) = %v, want %v", err, got, want)
		}
	}
	f(New("x", NotFound, "no"), NotFound)
	f(fmt.Errorf("outer: %w", New("x", Denied, "no")), Denied)
	f(Wrap("y", Internal, New("x", Exists, "there")), Exists)
	f(errors.New("disk"), Internal)
	f(context.Canceled, Unavailable)
	if Wrap("x", Internal, nil) != nil {
		t.Error("Wrap(nil) is not nil")
	}
}

func TestMessageHidesTheCause(t *testing.T) {
	err := Wrap("registry.CreateThing", Internal, errors.New("disk /dev/sda is on fire"))
	f, _ := errors.AsType[*Error](err)
	if strings.Contains(f.Message(), "fire") {
		t.Errorf("the customer sees %q", f.Message())
	}
	if !strings.Contains(f.Error(), "fire") || !strings.Contains(f.Error(), "registry.CreateThing") {
		t.Errorf("the diary reads %q", f.Error())
	}
}

func TestMembersAndCodeSurviveWrap(t *testing.T) {
	err := Wrap("api", Internal, New("x", Conflict, "v").Named("VersionConflictException").With("resourceId", "lamp"))
	f, _ := errors.AsType[*Error](err)
	if f.Code != "VersionConflictException" || f.Members["resourceId"] != "lamp" || f.Message() != "v" {
		t.Errorf("wrapped fault lost something: %+v", f)
	}
}

func TestIn(t *testing.T) {
	f := func(err error, want string, wantKind Kind) {
		t.Helper()
		got := In("registry.CreateThing", err)
		if f, ok := got.(*Error); !ok || f.Op != want || f.Kind != wantKind {
			t.Errorf("%v: got %+v, want %v in %s", err, got, wantKind, want)
		}
	}
	f(New("", Exists, "there"), "registry.CreateThing", Exists)
	f(New("registry.tags", Exists, "there"), "registry.tags", Exists)
	f(fmt.Errorf("outer: %w", New("", Denied, "no")), "registry.CreateThing", Denied)
	f(errors.New("disk"), "registry.CreateThing", Internal)
	f(context.Canceled, "registry.CreateThing", Unavailable)
	if err := In("x", nil); err != nil {
		t.Errorf("In of nil is %v", err)
	}
}
