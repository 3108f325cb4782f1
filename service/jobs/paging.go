package jobs

import (
	"telltale/base/page"
	"telltale/store/state"
)

// pageMax is the most a page may hold, and what it holds unless asked otherwise. (aws: iot/API_ListJobs)
const pageMax = 250

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

// scanPage is a page of a table in the order of its keys, of the rows that keep accepts; a nil keep accepts all.
func scanPage[R, T any](tx *state.Tx, p pages, t *state.Table[R], prefix state.Key, keep func(*R) bool, result func(*R) T) ([]T, string, error) {
	var after state.Key
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	rows, next, err := t.PageWhere(tx, prefix, after, limit, keep)
	if err != nil {
		return nil, "", err
	}
	list, token := page.List(p.op, rows, next, result)
	return list, token, nil
}

// indexPage is scanPage in the order of an index.
func indexPage[R, T any](tx *state.Tx, p pages, t *state.Table[R], index string, prefix state.Key, keep func(*R) bool, result func(*R) T) ([]T, string, error) {
	var after state.Cursor
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	rows, next, err := t.PageIndexWhere(tx, index, prefix, after, limit, keep)
	if err != nil {
		return nil, "", err
	}
	list, token := page.List(p.op, rows, next, result)
	return list, token, nil
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
