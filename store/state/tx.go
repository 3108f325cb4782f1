package state

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Tx is the view of the database that an Update or a View gives to its function. It is good until that function returns
// and serves one goroutine. Do not begin another Update inside an Update: it would wait for itself.
type Tx struct {
	ctx      context.Context
	conn     *conn
	plans    map[string]*plan
	readOnly bool
	saved    bool     // a savepoint protects the other updates of the group from this one
	over     bool     // the function has returned
	broken   error    // the first error of the database; the transaction cannot succeed any more
	topics   []string // of the outbox rows written
}

// NextID returns the next number of a sequence: 1, then 2 and so on. Like every change it is durable when Update returns,
// and given back when Update fails.
func (tx *Tx) NextID(seq string) (uint64, error) {
	if err := tx.writable(); err != nil {
		return 0, err
	}
	if seq == "" || len(seq) > MaxKey || !utf8.ValidString(seq) {
		return 0, fmt.Errorf("state: sequence name %q: allowed are 1 to %d bytes of UTF-8", seq, MaxKey)
	}
	n, err := tx.conn.number(sqlNextID, seq)
	return uint64(n), tx.fail(err)
}

// ready refuses a transaction that is over, cancelled or broken.
func (tx *Tx) ready() error {
	if tx.over {
		return ErrDone
	}
	if tx.broken != nil {
		return tx.broken
	}
	if err := tx.ctx.Err(); err != nil {
		return tx.fail(fmt.Errorf("state: %w", err))
	}
	return nil
}

// writable makes the transaction ready for its first change. The savepoint is set only now, because an update that
// finds nothing to do, or refuses, needs none.
func (tx *Tx) writable() error {
	if err := tx.ready(); err != nil {
		return err
	}
	if tx.readOnly {
		return ErrReadOnly
	}
	if tx.saved {
		return nil
	}
	if err := tx.exec(sqlSave); err != nil {
		return err
	}
	tx.saved = true
	return nil
}

// fail remembers an error of the database, so that Update cannot report success even if the function ignores it.
func (tx *Tx) fail(err error) error {
	if err != nil && tx.broken == nil {
		tx.broken = err
	}
	return err
}

func (tx *Tx) exec(sql string, args ...any) error { return tx.fail(tx.conn.exec(sql, args...)) }

// change runs a statement for one row, and returns none if it changed nothing.
func (tx *Tx) change(none error, table string, key Key, sql string, args ...any) error {
	if err := tx.exec(sql, args...); err != nil {
		return err
	}
	if tx.conn.changed() == 0 {
		return fmt.Errorf("%w: %s %s", none, table, key)
	}
	return nil
}

func (tx *Tx) plan(table string) (*plan, error) {
	if err := tx.ready(); err != nil {
		return nil, err
	}
	if p := tx.plans[table]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("state: table %q is unknown to this database; name it in Open or Use", table)
}

func (tx *Tx) index(table, index string) (*indexPlan, error) {
	p, err := tx.plan(table)
	if err != nil {
		return nil, err
	}
	for _, x := range p.indexes {
		if x.name == index {
			return x, nil
		}
	}
	return nil, fmt.Errorf("state: table %s has no index %q", table, index)
}

// row returns the stored JSON, or nil if there is no such row.
func (tx *Tx) row(p *plan, key Key) (doc []byte, err error) {
	err = tx.conn.query(p.get, []any{key.text}, func(r row) bool { doc = r.blob(0); return false })
	return doc, tx.fail(err)
}

// find returns the first row with exactly this index entry.
func (tx *Tx) find(x *indexPlan, entry Key) (key Key, doc []byte, err error) {
	err = tx.conn.query(x.find, []any{entry.text}, func(r row) bool {
		key, doc = Key{r.text(0)}, r.blob(1)
		return false
	})
	if err != nil {
		return Key{}, nil, tx.fail(err)
	}
	if doc == nil {
		return Key{}, nil, fmt.Errorf("%w: index %s %s", ErrNotFound, x.name, entry)
	}
	return key, doc, nil
}

// unique refuses entries of a unique index that belong to a row other than key.
func (tx *Tx) unique(x *indexPlan, entries []Key, key Key) error {
	if !x.unique {
		return nil
	}
	for _, entry := range entries {
		var holder string
		err := tx.conn.query(x.holder, []any{entry.text}, func(r row) bool { holder = r.text(0); return false })
		if err != nil {
			return tx.fail(err)
		}
		if holder != "" && holder != key.text {
			return fmt.Errorf("%w: index %s %s is held by %s", ErrNotUnique, x.name, entry, Key{holder})
		}
	}
	return nil
}

// reindex turns the entries that a row had into those that it has; both are sorted.
func (tx *Tx) reindex(x *indexPlan, key Key, before, after []Key) error {
	for _, entry := range before {
		if _, kept := slices.BinarySearchFunc(after, entry, Key.Compare); !kept {
			if err := tx.exec(x.remove, entry.text, key.text); err != nil {
				return err
			}
		}
	}
	for _, entry := range after {
		if _, had := slices.BinarySearchFunc(before, entry, Key.Compare); !had {
			if err := tx.exec(x.add, entry.text, key.text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Tx) count(sql string, prefix Key) (int, error) {
	if !utf8.ValidString(prefix.text) {
		return 0, nil
	}
	n, err := tx.conn.number(sql, prefix.text, prefix.end())
	return int(n), tx.fail(err)
}
