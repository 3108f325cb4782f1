package logseg

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// segment is an immutable, sorted run of rows, in a file or in memory. It is counted by its users: the store is one,
// each scan another; the last one closes it.
type segment struct {
	*index
	name string // file name, for errors
	path string // empty in memory
	gen  uint32 // among segments that stand for the same rows the greatest counts
	size int64
	src  io.ReaderAt
	file *os.File // src when it is a file
	refs atomic.Int32
}

const segmentSuffix = ".seg"

// segmentName is the file name of a segment.
func segmentName(first, last uint64, gen uint32) string {
	return fmt.Sprintf("%016x-%016x-%08x%s", first, last, gen, segmentSuffix)
}

// parseSegmentName is the inverse of segmentName.
func parseSegmentName(name string) (first, last uint64, gen uint32, ok bool) {
	n, err := fmt.Sscanf(name, "%016x-%016x-%08x"+segmentSuffix, &first, &last, &gen)
	return first, last, gen, err == nil && n == 3 && name == segmentName(first, last, gen)
}

// openSegment opens a segment file and reads its index.
func openSegment(path string, gen uint32) (*segment, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	x, err := loadIndex(f, info.Size())
	if err != nil {
		return nil, errors.Join(&DamageError{File: name, Block: -1, Err: err}, f.Close())
	}
	s := &segment{index: x, name: name, path: path, gen: gen, size: info.Size(), src: f, file: f}
	s.refs.Store(1)
	return s, nil
}

// memorySegment is a segment that lives in b.
func memorySegment(b []byte, x *index, gen uint32) *segment {
	s := &segment{index: x, name: segmentName(x.first, x.last, gen), gen: gen, size: int64(len(b)), src: bytes.NewReader(b)}
	s.refs.Store(1)
	return s
}

func (s *segment) acquire() { s.refs.Add(1) }

func (s *segment) release() {
	if s.refs.Add(-1) == 0 && s.file != nil {
		_ = s.file.Close() // it was only read
	}
}

// blockBuffer is the memory for reading blocks one after the other.
type blockBuffer struct {
	packed, raw []byte
	rows        []blockRow
}

// blockRow finds a row in the plain bytes of a block.
type blockRow struct {
	ts        int64
	seq       uint64
	off, size uint32 // of the body
}

// read decompresses block n into b.
func (s *segment) read(n int, b *blockBuffer, decoders *sync.Pool) error {
	k := &s.blocks[n]
	err := s.unpack(k, b, decoders)
	if err == nil {
		b.rows, err = readRows(b.rows[:0], b.raw, k)
	}
	if err != nil {
		return &DamageError{File: s.name, Block: n, Err: err}
	}
	return nil
}

func (s *segment) unpack(k *block, b *blockBuffer, decoders *sync.Pool) error {
	b.packed = slices.Grow(b.packed[:0], int(k.size))[:k.size]
	if _, err := s.src.ReadAt(b.packed, k.off); err != nil {
		return err
	}
	if crc(b.packed) != k.crc {
		return errors.New("the checksum differs")
	}
	return unpackBlock(k, b, decoders)
}

func unpackBlock(k *block, b *blockBuffer, decoders *sync.Pool) error {
	dec, _ := decoders.Get().(*zstd.Decoder)
	if dec == nil {
		var err error
		if dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock)); err != nil {
			return err
		}
	}
	defer decoders.Put(dec)
	var err error
	b.raw, err = dec.DecodeAll(b.packed, slices.Grow(b.raw[:0], int(k.raw)))
	if err == nil && len(b.raw) != int(k.raw) {
		err = fmt.Errorf("%d plain bytes, the index says %d", len(b.raw), k.raw)
	}
	return err
}

// readRows finds the rows in the plain bytes of block k.
func readRows(dst []blockRow, raw []byte, k *block) ([]blockRow, error) {
	d := decoder{b: raw}
	var r blockRow
	for range k.rows {
		r.ts += d.varint()
		r.seq += uint64(d.varint())
		r.size = d.uint32()
		r.off = uint32(len(raw) - len(d.b))
		d.take(uint64(r.size))
		if d.failed || r.ts < k.minTS || r.ts > k.maxTS {
			return dst, fmt.Errorf("row %d: %w", len(dst), errMalformed)
		}
		dst = append(dst, r)
	}
	if len(d.b) > 0 {
		return dst, fmt.Errorf("%d bytes behind the last row: %w", len(d.b), errMalformed)
	}
	return dst, nil
}

// replacedBy reports whether o stands for all rows of s and is newer.
func (s *segment) replacedBy(o *segment) bool {
	return o.gen > s.gen && o.first <= s.first && s.last <= o.last
}

func bySeq(a, b *segment) int { return cmp.Compare(a.first, b.first) }
