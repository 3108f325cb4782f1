package state

import "fmt"

// clustered keeps an index table in the tree of its primary key alone, without a second tree of row numbers (SQLite).
const clustered = ` without rowid`

// installIndexes drops the indexes that are not declared in this form and builds those that are missing.
func (tx *Tx) installIndexes(s *schema, p *plan) error {
	known, err := tx.catalogIndexes(s.name)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	var build []int
	for i, x := range s.indexes {
		if known[x.name] == x {
			keep[x.name] = true
		} else {
			build = append(build, i)
		}
	}
	if len(keep) < len(known) {
		if err := tx.dropIndexes(s.name, keep); err != nil {
			return err
		}
	}
	if len(build) == 0 {
		return nil
	}
	for _, i := range build {
		if err := tx.createIndex(s.name, s.indexes[i], p.indexes[i]); err != nil {
			return err
		}
	}
	return tx.fillIndexes(s, p, build)
}

func (tx *Tx) createIndex(table string, x indexSchema, p *indexPlan) error {
	primary, unique := "entry, key", 0
	if x.unique {
		primary, unique = "entry", 1
	}
	return tx.script(
		fmt.Sprintf(`create table %s (entry text not null, key text not null, primary key (%s))%s`, p.table, primary, clustered),
		fmt.Sprintf(`insert into state_index (tab, name, uniq, version) values ('%s', '%s', %d, %d)`, table, x.name, unique, x.version),
	)
}

// fillIndexes walks the table once and writes the entries of the indexes to build.
func (tx *Tx) fillIndexes(s *schema, p *plan, build []int) error {
	for h, err := range tx.scan(p, Key{}, Key{}, 0) {
		if err != nil {
			return err
		}
		_, _, entries, err := s.stored(h.doc)
		if err != nil {
			return err
		}
		for _, i := range build {
			if err := tx.unique(p.indexes[i], entries[i], h.at.row); err != nil {
				return err
			}
			if err := tx.reindex(p.indexes[i], h.at.row, nil, entries[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Tx) dropIndexes(table string, keep map[string]bool) error {
	known, err := tx.catalogIndexes(table)
	if err != nil {
		return err
	}
	for name := range known {
		if keep[name] {
			continue
		}
		err := tx.script(
			`drop table `+indexTable(table, name),
			fmt.Sprintf(`delete from state_index where tab = '%s' and name = '%s'`, table, name),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) catalogIndexes(table string) (map[string]indexSchema, error) {
	known := map[string]indexSchema{}
	err := tx.conn.query(`select name, uniq, version from state_index where tab = $1`, []any{table}, func(r row) bool {
		known[r.text(0)] = indexSchema{r.text(0), r.int(1) != 0, int(r.int(2))}
		return true
	})
	return known, tx.fail(err)
}
