package state

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Table is the declaration of rows of type R. A service writes it once as a package variable and never changes it;
// it holds no data and no connection, so one declaration serves any number of databases.
//
// A row is stored as the JSON of R, so only exported fields are kept and strings must be UTF-8.
// All methods need a Tx of a database that knows the table (see Open and DB.Use).
type Table[R any] struct {
	// Name of the table in the database: lower case letters, digits and single underscores, at most 40 bytes,
	// by custom beginning with the name of the service. It never changes.
	Name string
	// Key returns the key of a row, always the same for the same row.
	Key func(*R) Key
	// Index lists the other orders in which rows can be found. An index that is new in the list is built by Use, one that is missing is dropped.
	Index []Index[R]
	// Version is the shape of R. Raise it when stored rows must be rewritten; a database with a higher one is refused.
	Version int
	// Migrate turns the stored JSON of an old version into that of Version. Use calls it once for every row when
	// Version has been raised; the key may change, if it stays unique. Without it, rows are kept and only indexes are rebuilt.
	Migrate func(old int, row []byte) ([]byte, error)
}

// Index is a second order of the rows of a table.
type Index[R any] struct {
	// Name of the index: lower case letters, digits and single underscores, at most 20 bytes.
	Name string
	// Key returns the entries of a row: none, one or many. They depend on nothing but the row.
	Key func(*R) []Key
	// Unique makes Put and Insert refuse an entry that another row has.
	Unique bool
	// Version is raised when Key gives other entries than before for the same row; Use then rebuilds the index.
	Version int
}

// Get returns the row, or ErrNotFound.
func (t *Table[R]) Get(tx *Tx, key Key) (*R, error) {
	p, err := tx.plan(t.Name)
	if err != nil {
		return nil, err
	}
	doc, err := tx.row(p, key)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, fmt.Errorf("%w: %s %s", ErrNotFound, t.Name, key)
	}
	return t.decode(key, doc)
}

// Has reports whether there is a row with the key.
func (t *Table[R]) Has(tx *Tx, key Key) (bool, error) {
	p, err := tx.plan(t.Name)
	if err != nil {
		return false, err
	}
	doc, err := tx.row(p, key)
	return doc != nil, err
}

// Put writes the row in place of the one with the same key, if any, and keeps the indexes.
// It returns ErrNotUnique, and changes nothing, if another row has one of its unique entries.
func (t *Table[R]) Put(tx *Tx, r *R) error { return t.write(tx, r, false) }

// Insert writes a row that is not there yet. It returns ErrExists or ErrNotUnique, and changes nothing, if it cannot.
func (t *Table[R]) Insert(tx *Tx, r *R) error { return t.write(tx, r, true) }

// Delete removes the row and its index entries, or returns ErrNotFound.
func (t *Table[R]) Delete(tx *Tx, key Key) error {
	p, err := tx.plan(t.Name)
	if err != nil {
		return err
	}
	if err := tx.writable(); err != nil {
		return err
	}
	if len(p.indexes) == 0 { // nothing has to be read first
		return tx.change(ErrNotFound, t.Name, key, p.remove, key.text)
	}
	doc, err := tx.row(p, key)
	if err != nil {
		return err
	}
	if doc == nil {
		return fmt.Errorf("%w: %s %s", ErrNotFound, t.Name, key)
	}
	entries, err := t.entriesOf(key, doc)
	if err != nil {
		return err
	}
	for i, x := range p.indexes {
		for _, entry := range entries[i] {
			if err := tx.exec(x.remove, entry.text, key.text); err != nil {
				return err
			}
		}
	}
	return tx.exec(p.remove, key.text)
}

// write is Put and Insert. Everything that can be refused is checked before the first change,
// so a refused row leaves nothing behind even if the caller goes on with the transaction.
func (t *Table[R]) write(tx *Tx, r *R, fresh bool) error {
	p, err := tx.plan(t.Name)
	if err != nil {
		return err
	}
	if err := tx.writable(); err != nil {
		return err
	}
	key, doc, entries, err := t.encode(r)
	if err != nil {
		return err
	}
	if fresh && len(p.indexes) == 0 {
		return tx.change(ErrExists, t.Name, key, p.insert, key.text, doc)
	}
	var old [][]Key
	if fresh || len(p.indexes) > 0 {
		was, err := tx.row(p, key)
		switch {
		case err != nil:
			return err
		case was != nil && fresh:
			return fmt.Errorf("%w: %s %s", ErrExists, t.Name, key)
		case was != nil && slices.Equal(was, doc):
			return nil
		case was != nil:
			if old, err = t.entriesOf(key, was); err != nil {
				return err
			}
		}
	}
	for i, x := range p.indexes {
		if err := tx.unique(x, entries[i], key); err != nil {
			return err
		}
	}
	if err := tx.exec(p.put, key.text, doc); err != nil {
		return err
	}
	for i, x := range p.indexes {
		var before []Key
		if old != nil {
			before = old[i]
		}
		if err := tx.reindex(x, key, before, entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// encode returns all that is stored for a row.
func (t *Table[R]) encode(r *R) (key Key, doc []byte, entries [][]Key, err error) {
	if r == nil {
		return Key{}, nil, nil, fmt.Errorf("state: %s: the row is nil", t.Name)
	}
	key = t.Key(r)
	if err := key.check(); err != nil {
		return Key{}, nil, nil, fmt.Errorf("state: %s: %w", t.Name, err)
	}
	if doc, err = json.Marshal(r); err != nil {
		return Key{}, nil, nil, fmt.Errorf("state: %s %s: %w", t.Name, key, err)
	}
	entries, err = t.entries(r)
	return key, doc, entries, err
}

// entries returns the entries of a row for each index, sorted and without repetition.
func (t *Table[R]) entries(r *R) ([][]Key, error) {
	all := make([][]Key, len(t.Index))
	for i, x := range t.Index {
		keys := x.Key(r)
		for _, key := range keys {
			if err := key.check(); err != nil {
				return nil, fmt.Errorf("state: %s, index %s: %w", t.Name, x.Name, err)
			}
		}
		if len(keys) > 1 {
			keys = slices.Clone(keys)
			slices.SortFunc(keys, Key.Compare)
			keys = slices.Compact(keys)
		}
		all[i] = keys
	}
	return all, nil
}

func (t *Table[R]) entriesOf(key Key, doc []byte) ([][]Key, error) {
	if len(t.Index) == 0 {
		return nil, nil
	}
	r, err := t.decode(key, doc)
	if err != nil {
		return nil, err
	}
	return t.entries(r)
}

func (t *Table[R]) decode(key Key, doc []byte) (*R, error) {
	r := new(R)
	if err := json.Unmarshal(doc, r); err != nil {
		return nil, fmt.Errorf("state: %s %s cannot be read: %w", t.Name, key, err)
	}
	return r, nil
}
