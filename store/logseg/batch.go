package logseg

import (
	"encoding/binary"

	"telltale/base/fault"
	"telltale/store/logseg/wal"
)

// recordRows is the first byte of a record in the log; the rows follow. A row is the length of the rest as a uvarint
// of two bytes or more, the TS as a varint, and the body. Its sequence number is the number of the item in the log.
const recordRows = 1

// ref finds a row of a batch or chunk without decoding it.
type ref struct {
	ts    int64
	group uint32
	item  uint32 // sequence number less that of the first row of its batch or memtable
	off   uint32 // of the body
	size  uint32 // of the body
	msg   uint32 // size of the message
}

// spanAt counts rows of one place.
type spanAt struct {
	place
	span Span
}

// batch is the rows of one Append, encoded. It is reused, so that appending makes no garbage.
type batch struct {
	rec   wal.Record
	refs  []ref
	spans []spanAt // runs of rows of the same place
}

func (b *batch) reset() {
	b.rec.Payload = append(b.rec.Payload[:0], recordRows)
	b.refs, b.spans = b.refs[:0], b.spans[:0]
}

// small reports whether keeping b for reuse is worth its memory.
func (b *batch) small() bool { return cap(b.rec.Payload) <= 1<<20 && cap(b.refs) <= 1<<15 }

// add encodes e behind the rows already there.
func (b *batch) add(e *Entry, shapes []*shape) error {
	if e.Group == 0 || e.Stream == 0 {
		return fault.New("logseg.Append", fault.Invalid, "group %d and stream %d: neither may be 0", e.Group, e.Stream)
	}
	if e.TS < 0 {
		return fault.New("logseg.Append", fault.Invalid, "TS %d is before the epoch", e.TS)
	}
	p := b.rec.Payload
	start := len(p)
	p = append(p, 0, 0)
	p = binary.AppendVarint(p, e.TS)
	off := len(p)
	p, size, err := appendBody(p, e, shapes)
	b.rec.Payload = p
	if err != nil {
		return err
	}
	n := len(p) - start - 2
	if n < 1<<14 {
		p[start], p[start+1] = byte(n)|0x80, byte(n>>7)
	} else {
		p, off = widen(p, start, off, n)
		b.rec.Payload = p
	}
	if len(p) > wal.MaxPayload {
		return fault.New("logseg.Append", fault.Limit, "the entries of one call take more than %d bytes", wal.MaxPayload)
	}
	b.note(ref{ts: e.TS, group: e.Group, off: uint32(off), size: uint32(len(p) - off)}, e.Stream, e.Ingested, size)
	return nil
}

// widen makes room for the length n of a row that does not fit into two bytes.
func widen(p []byte, start, off, n int) ([]byte, int) {
	var head [binary.MaxVarintLen64]byte
	size := binary.PutUvarint(head[:], uint64(n))
	p = append(p, head[:size-2]...)
	copy(p[start+size:], p[start+2:])
	copy(p[start:], head[:size])
	return p, off + size - 2
}

// note adds a row to the references and counts.
func (b *batch) note(r ref, stream uint32, ingested int64, size int) {
	r.item, r.msg = uint32(len(b.refs)), uint32(size)
	b.refs = append(b.refs, r)
	at := place{r.group, stream}
	if n := len(b.spans); n == 0 || b.spans[n-1].place != at {
		b.spans = append(b.spans, spanAt{place: at})
	}
	b.spans[len(b.spans)-1].span.add(Span{Entries: 1, Bytes: uint64(size), FirstTS: r.ts, LastTS: r.ts, LastIngested: ingested})
}

// load decodes the record of a replayed log into b.
func (b *batch) load(v wal.View, shapes []*shape) error {
	b.reset()
	if len(v.Payload) == 0 || v.Payload[0] != recordRows {
		return fault.New("logseg.Open", fault.Internal, "log record %d has an unknown kind", v.First)
	}
	b.rec.Payload = append(b.rec.Payload[:0], v.Payload...)
	b.rec.First, b.rec.Count = v.First, v.Count
	d := decoder{b: b.rec.Payload[1:]}
	for len(d.b) > 0 {
		row := decoder{b: d.bytes()}
		ts := row.varint()
		at := len(b.rec.Payload) - len(d.b) - len(row.b)
		content, ok := readBody(row.b)
		if row.failed || d.failed || !ok {
			return fault.New("logseg.Open", fault.Internal, "log record %d: row %d is malformed", v.First, len(b.refs))
		}
		b.note(ref{ts: ts, group: content.group, off: uint32(at), size: uint32(len(row.b))}, content.stream, ts+content.delay, messageSize(&content, shapes))
	}
	if len(b.refs) != int(v.Count) {
		return fault.New("logseg.Open", fault.Internal, "log record %d has %d rows, its head says %d", v.First, len(b.refs), v.Count)
	}
	return nil
}

// add counts what o counts too.
func (s *Span) add(o Span) {
	switch {
	case o.Entries == 0:
		return
	case s.Entries == 0:
		*s = o
		return
	}
	s.Entries += o.Entries
	s.Bytes += o.Bytes
	s.FirstTS = min(s.FirstTS, o.FirstTS)
	s.LastTS = max(s.LastTS, o.LastTS)
	s.LastIngested = max(s.LastIngested, o.LastIngested)
}
