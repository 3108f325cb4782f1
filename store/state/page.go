package state

import "iter"

// mostSeen is how many rows are looked at to fill a page with those that are wanted.
const mostSeen = 4096

// Page returns up to limit rows as Scan would meet them, and the key to go on after; that is the zero Key when there are no more.
func (t *Table[R]) Page(tx *Tx, prefix, after Key, limit int) (rows []*R, next Key, err error) {
	return t.PageWhere(tx, prefix, after, limit, nil)
}

// PageWhere is Page of the rows that keep accepts; nil accepts all. It ends after a few thousand rows even if few of them are kept: then
// the page is short, perhaps empty, and goes on after next.
func (t *Table[R]) PageWhere(tx *Tx, prefix, after Key, limit int, keep func(*R) bool) (rows []*R, next Key, err error) {
	p, err := tx.plan(t.Name)
	if err != nil {
		return nil, Key{}, err
	}
	seen := toSee(limit, keep != nil)
	rows, last, more, err := t.page(tx.scan(p, prefix, after, oneMore(seen)), limit, seen, keep)
	if !more {
		return rows, Key{}, err
	}
	return rows, last.row, nil
}

// PageIndex returns up to limit rows as ScanIndex would meet them, and the cursor to go on after; that is the zero Cursor when there are no more.
func (t *Table[R]) PageIndex(tx *Tx, index string, prefix Key, after Cursor, limit int) (rows []*R, next Cursor, err error) {
	return t.PageIndexWhere(tx, index, prefix, after, limit, nil)
}

// PageIndexWhere is to PageIndex what PageWhere is to Page.
func (t *Table[R]) PageIndexWhere(tx *Tx, index string, prefix Key, after Cursor, limit int, keep func(*R) bool) (rows []*R, next Cursor, err error) {
	x, err := tx.index(t.Name, index)
	if err != nil {
		return nil, Cursor{}, err
	}
	seen := toSee(limit, keep != nil)
	rows, last, more, err := t.page(tx.scanIndex(x, prefix, after, oneMore(seen)), limit, seen, keep)
	if !more {
		return rows, Cursor{}, err
	}
	return rows, last, nil
}

// toSee is how many rows may be looked at for a page of limit rows (0: all).
func toSee(limit int, some bool) int {
	if some {
		return max(limit, mostSeen)
	}
	return max(limit, 0)
}

// oneMore is the limit of a scan that wants to know whether another row follows.
func oneMore(limit int) int {
	if limit == 0 {
		return 0
	}
	return limit + 1
}

// page decodes hits until limit of them are kept or so many are seen; more says that there was at least one beyond them.
func (t *Table[R]) page(hits iter.Seq2[hit, error], limit, seen int, keep func(*R) bool) (rows []*R, last Cursor, more bool, err error) {
	n := 0
	for h, err := range hits {
		if err != nil {
			return nil, Cursor{}, false, err
		}
		if limit > 0 && len(rows) == limit || seen > 0 && n == seen {
			return rows, last, true, nil
		}
		r, err := t.decode(h.at.row, h.doc)
		if err != nil {
			return nil, Cursor{}, false, err
		}
		if keep == nil || keep(r) {
			rows = append(rows, r)
		}
		n, last = n+1, h.at
	}
	return rows, last, false, nil
}
