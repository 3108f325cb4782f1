package state

import (
	"fmt"
	"regexp"
	"strings"
)

// The statements that do not depend on a table. All SQL of the house is in this file, index.go,
// schema.go and steps.go.
const (
	sqlBegin    = `begin immediate` // SQLite: take the write lock now, so that no statement can meet a busy database
	sqlCommit   = `commit`
	sqlRollback = `rollback`
	sqlView     = `begin`
	sqlSave     = `savepoint one`
	sqlUndo     = `rollback to savepoint one`
	sqlRelease  = `release savepoint one`

	sqlNextID = `insert into state_counter (name, value) values ($1, 1)
		on conflict (name) do update set value = state_counter.value + 1 returning value`

	sqlOutboxAdd  = `insert into state_outbox (topic, id, body) values ($1, $2, $3)`
	sqlOutboxScan = `select id, body from state_outbox where topic = $1 and id > $2 order by id limit $3`
	sqlOutboxAck  = `delete from state_outbox where topic = $1 and id = $2`
	sqlOutboxSize = `select count(*) from state_outbox where topic = $1`
)

// plan holds the statements of one table, so that no operation has to build text.
type plan struct {
	name    string
	indexes []*indexPlan

	get, put, insert, remove, scan, count string
}

type indexPlan struct {
	name   string
	unique bool
	table  string // SQL table of the index

	add, remove, holder, find, scan, count string
}

func newPlan(s *schema) *plan {
	p := &plan{
		name:   s.name,
		get:    fmt.Sprintf(`select doc from %s where key = $1`, s.name),
		put:    fmt.Sprintf(`insert into %s (key, doc) values ($1, $2) on conflict (key) do update set doc = excluded.doc`, s.name),
		insert: fmt.Sprintf(`insert into %s (key, doc) values ($1, $2) on conflict (key) do nothing`, s.name),
		remove: fmt.Sprintf(`delete from %s where key = $1`, s.name),
		scan:   fmt.Sprintf(`select key, doc from %s where key >= $1 and key < $2 order by key limit $3`, s.name),
		count:  fmt.Sprintf(`select count(*) from %s where key >= $1 and key < $2`, s.name),
	}
	for _, x := range s.indexes {
		p.indexes = append(p.indexes, newIndexPlan(s.name, x))
	}
	return p
}

func newIndexPlan(table string, x indexSchema) *indexPlan {
	sql := indexTable(table, x.name)
	return &indexPlan{
		name:   x.name,
		unique: x.unique,
		table:  sql,
		add:    fmt.Sprintf(`insert into %s (entry, key) values ($1, $2)`, sql),
		remove: fmt.Sprintf(`delete from %s where entry = $1 and key = $2`, sql),
		holder: fmt.Sprintf(`select key from %s where entry = $1 limit 1`, sql),
		find: fmt.Sprintf(`select i.key, t.doc from %s i join %s t on t.key = i.key
			where i.entry = $1 order by i.key limit 1`, sql, table),
		scan: fmt.Sprintf(`select i.entry, i.key, t.doc from %s i join %s t on t.key = i.key
			where (i.entry, i.key) >= ($1, $2) and i.entry < $3 order by i.entry, i.key limit $4`, sql, table),
		count: fmt.Sprintf(`select count(*) from %s where entry >= $1 and entry < $2`, sql),
	}
}

// indexTable is the SQL table that holds an index. Names have no double underscore of their own, so it is free.
func indexTable(table, index string) string { return table + "__" + index }

var plainName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// checkNames makes sure that names can stand in SQL as they are, in SQLite and in PostgreSQL.
func (s *schema) checkNames() error {
	if !plainName.MatchString(s.name) || len(s.name) > 40 {
		return fmt.Errorf("state: table name %q: allowed are up to 40 lower case letters, digits and single underscores", s.name)
	}
	for _, reserved := range []string{"state_", "sqlite_", "pg_"} {
		if strings.HasPrefix(s.name, reserved) {
			return fmt.Errorf("state: table name %q: the beginning %q is reserved", s.name, reserved)
		}
	}
	seen := map[string]bool{}
	for _, x := range s.indexes {
		if !plainName.MatchString(x.name) || len(x.name) > 20 {
			return fmt.Errorf("state: table %s: index name %q: allowed are up to 20 lower case letters, digits and single underscores", s.name, x.name)
		}
		if seen[x.name] {
			return fmt.Errorf("state: table %s has two indexes named %s", s.name, x.name)
		}
		seen[x.name] = true
	}
	return nil
}
