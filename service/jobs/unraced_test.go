//go:build !race

package jobs

// raced says that the race detector watches.
const raced = false
