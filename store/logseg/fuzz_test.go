package logseg

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"telltale/store/logseg/wal"
)

var fuzzShapes = []*shape{newShape(publishIn), newShape(Template{Parts: []Part{{Slot: SlotJSON}, {Slot: SlotInt}}})}

// FuzzLogRecord reads any bytes as a record of the log. What is accepted must be readable as rows.
func FuzzLogRecord(f *testing.F) {
	var b batch
	b.reset()
	for _, e := range append(brokerEntries(1, 3), Entry{Group: 9, Stream: 8, TS: 1, Raw: []byte("raw")}) {
		if err := b.add(&e, fuzzShapes); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.rec.Payload, uint32(4))
	f.Add([]byte{recordRows}, uint32(0))
	f.Add([]byte{recordRows, 5, 0, 1, 1, 0, 0}, uint32(1))
	f.Fuzz(func(t *testing.T, payload []byte, count uint32) {
		var b batch
		if err := b.load(wal.View{First: 1, Count: count, Payload: payload}, fuzzShapes); err != nil {
			return
		}
		m := newMemtable(1)
		m.insert(&b)
		v := m.view()
		for _, s := range v.spots(func(*ref) bool { return true }) {
			r := v.row(s)
			content, ok := readBody(r.body)
			if !ok {
				t.Fatalf("row %+v was accepted and cannot be read", s)
			}
			message, ok := appendMessage(nil, r.ts, &content, fuzzShapes)
			if size := messageSize(&content, fuzzShapes); ok && r.ts >= 0 && r.ts < 1<<47 && size != len(message) {
				t.Fatalf("message %q: counted as %d bytes", message, size)
			}
		}
	})
}

// FuzzSegment reads any bytes as a segment, and as the plain bytes of a block.
func FuzzSegment(f *testing.F) {
	f.Add(fuzzSegment(f, 10))
	f.Add(fuzzSegment(f, 5000))
	f.Add([]byte(segmentMagic))
	var decoders sync.Pool
	f.Fuzz(func(t *testing.T, b []byte) {
		if rows, err := readRows(nil, b, &block{rows: uint32(len(b) / 3), maxTS: 1 << 50}); err == nil {
			for _, r := range rows {
				readBody(b[r.off : r.off+r.size])
			}
		}
		_, _ = readIndex(b)
		x, err := loadIndex(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		s := memorySegment(b, x, 0)
		var buf blockBuffer
		for i := range x.blocks {
			if x.blocks[i].raw > 1<<20 {
				continue
			}
			if err := s.read(i, &buf, &decoders); err == nil && len(buf.rows) != int(x.blocks[i].rows) {
				t.Fatalf("block %d: read %d rows of %d", i, len(buf.rows), x.blocks[i].rows)
			}
		}
	})
}

func fuzzSegment(f *testing.F, rows int) []byte {
	var out bytes.Buffer
	w, err := newSegmentWriter(&out, nil, 1, uint64(rows))
	for i := 0; i < rows && err == nil; i++ {
		e := Entry{Group: uint32(1 + i%3), Stream: 1, TS: int64(i), Ingested: int64(i), Raw: fmt.Append(nil, "row ", i)}
		var b []byte
		if b, _, err = appendBody(nil, &e, nil); err == nil {
			v, _ := readBody(b)
			err = w.add(stored{ts: e.TS, seq: uint64(i + 1), body: b}, &v)
		}
	}
	if err == nil {
		_, _, err = w.finish()
	}
	if err != nil {
		f.Fatal(err)
	}
	return out.Bytes()
}
