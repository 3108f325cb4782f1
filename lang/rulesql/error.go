package rulesql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a statement or template, told to its author.
type Error struct {
	Offset       int // in bytes, from 0
	Line, Column int // from 1; columns count characters
	Text         string
}

// Error puts the place first: rule SQL, line 1, column 8: expected an expression, found FROM.
func (e *Error) Error() string {
	return fmt.Sprintf("rule SQL, line %d, column %d: %s", e.Line, e.Column, e.Text)
}

func errorAt(source string, offset int, format string, args ...any) *Error {
	before := source[:offset]
	line := strings.LastIndexByte(before, '\n') + 1
	return &Error{
		Offset: offset,
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[line:]) + 1,
		Text:   fmt.Sprintf(format, args...),
	}
}
