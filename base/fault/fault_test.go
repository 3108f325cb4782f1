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
