package wire_test

import (
	"context"
	"errors"
	"testing"

	"telltale/base/fault"
	"telltale/lang/wire"
)

func TestErrorFor(t *testing.T) {
	f := func(err error, status int, code string, blame wire.Fault) {
		t.Helper()
		e := newKit(wire.RestJSON).put.ErrorFor(err)
		if e.Status != status || e.Code != code || e.Fault != blame {
			t.Errorf("%v: got %d %s %s, want %d %s %s", err, e.Status, e.Code, e.Fault, status, code, blame)
		}
	}
	f(fault.New("x", fault.NotFound, "no"), 404, "ResourceNotFoundException", wire.Sender)
	f(fault.New("x", fault.NotFound, "no").Named("KitNotFoundException"), 404, "KitNotFound", wire.Sender)
	f(fault.New("x", fault.NotFound, "no").Named("KitNotFound"), 404, "KitNotFound", wire.Sender)
	f(fault.New("x", fault.NotFound, "no").Named("NobodyKnowsException"), 404, "ResourceNotFoundException", wire.Sender)
	f(fault.New("x", fault.Denied, "no").Named("SignatureDoesNotMatch"), 403, "SignatureDoesNotMatch", wire.Sender)
	f(fault.New("x", fault.Invalid, "no"), 400, "InvalidRequestException", wire.Sender)
	f(fault.New("x", fault.Denied, "no"), 403, "AccessDeniedException", wire.Sender)
	f(fault.New("x", fault.Exists, "no"), 409, "ResourceAlreadyExistsException", wire.Sender)
	f(fault.New("x", fault.Unimplemented, "no"), 501, "NotImplementedException", wire.Receiver)
	f(errors.New("disk on fire"), 500, "InternalFailureException", wire.Receiver)
	f(context.DeadlineExceeded, 503, "ServiceUnavailableException", wire.Receiver)
}

func TestErrorHidesCauses(t *testing.T) {
	e := newKit(wire.RestJSON).put.ErrorFor(errors.New("disk on fire"))
	if e.Message != "An internal error has occurred." {
		t.Errorf("the customer sees %q", e.Message)
	}
}

func TestQueryNames(t *testing.T) {
	e := newKit(wire.Query).put.ErrorFor(fault.New("x", fault.Denied, "no"))
	if e.Code != "AccessDenied" || e.Status != 403 {
		t.Errorf("got %d %s", e.Status, e.Code)
	}
}
