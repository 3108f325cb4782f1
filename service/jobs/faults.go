package jobs

import (
	"errors"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// invalid refuses a request of the control API that breaks a rule.
func invalid(format string, args ...any) *fault.Error {
	return fault.New("", fault.Invalid, format, args...).Named(iot.InvalidRequestException)
}

// missing refuses a request about what does not exist. It names the region too: looking in the wrong one is the usual mistake.
func missing(s caller.Scope, what, name string) *fault.Error {
	return fault.New("", fault.NotFound, "The %s %s does not exist in account %s, region %s.", what, name, s.Account, s.Region).
		Named(iot.ResourceNotFoundException)
}

// contrary refuses a change that the present state does not allow.
func contrary(format string, args ...any) *fault.Error {
	return fault.New("", fault.Conflict, format, args...).Named(iot.InvalidStateTransitionException)
}

// overLimit refuses what would exceed a limit.
func overLimit(format string, args ...any) *fault.Error {
	return fault.New("", fault.Limit, format, args...).Named(iot.LimitExceededException)
}

// versionConflict refuses a change that expects another version than there is.
func versionConflict(format string, args ...any) *fault.Error {
	return fault.New("", fault.Conflict, format, args...).Named(iot.VersionConflictException)
}

// isAbsent reports whether a table has no such row.
func isAbsent(err error) bool { return errors.Is(err, state.ErrNotFound) }

// outcome is what an operation of the control API returns: its output, or the error alone, as a fault of the operation.
func outcome[O any](op string, out *O, err error) (*O, error) {
	if err != nil {
		return nil, fault.In("jobs."+op, err)
	}
	return out, nil
}

// wording is the text of an error that the customer may see.
func wording(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message()
	}
	return "an internal error has occurred."
}
