package filterpattern

import "fmt"

// SyntaxError says where a pattern or selector is not understood, and what is allowed there.
type SyntaxError struct {
	Source string // what was read: "filter pattern" or "selector"
	Offset int    // in characters, from 0
	Want   string
	Got    string
}

// Error counts characters from 1: filter pattern, character 14: expected a value after "=", got "}".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s, character %d: expected %s, got %s", e.Source, e.Offset+1, e.Want, e.Got)
}
