package page

import "strings"

// Marked cuts a page out of a whole list that is sorted by key, the last key first if descending: at most size of what comes after the
// marker, and the marker of the next page, "" after the last. A marker is a token in the characters of plain base64, which is what the
// older listings allow.
func Marked[T any](purpose, marker string, size int, descending bool, list []T, key func(T) string) ([]T, string, error) {
	var after string
	if err := Parse(purpose, strings.NewReplacer("+", "-", "/", "_").Replace(marker), &after); err != nil {
		return nil, "", err
	}
	rest := make([]T, 0, min(size, len(list)))
	for _, item := range list {
		k := key(item)
		switch {
		case marker != "" && (k == after || k < after != descending):
		case len(rest) == size:
			next := Token(purpose, key(rest[size-1]))
			return rest, strings.NewReplacer("-", "+", "_", "/").Replace(next), nil
		default:
			rest = append(rest, item)
		}
	}
	return rest, "", nil
}
