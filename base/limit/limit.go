// Package limit keeps names and configured numbers within bounds.
package limit

import "fmt"

// Range is a configured number and its bounds.
type Range struct {
	name           string
	is, from, upTo int
}

// Int is a number of the given name that may be from … upTo.
func Int(name string, is, from, upTo int) Range { return Range{name, is, from, upTo} }

// Check returns an error about the first number of a package's configuration that is out of its bounds.
func Check(pkg string, ranges ...Range) error {
	for _, r := range ranges {
		if r.is < r.from || r.is > r.upTo {
			return fmt.Errorf("%s: Config.%s is %d; allowed are %d to %d", pkg, r.name, r.is, r.from, r.upTo)
		}
	}
	return nil
}
