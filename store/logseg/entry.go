package logseg

// Entry is one log event on its way into the store.
type Entry struct {
	// Group and Stream are ids given by the caller, unique over accounts and regions. Neither may be 0.
	Group, Stream uint32
	TS            int64  // event time, milliseconds since the epoch, not negative
	Ingested      int64  // arrival, milliseconds since the epoch; set by Append when 0
	Seq           uint64 // set by Append: strictly increasing over the life of the store
	Tmpl          uint32 // 0: Raw is the message; otherwise an id from Template
	Vals          []Value
	Raw           []byte
}

// Cursor returns the place of e in the order of the store.
func (e *Entry) Cursor() Cursor { return Cursor{TS: e.TS, Seq: e.Seq} }

// Row is one stored event as a reader sees it.
type Row struct {
	Group, Stream uint32
	TS            int64 // event time, milliseconds since the epoch
	Ingested      int64 // arrival, milliseconds since the epoch
	Seq           uint64
	Message       []byte // rendered; valid until the next row is asked for
}

// Cursor returns the place of r in the order of the store.
func (r *Row) Cursor() Cursor { return Cursor{TS: r.TS, Seq: r.Seq} }

// Cursor is a place in the order of the store: by event time, then by sequence number.
// The zero Cursor is before every entry.
type Cursor struct {
	TS  int64  `json:"ts"`
	Seq uint64 `json:"seq"`
}

// Compare returns -1, 0 or 1 as c is before, at or after d.
func (c Cursor) Compare(d Cursor) int {
	switch {
	case c.TS != d.TS && c.TS < d.TS, c.TS == d.TS && c.Seq < d.Seq:
		return -1
	case c == d:
		return 0
	}
	return 1
}
