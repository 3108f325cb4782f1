package jobs

import (
	"telltale/base/page"
	"telltale/store/state"
)

// pageMax is the most a page may hold, and what it holds unless asked otherwise. (aws: iot/API_ListJobs)
const pageMax = 250

// scanMost is how many rows a filtered listing looks at for one page. So a page may be short, even empty, while its token says that the
// listing goes on.
const scanMost = 4096

// pages is what a listing was asked for.
type pages struct {
	op    string // its name, which is mixed into tokens
	token string
	max   *int32
}

// read reads the size of the page and the position in the token.
func (p *pages) read(position any) (limit int, err error) {
	limit = pageMax
	if p.max != nil {
		limit = int(*p.max)
	}
	if limit < 1 || limit > pageMax {
		return 0, invalid("The maxResults %d is not allowed: it must be 1 to %d.", limit, pageMax)
	}
	if err := page.Parse(p.op, p.token, position); err != nil {
		return 0, invalid("The nextToken is invalid: it was not returned by %s.", p.op)
	}
	return limit, nil
}

// source returns up to limit rows after a position, and the position to go on after.
type source[R, P any] func(after P, limit int) (rows []*R, next P, err error)

// collect fills a page with the rows that keep accepts; a nil keep accepts all.
func collect[R, T any, P interface{ IsZero() bool }](p pages, from source[R, P], keep func(*R) bool, result func(*R) T) ([]T, string, error) {
	var after P
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	list := []T{}
	for seen := 0; ; {
		rows, next, err := from(after, limit-len(list))
		if err != nil {
			return nil, "", err
		}
		for _, row := range rows {
			if keep == nil || keep(row) {
				list = append(list, result(row))
			}
		}
		if next.IsZero() {
			return list, "", nil
		}
		if seen += len(rows); len(list) == limit || seen >= scanMost {
			return list, page.Token(p.op, next), nil
		}
		after = next
	}
}

// scanPage is a page of a table in the order of its keys.
func scanPage[R, T any](tx *state.Tx, p pages, t *state.Table[R], prefix state.Key, keep func(*R) bool, result func(*R) T) ([]T, string, error) {
	return collect(p, func(after state.Key, limit int) ([]*R, state.Key, error) { return t.Page(tx, prefix, after, limit) }, keep, result)
}

// indexPage is a page of a table in the order of an index.
func indexPage[R, T any](tx *state.Tx, p pages, t *state.Table[R], index string, prefix state.Key, keep func(*R) bool, result func(*R) T) ([]T, string, error) {
	return collect(p, func(after state.Cursor, limit int) ([]*R, state.Cursor, error) {
		return t.PageIndex(tx, index, prefix, after, limit)
	}, keep, result)
}

// listPage is a page of a short list that is sorted by key.
func listPage[T any](p pages, list []T, key func(T) string) ([]T, string, error) {
	var after string
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	rest := []T{}
	for _, item := range list {
		if key(item) > after {
			rest = append(rest, item)
		}
	}
	if len(rest) <= limit {
		return rest, "", nil
	}
	return rest[:limit], page.Token(p.op, key(rest[limit-1])), nil
}
