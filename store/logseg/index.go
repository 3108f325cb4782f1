package logseg

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// A segment is the magic, blocks, an index of them and a footer:
//
//	index offset u64, index size u32, CRC-32C of the index u32, magic
//
// Integers of the footer are little endian, those of the index uvarints and varints.
const (
	segmentMagic = "TTLOGSEG\x00\x00\x00\x01"
	footerSize   = 8 + 4 + 4 + len(segmentMagic)
	maxIndex     = 1 << 30
)

// index says what is where in a segment.
type index struct {
	first, last  uint64 // the sequence numbers the segment stands for
	rows         uint64
	minTS, maxTS int64
	blocks       []block
	usage        []spanAt // by place
}

// block is one compressed run of rows.
type block struct {
	off          int64
	size, raw    uint32 // compressed, plain
	crc          uint32 // CRC-32C of the compressed bytes
	rows         uint32
	minTS, maxTS int64
	groups       []uint32 // sorted; shared with the block before when equal
	tmpls        []uint32 // the same
}

func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func appendIndex(dst []byte, x *index) []byte {
	dst = binary.AppendUvarint(dst, x.first)
	dst = binary.AppendUvarint(dst, x.last-x.first)
	dst = binary.AppendUvarint(dst, uint64(len(x.blocks)))
	var before block
	for _, b := range x.blocks {
		dst = binary.AppendUvarint(dst, uint64(b.size))
		dst = binary.AppendUvarint(dst, uint64(b.raw))
		dst = binary.LittleEndian.AppendUint32(dst, b.crc)
		dst = binary.AppendUvarint(dst, uint64(b.rows))
		dst = binary.AppendVarint(dst, b.minTS-before.maxTS)
		dst = binary.AppendUvarint(dst, uint64(b.maxTS-b.minTS))
		dst = appendSet(dst, b.groups, before.groups)
		dst = appendSet(dst, b.tmpls, before.tmpls)
		before = b
	}
	for _, u := range x.usage {
		dst = binary.AppendUvarint(dst, uint64(u.group))
		dst = binary.AppendUvarint(dst, uint64(u.stream))
		dst = binary.AppendUvarint(dst, u.span.Entries)
		dst = binary.AppendUvarint(dst, u.span.Bytes)
		dst = binary.AppendVarint(dst, u.span.FirstTS)
		dst = binary.AppendUvarint(dst, uint64(u.span.LastTS-u.span.FirstTS))
		dst = binary.AppendVarint(dst, u.span.LastIngested)
	}
	return dst
}

// appendSet writes the numbers of a sorted set, or 0 when it is the same as before.
func appendSet(dst []byte, set, before []uint32) []byte {
	if slices.Equal(set, before) {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(set)))
	var last uint32
	for _, n := range set {
		dst = binary.AppendUvarint(dst, uint64(n-last))
		last = n
	}
	return dst
}

func readSet(d *decoder, before []uint32) []uint32 {
	n := d.uvarint()
	if n == 0 {
		return before
	}
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	set := make([]uint32, n)
	var last uint32
	for i := range set {
		last += d.uint32()
		set[i] = last
	}
	return set
}

var errMalformed = errors.New("malformed")

// readIndex is the inverse of appendIndex.
func readIndex(b []byte) (*index, error) {
	d := &decoder{b: b}
	x := &index{first: d.uvarint(), minTS: math.MaxInt64, maxTS: math.MinInt64}
	x.last = x.first + d.uvarint()
	off := int64(len(segmentMagic))
	var before block
	for n := d.uvarint(); n > 0 && !d.failed; n-- {
		k := block{off: off, size: d.uint32(), raw: d.uint32()}
		if c := d.take(4); c != nil {
			k.crc = binary.LittleEndian.Uint32(c)
		}
		k.rows = d.uint32()
		k.minTS = before.maxTS + d.varint()
		k.maxTS = k.minTS + int64(d.uvarint())
		k.groups = readSet(d, before.groups)
		k.tmpls = readSet(d, before.tmpls)
		if k.maxTS < k.minTS || k.raw > maxBlock || k.rows > k.raw || len(x.blocks) > 0 && k.minTS < before.maxTS {
			return nil, fmt.Errorf("block %d: %w", len(x.blocks), errMalformed)
		}
		off += int64(k.size)
		x.rows += uint64(k.rows)
		x.minTS, x.maxTS = min(x.minTS, k.minTS), max(x.maxTS, k.maxTS)
		x.blocks = append(x.blocks, k)
		before = k
	}
	for len(d.b) > 0 {
		u := spanAt{place: place{d.uint32(), d.uint32()}}
		u.span = Span{Entries: d.uvarint(), Bytes: d.uvarint(), FirstTS: d.varint()}
		u.span.LastTS = u.span.FirstTS + int64(d.uvarint())
		u.span.LastIngested = d.varint()
		if n := len(x.usage); n > 0 && comparePlaces(x.usage[n-1].place, u.place) >= 0 {
			d.fail()
		}
		x.usage = append(x.usage, u)
	}
	if d.failed || x.last < x.first {
		return nil, errMalformed
	}
	return x, nil
}

func comparePlaces(a, b place) int {
	if a.group != b.group {
		return cmp.Compare(a.group, b.group)
	}
	return cmp.Compare(a.stream, b.stream)
}

// loadIndex reads the index of a segment of the given size.
func loadIndex(src io.ReaderAt, size int64) (*index, error) {
	if size < int64(len(segmentMagic)+footerSize) {
		return nil, fmt.Errorf("%d bytes are too few", size)
	}
	foot := make([]byte, footerSize)
	if _, err := src.ReadAt(foot, size-int64(footerSize)); err != nil {
		return nil, err
	}
	if !bytes.Equal(foot[16:], []byte(segmentMagic)) {
		return nil, errors.New("the footer does not end a segment of a known version")
	}
	off, n := binary.LittleEndian.Uint64(foot), binary.LittleEndian.Uint32(foot[8:])
	if n > maxIndex || off > uint64(size) || int64(off)+int64(n)+int64(footerSize) != size {
		return nil, errors.New("the footer points outside of the file")
	}
	b := make([]byte, n)
	if _, err := src.ReadAt(b, int64(off)); err != nil {
		return nil, err
	}
	if crc(b) != binary.LittleEndian.Uint32(foot[12:]) {
		return nil, errors.New("the checksum differs")
	}
	x, err := readIndex(b)
	if err != nil {
		return nil, err
	}
	if k := len(x.blocks); k > 0 && x.blocks[k-1].off+int64(x.blocks[k-1].size) > int64(off) {
		return nil, errors.New("a block reaches into the index")
	}
	return x, nil
}

// of returns what the segment holds of a group.
func (x *index) of(group uint32) []spanAt {
	i, _ := slices.BinarySearchFunc(x.usage, group, func(u spanAt, g uint32) int { return cmp.Compare(u.group, g) })
	j := i
	for j < len(x.usage) && x.usage[j].group == group {
		j++
	}
	return x.usage[i:j]
}
