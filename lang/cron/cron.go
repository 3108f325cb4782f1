// Package cron reads the cron expressions of AWS, which have six fields: minutes, hours, day of month, month, day of week, year.
//
// (aws: eventbridge/eb-scheduled-rule-pattern)
package cron

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"
)

// Expression says when something happens, to the minute.
type Expression struct{ text string }

// Next is the first time after t at which it happens, in the zone of t; zero if it never does.
func (e *Expression) Next(t time.Time) time.Time {
	x, err := cronexpr.Parse(e.text) // each time: the library keeps what it works with in its expressions
	if err != nil {
		return time.Time{}
	}
	return x.Next(t)
}

// Parse reads an expression. In it a week begins with Sunday as day 1, for the library as day 0; and the library takes what it does not
// understand in its own way. So everything is checked and translated before.
func Parse(text string) (*Expression, error) {
	parts := strings.Fields(strings.ToUpper(text))
	if len(parts) != len(fields) {
		return nil, fmt.Errorf("the cron expression %q has %d fields; needed are 6: minutes, hours, day of month, month, day of week, year", text, len(parts))
	}
	if (parts[2] == "?") == (parts[4] == "?") {
		return nil, fmt.Errorf("the cron expression %q must have ? as the day of month or as the day of week, and not as both", text)
	}
	for i, f := range fields {
		var err error
		if parts[i], err = f.read(parts[i]); err != nil {
			return nil, fmt.Errorf("the cron expression %q is invalid: %w", text, err)
		}
	}
	e := &Expression{strings.Join(parts, " ")}
	if _, err := cronexpr.Parse(e.text); err != nil {
		return nil, fmt.Errorf("the cron expression %q is invalid: %w", text, err)
	}
	return e, nil
}
