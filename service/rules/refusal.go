package rules

import (
	"errors"

	"telltale/base/fault"
	"telltale/store/state"
)

// refuse makes a fault of an operation.
func refuse(op string, kind fault.Kind, format string, args ...any) *fault.Error {
	return fault.New("rules."+op, kind, format, args...)
}

// blame makes a fault of an error of the state; what is one, and what the caller tests for, stays.
func blame(op string, err error) error {
	if _, is := errors.AsType[*fault.Error](err); is || errors.Is(err, state.ErrExists) {
		return err
	}
	return fault.Wrap("rules."+op, fault.KindOf(err), err)
}
