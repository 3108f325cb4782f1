package policy

import (
	"errors"
	"strings"
)

// test is a compiled value of a condition. It has no opinion on negation.
type test interface {
	match(value string, ctx Context) bool
}

// operator is a condition operator.
type operator struct {
	name     string
	negated  bool
	presence bool // asks whether the key is there, not what it says
	compile  func(text string, variables bool) (test, error)
	readable func(value string) bool // reports whether a value of a request can be compared at all; nil: always
	operand  string                  // what it compares with, for errors
	fails    string                  // between a value and those it was compared with, when the condition fails
}

// operators lists every operator without qualifiers and suffixes.
//
// aws: iam/reference_policies_elements_condition_operators
var operators = [...]operator{
	{name: "StringEquals", compile: exact, operand: texts, fails: "is not"},
	{name: "StringNotEquals", negated: true, compile: exact, operand: texts, fails: "is"},
	{name: "StringEqualsIgnoreCase", compile: anyCase, operand: texts, fails: "is not, in any case,"},
	{name: "StringNotEqualsIgnoreCase", negated: true, compile: anyCase, operand: texts, fails: "is, but for case,"},
	{name: "StringLike", compile: like, operand: texts, fails: "does not match"},
	{name: "StringNotLike", negated: true, compile: like, operand: texts, fails: "matches"},

	{name: "NumericEquals", compile: numeric(equal), readable: isNumber, operand: numbers, fails: "is not"},
	{name: "NumericNotEquals", negated: true, compile: numeric(equal), operand: numbers, fails: "is"},
	{name: "NumericLessThan", compile: numeric(less), readable: isNumber, operand: numbers, fails: "is not less than"},
	{name: "NumericLessThanEquals", compile: numeric(less | equal), readable: isNumber, operand: numbers,
		fails: "is greater than"},
	{name: "NumericGreaterThan", compile: numeric(greater), readable: isNumber, operand: numbers,
		fails: "is not greater than"},
	{name: "NumericGreaterThanEquals", compile: numeric(greater | equal), readable: isNumber, operand: numbers,
		fails: "is less than"},

	{name: "DateEquals", compile: date(equal), readable: isDate, operand: dates, fails: "is not"},
	{name: "DateNotEquals", negated: true, compile: date(equal), operand: dates, fails: "is"},
	{name: "DateLessThan", compile: date(less), readable: isDate, operand: dates, fails: "is not before"},
	{name: "DateLessThanEquals", compile: date(less | equal), readable: isDate, operand: dates, fails: "is after"},
	{name: "DateGreaterThan", compile: date(greater), readable: isDate, operand: dates, fails: "is not after"},
	{name: "DateGreaterThanEquals", compile: date(greater | equal), readable: isDate, operand: dates, fails: "is before"},

	{name: "Bool", compile: truth, operand: booleans, fails: "is not"},
	{name: "BinaryEquals", compile: binary, operand: "base64", fails: "is not"},
	{name: "IpAddress", compile: network, readable: isAddress, operand: addresses, fails: "is not in"},
	{name: "NotIpAddress", negated: true, compile: network, operand: addresses, fails: "is in"},

	{name: "ArnEquals", compile: arnLike, operand: arns, fails: "does not match"},
	{name: "ArnLike", compile: arnLike, operand: arns, fails: "does not match"},
	{name: "ArnNotEquals", negated: true, compile: arnLike, operand: arns, fails: "matches"},
	{name: "ArnNotLike", negated: true, compile: arnLike, operand: arns, fails: "matches"},

	{name: "Null", presence: true, compile: truth, operand: booleans},
}

const (
	texts     = "text with variables such as ${iot:ClientId}"
	numbers   = "a number"
	dates     = "a date such as 2026-01-31T12:00:00Z, or seconds since 1970"
	booleans  = `"true" or "false"`
	addresses = "an IP address or a CIDR block such as 10.0.0.0/8"
	arns      = `"*" or an ARN with wildcards`
)

func operatorNames() string {
	names := make([]string, len(operators))
	for i := range operators {
		names[i] = operators[i].name
	}
	return strings.Join(names, ", ") +
		"; all but Null with the suffix IfExists and the prefixes ForAllValues: and ForAnyValue:"
}

// Strings and ARNs are patterns.

func exact(s string, variables bool) (test, error) { return compile(s, syntax{variables: variables}) }

func anyCase(s string, variables bool) (test, error) {
	return compile(s, syntax{variables: variables, fold: true})
}

func like(s string, variables bool) (test, error) {
	return compile(s, syntax{variables: variables, wildcards: true})
}

// arnLike compares the six parts of an ARN each for itself.
func arnLike(s string, variables bool) (test, error) {
	if s == "*" {
		return like(s, variables)
	}
	if !strings.HasPrefix(s, "arn:") && !(variables && strings.HasPrefix(s, "${")) {
		return nil, errors.New("is not an ARN")
	}
	return compile(s, syntax{variables: variables, wildcards: true, arn: true})
}
