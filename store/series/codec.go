package series

import (
	"encoding/binary"
	"math"
)

// The first byte of every blob.
const blobVersion = 1

// Flags of an encoded Stat. Counters are the rule, so what follows from the rest is left out: a minute of a counter takes 5 bytes.
const (
	flagGone    = 1 << iota // journal only: nothing is left in memory of this bucket
	flagEqual               // all values are equal: no maximum and no sum
	flagOne                 // the histogram is the one class of the equal values: no histogram
	flagPartial             // see Stat.Partial
)

// timed is the bucket of a time, in Unix seconds.
type timed struct {
	at int64
	Stat
}

// appendStat appends s, or for a count of 0 the mark that nothing is left.
func appendStat(buf []byte, s *Stat) []byte {
	if s.Count == 0 {
		return append(buf, flagGone)
	}
	flags := byte(0)
	if s.Min == s.Max && s.Sum == s.Min*s.Count {
		flags |= flagEqual
		if len(s.Hist) == 1 && s.Hist[0] == (Class{slotOf(s.Min), s.Count}) {
			flags |= flagOne
		}
	}
	if s.Partial {
		flags |= flagPartial
	}
	buf = append(buf, flags)
	buf = appendNumber(appendNumber(buf, s.Count), s.Min)
	if flags&flagEqual == 0 {
		buf = appendNumber(appendNumber(buf, s.Max), s.Sum)
	}
	if flags&flagOne != 0 {
		return buf
	}
	buf = binary.AppendUvarint(buf, uint64(len(s.Hist)))
	last := int32(0)
	for _, c := range s.Hist {
		buf = binary.AppendVarint(buf, int64(c.Slot-last))
		buf = appendNumber(buf, c.Count)
		last = c.Slot
	}
	return buf
}

// appendNumber writes whole numbers as varints (shifted by one bit) and all others as the byte 1 and 8 bytes.
func appendNumber(buf []byte, v float64) []byte {
	const whole = 1 << 53
	if v == math.Trunc(v) && math.Abs(v) < whole {
		return binary.AppendUvarint(buf, zigzag(int64(v))<<1)
	}
	return binary.LittleEndian.AppendUint64(append(buf, 1), math.Float64bits(v))
}

func zigzag(n int64) uint64   { return uint64(n)<<1 ^ uint64(n>>63) }
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// encodeBlock writes the buckets of a block that begins at start; they are sorted, and multiples of step after start.
func encodeBlock(start, step int64, buckets []timed) []byte {
	buf := []byte{blobVersion}
	last := start
	for i := range buckets {
		buf = binary.AppendUvarint(buf, uint64((buckets[i].at-last)/step))
		buf = appendStat(buf, &buckets[i].Stat)
		last = buckets[i].at
	}
	return buf
}

// eachBucket reads what encodeBlock wrote. It refuses buckets outside of span seconds. The Stat is reused after each has returned.
func eachBucket(blob []byte, start, step, span int64, each func(at int64, s *Stat)) error {
	r := newReader(blob)
	at, first := start, true
	var scratch Histogram
	for r.more() {
		steps := r.uvarint()
		if steps >= uint64(span/step) || steps == 0 && !first {
			return errBlob
		}
		first = false
		at += int64(steps) * step
		s := r.stat(&scratch)
		if at >= start+span || s.Count == 0 {
			return errBlob
		}
		each(at, &s)
	}
	return r.err()
}

// decodeBlock is eachBucket into a slice.
func decodeBlock(blob []byte, start, step, span int64) ([]timed, error) {
	var buckets []timed
	err := eachBucket(blob, start, step, span, func(at int64, s *Stat) { buckets = append(buckets, timed{at, s.clone()}) })
	return buckets, err
}

// mention is one entry of the journal: the bucket of a minute of a stream, as it is in memory; without values if it no longer is there.
type mention struct {
	stream int64
	timed
}

// encodeMentions writes the entries of a row of the journal; short if they are sorted by stream and time.
func encodeMentions(list []mention) []byte {
	buf := []byte{blobVersion}
	var stream, minute int64
	for i := range list {
		m := &list[i]
		buf = binary.AppendVarint(buf, m.stream-stream)
		buf = binary.AppendVarint(buf, m.at/60-minute)
		buf = appendStat(buf, &m.Stat)
		stream, minute = m.stream, m.at/60
	}
	return buf
}

// decodeMentions reads what encodeMentions wrote.
func decodeMentions(blob []byte) ([]mention, error) {
	r := newReader(blob)
	var list []mention
	var stream, minute int64
	for r.more() {
		stream += r.varint()
		minute += r.varint()
		list = append(list, mention{stream, timed{minute * 60, r.stat(new(Histogram))}})
	}
	return list, r.err()
}
