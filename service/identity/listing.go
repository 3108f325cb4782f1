package identity

import (
	"iter"

	"telltale/base/fault"
	"telltale/base/page"
	"telltale/store/state"
)

// defaultItems is the size of a page where the request names none.
const defaultItems = 100

// listing is one page of a list in order of names or ids.
type listing struct {
	op    string // the operation; a marker of one is no good to another
	after string // the last name of the page before, "" at the start
	limit int
	last  string // the last name of this page, if more follow
}

func newListing(op, marker string, maxItems *int32) (*listing, error) {
	l := &listing{op: op, limit: defaultItems}
	if maxItems != nil {
		l.limit = int(*maxItems)
	}
	if l.limit < 1 || l.limit > 1000 {
		return nil, fault.New(op, fault.Invalid, "MaxItems is %d: want 1 to 1000.", l.limit).Named(validationError)
	}
	if page.Parse(op, marker, &l.after) != nil {
		return nil, fault.New(op, fault.Invalid, "Invalid Marker: it was not returned by this operation.").Named(validationError)
	}
	return l, nil
}

// validationError is what IAM calls a request that makes no sense.
const validationError = "ValidationError"

// position is where the page begins in a table whose keys nameKey makes.
func (l *listing) position(account string) state.Key {
	if l.after == "" {
		return state.Key{}
	}
	return nameKey(account, l.after)
}

// end is IsTruncated and Marker of the page.
func (l *listing) end() (*bool, string) {
	more := l.last != ""
	if !more {
		return &more, ""
	}
	return &more, page.Token(l.op, l.last)
}

// take collects the wanted rows until the page is full.
func take[R any](l *listing, rows iter.Seq2[*R, error], name func(*R) string, wanted func(*R) bool) (list []*R, err error) {
	for r, err := range rows {
		switch {
		case err != nil:
			return nil, err
		case !wanted(r):
		case len(list) == l.limit:
			l.last = name(list[len(list)-1])
			return list, nil
		default:
			list = append(list, r)
		}
	}
	return list, nil
}

// pageOf collects a page of a list in memory, which is in order of names.
func pageOf[R any](l *listing, items []R, name func(*R) string) (list []*R) {
	for i := range items {
		switch r := &items[i]; {
		case name(r) <= l.after:
		case len(list) == l.limit:
			l.last = name(list[len(list)-1])
			return list
		default:
			list = append(list, r)
		}
	}
	return list
}
