package registry

import (
	"errors"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// refuse makes a fault; view and update add the operation.
func refuse(kind fault.Kind, format string, args ...any) *fault.Error {
	return fault.New("", kind, format, args...)
}

// blame says in which operation an error arose, once.
func blame(op string, err error) error { return fault.In("registry."+op, err) }

// find returns the row of a scope that has the name; what says in words what it is.
func find[R any](tx *state.Tx, t *state.Table[R], s caller.Scope, what, name string) (*R, error) {
	row, err := t.Get(tx, at(s, name))
	if isAbsent(err) {
		return nil, missing(s, what, name)
	}
	return row, err
}

// isAbsent reports whether a table has no such row.
func isAbsent(err error) bool { return errors.Is(err, state.ErrNotFound) }

// missing names the region too: looking in the wrong one is the usual mistake.
func missing(s caller.Scope, what, name string) error {
	return refuse(fault.NotFound, "The %s %s does not exist in account %s, region %s.", what, name, s.Account, s.Region).
		Named(iot.ResourceNotFoundException)
}

// taken refuses to make what exists with other properties.
func taken(s caller.Scope, what, kind, name, id string) error {
	return refuse(fault.Exists, "The %s %s already exists in account %s, region %s.", what, name, s.Account, s.Region).
		Named(iot.ResourceAlreadyExistsException).With("resourceId", id).With("resourceArn", arn.IoT(s, kind, name))
}

// checkVersion refuses a change that expects another version than there is.
func checkVersion(what, name string, have int64, expected *int64) error {
	if expected == nil || *expected == have {
		return nil
	}
	return refuse(fault.Conflict, "The %s %s has version %d, not the expected version %d.", what, name, have, *expected).
		Named(iot.VersionConflictException)
}
