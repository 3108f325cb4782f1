package state

import "errors"

// The errors a caller is expected to test for with errors.Is. Every other error means that the database itself
// is in trouble (disk full, damaged file, closed) or that the program broke the contract of this package.
var (
	// ErrNotFound says that no row has the key.
	ErrNotFound = errors.New("state: no such row")
	// ErrExists says that Insert met a row with the same key.
	ErrExists = errors.New("state: the row exists already")
	// ErrNotUnique says that another row holds the same entry of a unique index.
	ErrNotUnique = errors.New("state: another row has the same entry in a unique index")
	// ErrReadOnly says that a View tried to write.
	ErrReadOnly = errors.New("state: a View cannot write")
	// ErrDone says that a Tx was used after its Update or View had returned.
	ErrDone = errors.New("state: the transaction is over")
	// ErrClosed says that the database was closed.
	ErrClosed = errors.New("state: the database is closed")
)
