package state

import "iter"

// Scan walks the rows whose key has the prefix, in key order, beginning after the key after (the zero Key: at the start),
// and ends after limit rows (0: no limit). An error is yielded last, with a nil row.
//
// Rows are read in portions, so the body of the loop may use the Tx as it likes, even write to the same table;
// a row that it changes ahead of its position may still be seen as it was.
func (t *Table[R]) Scan(tx *Tx, prefix, after Key, limit int) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		p, err := tx.plan(t.Name)
		if err != nil {
			yield(nil, err)
			return
		}
		t.each(tx.scan(p, prefix, after, limit), yield)
	}
}

// ScanIndex walks the entries of an index that have the prefix, in the order of the entries and then of the row keys,
// beginning after the cursor. A row is met once for each of its entries. The rest is as for Scan.
func (t *Table[R]) ScanIndex(tx *Tx, index string, prefix Key, after Cursor, limit int) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		x, err := tx.index(t.Name, index)
		if err != nil {
			yield(nil, err)
			return
		}
		t.each(tx.scanIndex(x, prefix, after, limit), yield)
	}
}

// Find returns the first row that has exactly this entry in the index, or ErrNotFound. For a unique index it is the only one.
func (t *Table[R]) Find(tx *Tx, index string, entry Key) (*R, error) {
	x, err := tx.index(t.Name, index)
	if err != nil {
		return nil, err
	}
	key, doc, err := tx.find(x, entry)
	if err != nil {
		return nil, err
	}
	return t.decode(key, doc)
}

// Count returns the number of rows whose key has the prefix. It visits them all.
func (t *Table[R]) Count(tx *Tx, prefix Key) (int, error) {
	p, err := tx.plan(t.Name)
	if err != nil {
		return 0, err
	}
	return tx.count(p.count, prefix)
}

// CountIndex returns the number of entries of the index that have the prefix. It visits them all.
func (t *Table[R]) CountIndex(tx *Tx, index string, prefix Key) (int, error) {
	x, err := tx.index(t.Name, index)
	if err != nil {
		return 0, err
	}
	return tx.count(x.count, prefix)
}

func (t *Table[R]) each(hits iter.Seq2[hit, error], yield func(*R, error) bool) {
	for h, err := range hits {
		if err != nil {
			yield(nil, err)
			return
		}
		r, err := t.decode(h.at.row, h.doc)
		if !yield(r, err) || err != nil {
			return
		}
	}
}
