package metrics

import (
	"telltale/base/fault"
	"telltale/lang/shape/cloudwatch"
)

func invalidValue(op, format string, args ...any) error {
	return fault.New(op, fault.Invalid, format, args...).Named(cloudwatch.InvalidParameterValueException)
}

func invalidCombination(op, format string, args ...any) error {
	return fault.New(op, fault.Invalid, format, args...).Named(cloudwatch.InvalidParameterCombinationException)
}

func missing(op, format string, args ...any) error {
	return fault.New(op, fault.Invalid, format, args...).Named(cloudwatch.MissingRequiredParameterException)
}

// invalidQuery is what GetMetricData answers, which has no modelled error for its input.
func invalidQuery(op, format string, args ...any) error {
	return fault.New(op, fault.Invalid, format, args...).Named("ValidationError")
}

func invalidToken(op string) error {
	return fault.New(op, fault.Invalid, "The value for parameter NextToken is invalid: it was not returned by %s.", op).Named(cloudwatch.InvalidNextToken)
}
