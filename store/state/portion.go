package state

import (
	"iter"
	"unicode/utf8"
)

// hit is one row met by a scan, and its position; a scan of a table leaves the entry empty.
type hit struct {
	at  Cursor
	doc []byte
}

// scan walks a table in key order.
func (tx *Tx) scan(p *plan, prefix, after Key, limit int) iter.Seq2[hit, error] {
	from := max(prefix.text, after.next())
	return tx.portions(prefix, limit, func(at *hit, n int) (string, []any) {
		if at != nil {
			from = at.at.row.next()
		}
		return p.scan, []any{from, prefix.end(), n}
	}, func(r row) hit {
		return hit{at: Cursor{row: Key{r.text(0)}}, doc: r.blob(1)}
	})
}

// scanIndex walks an index in the order of entries and keys.
func (tx *Tx) scanIndex(x *indexPlan, prefix Key, after Cursor, limit int) iter.Seq2[hit, error] {
	entry, key := prefix.text, ""
	if after.entry.text >= prefix.text {
		entry, key = after.entry.text, after.row.next()
	}
	return tx.portions(prefix, limit, func(at *hit, n int) (string, []any) {
		if at != nil {
			entry, key = at.at.entry.text, at.at.row.next()
		}
		return x.scan, []any{entry, key, prefix.end(), n}
	}, func(r row) hit {
		return hit{at: Cursor{entry: Key{r.text(0)}, row: Key{r.text(1)}}, doc: r.blob(2)}
	})
}

// A scan reads rows in growing portions: small for those who stop early, bounded in rows and bytes for those who do not.
const (
	portionFirst = 32
	portionRows  = 512
	portionBytes = 1 << 20
)

// portions yields the rows of a query that is asked again and again for the next n rows after the last one seen.
// No statement is left open while the caller's loop body runs.
func (tx *Tx) portions(prefix Key, limit int, ask func(last *hit, n int) (string, []any), read func(row) hit) iter.Seq2[hit, error] {
	return func(yield func(hit, error) bool) {
		if !utf8.ValidString(prefix.text) {
			return // no row has such a key, and no database would take it as text
		}
		var last *hit
		for size := portionFirst; ; size = min(2*size, portionRows) {
			if err := tx.ready(); err != nil {
				yield(hit{}, err)
				return
			}
			if limit > 0 {
				size = min(size, limit)
			}
			var hits []hit
			bytes := 0
			sql, args := ask(last, size)
			err := tx.conn.query(sql, args, func(r row) bool {
				h := read(r)
				hits, bytes = append(hits, h), bytes+len(h.doc)
				return bytes < portionBytes
			})
			if err != nil {
				yield(hit{}, tx.fail(err))
				return
			}
			for _, h := range hits {
				if !yield(h, nil) {
					return
				}
			}
			if limit > 0 {
				if limit -= len(hits); limit == 0 {
					return
				}
			}
			if len(hits) < size && bytes < portionBytes {
				return
			}
			last = &hits[len(hits)-1]
		}
	}
}
