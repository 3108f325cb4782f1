package state

import (
	"context"
	"fmt"
	"maps"
)

// Schema is a table declaration of any row type. Only *Table implements it.
type Schema interface{ schema() *schema }

// schema is what the database must know of a Table: everything but the type of its rows.
type schema struct {
	name    string
	version int
	indexes []indexSchema
	migrate func(old int, doc []byte) ([]byte, error)                            // nil: rows are kept
	stored  func(doc []byte) (key Key, again []byte, entries [][]Key, err error) // reads a row for rewriting and indexing
}

type indexSchema struct {
	name    string
	unique  bool
	version int
}

func (t *Table[R]) schema() *schema {
	s := &schema{name: t.Name, version: t.Version, migrate: t.Migrate}
	for _, x := range t.Index {
		s.indexes = append(s.indexes, indexSchema{x.Name, x.Unique, x.Version})
	}
	s.stored = func(doc []byte) (Key, []byte, [][]Key, error) {
		r, err := t.decode(Key{}, doc)
		if err != nil {
			return Key{}, nil, nil, err
		}
		return t.encode(r)
	}
	return s
}

// Use makes tables known to the database: it creates those that are missing, migrates those of an older version, builds new
// indexes and drops those no longer declared, all or nothing. A table that the database knows already costs one read.
func (db *DB) Use(ctx context.Context, tables ...Schema) error {
	db.useMu.Lock()
	defer db.useMu.Unlock()
	plans := maps.Clone(*db.plans.Load())
	var fresh []*schema
	for _, table := range tables {
		s := table.schema()
		if err := s.checkNames(); err != nil {
			return err
		}
		if by, known := db.used[s.name]; known && by != table {
			return fmt.Errorf("state: two different tables are named %s", s.name)
		} else if known {
			continue
		}
		db.used[s.name] = table
		plans[s.name] = newPlan(s)
		fresh = append(fresh, s)
	}
	err := db.Update(ctx, func(tx *Tx) error {
		for _, s := range fresh {
			if err := tx.install(s, plans[s.name]); err != nil {
				return fmt.Errorf("table %s: %w", s.name, err)
			}
		}
		return nil
	})
	if err != nil {
		for _, s := range fresh {
			delete(db.used, s.name)
		}
		return err
	}
	db.plans.Store(&plans)
	return nil
}

// install brings one table from whatever the database holds to what the program declares.
func (tx *Tx) install(s *schema, p *plan) error {
	known, version, err := tx.catalogTable(s.name)
	if err != nil {
		return err
	}
	switch {
	case !known:
		err = tx.createTable(s)
	case version > s.version:
		return fmt.Errorf("state: the database holds version %d, this program knows version %d; use the newer program", version, s.version)
	case version < s.version:
		err = tx.upgradeTable(s, p, version)
	}
	if err != nil {
		return err
	}
	return tx.installIndexes(s, p)
}

func (tx *Tx) createTable(s *schema) error {
	return tx.script(
		sqlCreate(s.name),
		fmt.Sprintf(`insert into state_table (name, version) values ('%s', %d)`, s.name, s.version),
	)
}

// upgradeTable rewrites every row into a new SQL table, so that even keys may change, and forgets the indexes:
// their entries were made from the old rows.
func (tx *Tx) upgradeTable(s *schema, p *plan, old int) error {
	if err := tx.dropIndexes(s.name, nil); err != nil {
		return err
	}
	if s.migrate != nil {
		if err := tx.rewriteTable(s, p, old); err != nil {
			return err
		}
	}
	return tx.script(fmt.Sprintf(`update state_table set version = %d where name = '%s'`, s.version, s.name))
}

func (tx *Tx) rewriteTable(s *schema, p *plan, old int) error {
	was := s.name + "__old"
	if err := tx.script(fmt.Sprintf(`alter table %s rename to %s`, s.name, was), sqlCreate(s.name)); err != nil {
		return err
	}
	for h, err := range tx.scan(newPlan(&schema{name: was}), Key{}, Key{}, 0) {
		if err != nil {
			return err
		}
		doc, err := s.migrate(old, h.doc)
		if err != nil {
			return fmt.Errorf("state: row %s cannot be migrated from version %d: %w", h.at.row, old, err)
		}
		key, doc, _, err := s.stored(doc)
		if err != nil {
			return fmt.Errorf("row %s after its migration from version %d: %w", h.at.row, old, err)
		}
		if other, err := tx.row(p, key); err != nil {
			return err
		} else if other != nil {
			return fmt.Errorf("%w: migration gives a second row the key %s", ErrExists, key)
		}
		if err := tx.exec(p.put, key.text, doc); err != nil {
			return err
		}
	}
	return tx.script(`drop table ` + was)
}

func (tx *Tx) catalogTable(name string) (known bool, version int, err error) {
	err = tx.conn.query(`select version from state_table where name = $1`, []any{name}, func(r row) bool {
		known, version = true, int(r.int(0))
		return false
	})
	return known, version, tx.fail(err)
}

func sqlCreate(table string) string {
	return fmt.Sprintf(`create table %s (key text not null primary key, doc blob not null)`, table)
}

// script runs statements that change the shape of the database. Names in them have passed checkNames.
func (tx *Tx) script(statements ...string) error {
	if err := tx.writable(); err != nil {
		return err
	}
	for _, sql := range statements {
		if err := tx.fail(tx.conn.once(sql)); err != nil {
			return err
		}
	}
	return nil
}
