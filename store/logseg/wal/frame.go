package wal

import (
	"encoding/binary"
	"hash/crc32"
)

// A part begins with a header: magic, the number of its first item, a random salt, and a checksum of the three.
// Frames follow, each a head and a payload:
//
//	length  u32  of the payload
//	crc     u32  CRC-32C of everything behind it in the frame, begun with the salt
//	first   u64  number of the first item
//	count   u32  items, at least 1
//	payload
//
// Integers are little endian. A run of zeros is not a valid frame, because count is not 0. Bytes that a customer
// hides in a payload are not a valid frame either, because nobody outside knows the salt.
const (
	magic      = "TTWAL\x00\x00\x01"
	headerSize = 8 + 8 + 4 + 4
	frameHead  = 4 + 4 + 8 + 4

	// MaxPayload is the largest payload of a record, in bytes.
	MaxPayload = 64 << 20

	// maxJump is how far numbers may jump between two frames. A larger jump is taken for damage, which keeps
	// the search for the next whole frame from trying checksums at random places.
	maxJump = 1 << 40
)

// View is a record as it was read: Count items beginning with number First.
type View struct {
	First   uint64
	Count   uint32
	Payload []byte // valid until the next record is asked for
}

// Next returns the number behind the last item of v.
func (v View) Next() uint64 { return v.First + uint64(v.Count) }

func checksum(salt uint32, b []byte) uint32 {
	return crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), b)
}

// header is what a part says about itself.
type header struct {
	base uint64
	salt uint32
}

func appendHeader(dst []byte, h header) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint64(dst, h.base)
	dst = binary.LittleEndian.AppendUint32(dst, h.salt)
	return binary.LittleEndian.AppendUint32(dst, checksum(0, dst[start:]))
}

// parseHeader decodes a part's header; ok is false when it is not whole.
func parseHeader(b []byte) (h header, ok bool) {
	if len(b) < headerSize || string(b[:8]) != magic {
		return header{}, false
	}
	if binary.LittleEndian.Uint32(b[20:]) != checksum(0, b[:20]) {
		return header{}, false
	}
	return header{base: binary.LittleEndian.Uint64(b[8:]), salt: binary.LittleEndian.Uint32(b[16:])}, true
}

func appendFrame(dst []byte, salt uint32, v View) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v.Payload)))
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, v.First)
	dst = binary.LittleEndian.AppendUint32(dst, v.Count)
	dst = append(dst, v.Payload...)
	binary.LittleEndian.PutUint32(dst[start+4:], checksum(salt, dst[start+8:]))
	return dst
}

// frameSize returns the size of the frame whose head begins b. It refuses what no writer can have written:
// numbers before next or far behind it, no items, an oversized payload.
func frameSize(b []byte, next uint64) (size int, ok bool) {
	if len(b) < frameHead {
		return 0, false
	}
	length := binary.LittleEndian.Uint32(b)
	first := binary.LittleEndian.Uint64(b[8:])
	count := binary.LittleEndian.Uint32(b[16:])
	ok = length <= MaxPayload && count > 0 && first >= next && first-next < maxJump && first+uint64(count) > first
	return frameHead + int(length), ok
}

// parseFrame decodes the frame that begins b and returns its size.
// ok is false when no whole, undamaged frame with items from next on begins there.
func parseFrame(b []byte, salt uint32, next uint64) (v View, size int, ok bool) {
	size, ok = frameSize(b, next)
	if !ok || len(b) < size || checksum(salt, b[8:size]) != binary.LittleEndian.Uint32(b[4:]) {
		return View{}, 0, false
	}
	v = View{
		First:   binary.LittleEndian.Uint64(b[8:]),
		Count:   binary.LittleEndian.Uint32(b[16:]),
		Payload: b[frameHead:size:size],
	}
	return v, size, true
}
