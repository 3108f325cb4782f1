package state

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Cursor is a position in an index: just after one entry of one row. It stays good when rows come and go,
// that row included. The zero Cursor is the position before everything.
type Cursor struct{ entry, row Key }

// IsZero reports whether c is the position before everything.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// MarshalText returns a form that is safe in URLs and page tokens; the zero Cursor gives an empty text.
func (c Cursor) MarshalText() ([]byte, error) {
	if c.IsZero() {
		return nil, nil
	}
	return base64.RawURLEncoding.AppendEncode(nil, []byte(c.entry.text+"\x00"+c.row.text)), nil
}

// UnmarshalText reads what MarshalText wrote and refuses everything else.
func (c *Cursor) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Cursor{}
		return nil
	}
	raw, err := decodeToken(text)
	if err != nil {
		return fmt.Errorf("state: cursor: %w", err)
	}
	entry, row, ok := strings.Cut(raw, "\x00")
	if !ok || entry == "" || row == "" {
		return fmt.Errorf("state: cursor has no entry and row")
	}
	read := Cursor{Key{entry}, Key{row}}
	for _, key := range []Key{read.entry, read.row} {
		if _, err := key.Parts(); err != nil {
			return err
		}
	}
	*c = read
	return nil
}
