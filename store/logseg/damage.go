package logseg

import "fmt"

// DamageError tells that a block of a segment cannot be read. The other blocks can.
type DamageError struct {
	File  string
	Block int // -1: the index of the segment
	Err   error
}

func (e *DamageError) Error() string {
	if e.Block < 0 {
		return fmt.Sprintf("segment %s: the index is damaged: %v", e.File, e.Err)
	}
	return fmt.Sprintf("segment %s: block %d is damaged: %v", e.File, e.Block, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }
