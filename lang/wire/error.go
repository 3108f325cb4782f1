package wire

import (
	"errors"
	"slices"
	"strings"

	"telltale/base/fault"
)

// Error is an error as it goes on the wire.
type Error struct {
	Shape   string // name of the modelled shape; JSON and CBOR say this one
	Code    string // query says this one; mostly the same
	Status  int
	Fault   Fault
	Message string
	// MessageKey is how the error's model spells the member that holds the message: message or Message.
	MessageKey string
	// Members are the other modelled members, by wire name: string, bool, int, int32, int64, float64, []string, []any, map[string]any.
	Members map[string]any
}

// ErrorFor finds the modelled error to answer err with: the one the fault names, if the service knows it; otherwise the first that
// fits the fault's kind among the errors of the operation, then of the service; otherwise what any AWS service would say.
func (op *Op) ErrorFor(err error) *Error {
	f := asFault(err)
	if f.Kind == fault.Unimplemented && f.Code == "" {
		e := op.Service.errorFor(f, op.Errors)
		e.Message = op.String() + " is not implemented: " + f.Message()
		return e
	}
	return op.Service.errorFor(f, op.Errors)
}

// ErrorFor is the same for errors that come before the operation is known.
func (s *Service) ErrorFor(err error) *Error { return s.errorFor(asFault(err), nil) }

func asFault(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return &fault.Error{Kind: fault.KindOf(err), Err: err}
}

func (s *Service) errorFor(f *fault.Error, declared []string) *Error {
	e := &Error{Message: f.Message(), MessageKey: "message"}
	name := s.errorName(f, declared)
	model, modelled := s.Errors[name]
	if !modelled {
		e.Shape, e.Code, e.Status = name, name, statusOf(name, f.Kind)
		if old, ok := queryNames[name]; ok && s.Speaks(Query) {
			e.Code = old
		}
		if e.Status >= 500 {
			e.Fault = Receiver
		}
		return e
	}
	e.Shape, e.Code, e.Status, e.Fault = name, model.Code, model.Status, model.Fault
	for _, member := range model.Members {
		if strings.EqualFold(member, "message") {
			e.MessageKey = member
		} else if value, ok := f.Members[member]; ok {
			if e.Members == nil {
				e.Members = make(map[string]any, len(f.Members))
			}
			e.Members[member] = value
		}
	}
	return e
}

// errorName decides which error, modelled or common, a fault is answered with.
func (s *Service) errorName(f *fault.Error, declared []string) string {
	if f.Code != "" {
		if name, ok := s.knows(f.Code); ok {
			return name
		}
	}
	candidates := kindErrors[f.Kind]
	for _, name := range candidates {
		if slices.Contains(declared, name) {
			return name
		}
	}
	if f.Kind == fault.Unimplemented {
		return NotImplemented
	}
	for _, name := range candidates {
		if _, ok := s.Errors[name]; ok {
			return name
		}
	}
	if f.Kind == fault.Invalid {
		return s.ValidationCode
	}
	if s.Speaks(Query) && kindCodes[f.Kind].query != "" {
		return kindCodes[f.Kind].query
	}
	return kindCodes[f.Kind].json
}

// knows finds an error by the name of its shape or by its code.
func (s *Service) knows(code string) (name string, ok bool) {
	if _, ok := s.Errors[code]; ok {
		return code, true
	}
	first := ""
	for name, model := range s.Errors {
		if model.Code == code && (first == "" || name < first) {
			first = name
		}
	}
	if first != "" {
		return first, true
	}
	_, ok = commonErrors[code]
	return code, ok || code == s.ValidationCode
}
