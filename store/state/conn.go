package state

import (
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
)

// busyTimeout is how long a statement waits for another process that holds the database.
const busyTimeout = 5 * time.Second

// conn is one connection to the database, used by one goroutine at a time. This file is all that the package knows
// of the SQLite driver: statements are portable SQL with $1, $2 … in the order of their first appearance.
type conn struct {
	sq   *sqlite.Conn
	path string
}

// row is the current row of a query; columns count from 0.
type row struct{ stmt *sqlite.Stmt }

func (r row) int(column int) int64   { return r.stmt.ColumnInt64(column) }
func (r row) text(column int) string { return r.stmt.ColumnText(column) }

// blob returns a copy of the column, never nil.
func (r row) blob(column int) []byte {
	buf := make([]byte, r.stmt.ColumnLen(column))
	r.stmt.ColumnBytes(column, buf)
	return buf
}

// openConn opens an existing file and sets the page cache; pragmas are further settings.
func openConn(path string, cacheKiB int, pragmas ...string) (*conn, error) {
	sq, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, explain(path, err)
	}
	sq.SetBusyTimeout(busyTimeout)
	c := &conn{sq: sq, path: path}
	pragmas = append(pragmas,
		fmt.Sprintf("pragma cache_size = -%d", cacheKiB),
		"pragma temp_store = memory",
		"pragma wal_autocheckpoint = 1000",
		"pragma journal_size_limit = 67108864",
	)
	for _, pragma := range pragmas {
		if err := c.once(pragma); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *conn) close() error {
	if err := c.sq.Close(); err != nil {
		return explain(c.path, err)
	}
	return nil
}

// once runs a statement that is not worth keeping prepared.
func (c *conn) once(sql string, args ...any) error {
	stmt, _, err := c.sq.PrepareTransient(sql)
	if err != nil {
		return explain(c.path, err)
	}
	defer stmt.Finalize()
	return c.run(stmt, args, nil)
}

// exec runs a statement and keeps it prepared. An argument is a string, a []byte, an int or an int64.
func (c *conn) exec(sql string, args ...any) error { return c.query(sql, args, nil) }

// query runs a statement, keeps it prepared, and calls each for every row until it returns false.
// While it runs, each must not run the same statement again.
func (c *conn) query(sql string, args []any, each func(row) bool) error {
	stmt, err := c.sq.Prepare(sql)
	if err != nil {
		return explain(c.path, err)
	}
	return c.run(stmt, args, each)
}

func (c *conn) run(stmt *sqlite.Stmt, args []any, each func(row) bool) error {
	for i, arg := range args {
		switch a := arg.(type) {
		case string:
			stmt.BindText(i+1, a)
		case []byte:
			stmt.BindBytes(i+1, a)
		case int:
			stmt.BindInt64(i+1, int64(a))
		case int64:
			stmt.BindInt64(i+1, a)
		}
	}
	for {
		more, err := stmt.Step()
		if err != nil {
			stmt.Reset()
			return explain(c.path, err)
		}
		if !more {
			return nil
		}
		if each != nil && !each(row{stmt}) {
			return stmt.Reset()
		}
	}
}

// changed is the number of rows that the last statement has changed.
func (c *conn) changed() int { return c.sq.Changes() }

// number runs a statement that gives one integer; without a row it is 0.
func (c *conn) number(sql string, args ...any) (n int64, err error) {
	err = c.query(sql, args, func(r row) bool { n = r.int(0); return false })
	return n, err
}

// inTransaction reports whether BEGIN still holds: SQLite gives up the whole transaction on some errors.
func (c *conn) inTransaction() bool { return !c.sq.AutocommitEnabled() }

// explain puts the usual troubles into words for the one who runs the program.
func explain(path string, err error) error {
	var words string
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultNotADB:
		words = "this is not an SQLite database, or its beginning is damaged"
	case sqlite.ResultCorrupt:
		words = "the database file is damaged; restore it from a backup"
	case sqlite.ResultFull:
		words = "the disk is full"
	case sqlite.ResultBusy, sqlite.ResultLocked:
		words = "another process holds the database"
	case sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultCantOpen:
		words = "the file or its directory cannot be written by this process"
	case sqlite.ResultIOErr:
		words = "the disk reports an error"
	default:
		return fmt.Errorf("state: %s: %w", path, err)
	}
	return fmt.Errorf("state: %s: %s: %w", path, words, err)
}
