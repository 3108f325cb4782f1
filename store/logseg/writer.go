package logseg

import (
	"encoding/binary"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const (
	blockRows  = 4096
	blockBytes = 1 << 20             // a block is closed once it has so many
	maxBlock   = MaxMessage + 64<<20 // plain size of the largest block a reader accepts
)

// segmentWriter writes rows that come in the order of (TS, Seq) as a segment.
//
// A row in a block is: TS less the one before as varint (the first as it is), sequence number less the one before as
// varint, the size of the body as uvarint, the body. The block is one zstd frame.
type segmentWriter struct {
	w      io.Writer
	enc    *zstd.Encoder
	shapes []*shape
	off    int64
	index  index
	cur    block
	raw    []byte // of cur
	packed []byte
	lastTS int64
	last   uint64
	groups map[uint32]struct{}
	tmpls  map[uint32]struct{}
	usage  map[place]*Span

	lastPlace place
	lastSpan  *Span // of lastPlace; nil at the beginning of a block
}

// newSegmentWriter begins a segment that stands for the sequence numbers first to last.
func newSegmentWriter(w io.Writer, shapes []*shape, first, last uint64) (*segmentWriter, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(blockBytes), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	s := &segmentWriter{w: w, enc: enc, shapes: shapes, groups: map[uint32]struct{}{}, tmpls: map[uint32]struct{}{}, usage: map[place]*Span{}}
	s.index = index{first: first, last: last, minTS: math.MaxInt64, maxTS: math.MinInt64}
	return s, s.write([]byte(segmentMagic))
}

func (s *segmentWriter) write(b []byte) error {
	n, err := s.w.Write(b)
	s.off += int64(n)
	return err
}

// add writes the next row.
func (s *segmentWriter) add(r stored, v *body) error {
	if s.cur.rows == 0 {
		s.cur.minTS, s.lastTS, s.last = r.ts, 0, 0
	}
	s.raw = binary.AppendVarint(s.raw, r.ts-s.lastTS)
	s.raw = binary.AppendVarint(s.raw, int64(r.seq-s.last))
	s.raw = binary.AppendUvarint(s.raw, uint64(len(r.body)))
	s.raw = append(s.raw, r.body...)
	s.lastTS, s.last = r.ts, r.seq
	s.cur.maxTS = r.ts
	s.cur.rows++
	s.tmpls[v.tmpl] = struct{}{}
	if r.message == 0 {
		r.message = messageSize(v, s.shapes)
	}
	s.span(v.place).add(Span{Entries: 1, Bytes: uint64(r.message), FirstTS: r.ts, LastTS: r.ts, LastIngested: r.ts + v.delay})
	if s.cur.rows == blockRows || len(s.raw) >= blockBytes {
		return s.endBlock()
	}
	return nil
}

// span is what counts the rows of a place. Many rows in a row are of one place: looking it up takes longer than counting.
func (s *segmentWriter) span(at place) *Span {
	if s.lastSpan != nil && at == s.lastPlace {
		return s.lastSpan
	}
	s.groups[at.group] = struct{}{}
	span := s.usage[at]
	if span == nil {
		span = &Span{}
		s.usage[at] = span
	}
	s.lastPlace, s.lastSpan = at, span
	return span
}

func (s *segmentWriter) endBlock() error {
	if s.cur.rows == 0 {
		return nil
	}
	s.packed = s.enc.EncodeAll(s.raw, s.packed[:0])
	b := s.cur
	b.off, b.size, b.raw, b.crc = s.off, uint32(len(s.packed)), uint32(len(s.raw)), crc(s.packed)
	b.groups, b.tmpls = slices.Sorted(maps.Keys(s.groups)), slices.Sorted(maps.Keys(s.tmpls))
	x := &s.index
	if n := len(x.blocks); n > 0 {
		before := x.blocks[n-1]
		if slices.Equal(b.groups, before.groups) {
			b.groups = before.groups
		}
		if slices.Equal(b.tmpls, before.tmpls) {
			b.tmpls = before.tmpls
		}
	}
	x.blocks = append(x.blocks, b)
	x.rows += uint64(b.rows)
	x.minTS, x.maxTS = min(x.minTS, b.minTS), max(x.maxTS, b.maxTS)
	clear(s.groups)
	clear(s.tmpls)
	s.cur, s.raw, s.lastSpan = block{}, s.raw[:0], nil
	return s.write(s.packed)
}

// finish writes what is left, the index and the footer. It returns the index and the size of the segment.
func (s *segmentWriter) finish() (*index, int64, error) {
	if err := s.endBlock(); err != nil {
		return nil, 0, err
	}
	for at, span := range s.usage {
		s.index.usage = append(s.index.usage, spanAt{place: at, span: *span})
	}
	slices.SortFunc(s.index.usage, func(a, b spanAt) int { return comparePlaces(a.place, b.place) })
	start := s.off
	b := appendIndex(nil, &s.index)
	n := len(b)
	sum := crc(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(start))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, sum)
	b = append(b, segmentMagic...)
	err := s.write(b)
	return &s.index, s.off, err
}
