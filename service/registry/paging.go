package registry

import (
	"strings"

	"telltale/base/fault"
	"telltale/base/page"
	"telltale/store/state"
)

// pageMax is the most a page may hold, and what it holds unless asked otherwise.
const pageMax = 250

// pageSize reads maxResults or pageSize.
func pageSize(asked *int32) (int, error) {
	switch {
	case asked == nil:
		return pageMax, nil
	case *asked < 1 || *asked > pageMax:
		return 0, refuse(fault.Invalid, "A page of %d results was asked for; allowed are 1 to %d.", *asked, pageMax)
	}
	return int(*asked), nil
}

// pages is what a listing was asked for.
type pages struct {
	op    string // its name, which is mixed into tokens
	token string
	max   *int32
}

// read reads the size of the page and the position in the token.
func (p *pages) read(position any) (limit int, err error) {
	if limit, err = pageSize(p.max); err != nil {
		return 0, err
	}
	return limit, page.Parse(p.op, p.token, position)
}

// markerToken reads a marker: a token of the older listings, whose model allows only the characters of plain base64.
func markerToken(marker string) string {
	return strings.NewReplacer("+", "-", "/", "_").Replace(marker)
}

// tokenMarker spells a token as a marker.
func tokenMarker(token string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(token) }

// scanPage returns a page of a table in the order of its keys, and the token of the next one.
func scanPage[R, T any](tx *state.Tx, p pages, t *state.Table[R], prefix state.Key, result func(*R) T) ([]T, string, error) {
	var after state.Key
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	rows, next, err := t.Page(tx, prefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	list, token := page.List(p.op, rows, next, result)
	return list, token, nil
}

// indexPage is scanPage in the order of an index, of the rows that keep accepts; a nil keep accepts all. Where few rows are kept, a
// page may be short, even empty, while its token says that the listing goes on.
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

// listPage cuts a page out of a short list that is sorted by key.
func listPage[T any](p pages, list []T, key func(T) string) ([]T, string, error) {
	var after string
	limit, err := p.read(&after)
	if err != nil {
		return nil, "", err
	}
	rest := list[:0:0]
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
