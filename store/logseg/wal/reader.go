package wal

import (
	"errors"
	"fmt"
	"io"
)

// DamageError tells that bytes of a part are no valid frames although valid frames follow them.
type DamageError struct {
	Path   string
	Offset int64  // where the damage begins
	Bytes  int64  // how many bytes were skipped
	First  uint64 // number of the first item that may be lost
	Before uint64 // number of the first item behind the damage
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: %d bytes at offset %d are damaged; items %d to %d are lost", e.Path, e.Bytes, e.Offset, e.First, e.Before-1)
}

// reader walks the frames of one part.
type reader struct {
	src  io.ReaderAt
	path string
	off  int64 // of the next frame
	end  int64 // of the readable bytes
	salt uint32
	next uint64 // numbers below it are no longer expected
	buf  []byte
	fill int64 // offset of buf in src
}

const readAhead = 256 << 10

// newReader reads the header; ok is false when it is not whole.
func newReader(src io.ReaderAt, path string, size int64) (r *reader, ok bool, err error) {
	r = &reader{src: src, path: path, off: headerSize, end: size}
	b := make([]byte, headerSize)
	if size < headerSize {
		return r, false, nil
	}
	if _, err := src.ReadAt(b, 0); err != nil {
		return nil, false, err
	}
	h, ok := parseHeader(b)
	r.salt, r.next = h.salt, h.base
	return r, ok, nil
}

// read returns the next record. It fails with io.EOF behind the last whole frame, where off stays, and with a
// *DamageError when it had to skip bytes to find the next one; the caller may go on after that.
func (r *reader) read() (View, error) {
	b, err := r.peek(frameHead)
	if err != nil {
		return View{}, err
	}
	if size, ok := frameSize(b, r.next); ok && int64(size) <= r.end-r.off {
		if b, err = r.peek(size); err != nil {
			return View{}, err
		}
	}
	v, size, ok := parseFrame(b, r.salt, r.next)
	if !ok {
		return View{}, r.resync()
	}
	r.off += int64(size)
	r.next = v.Next()
	return v, nil
}

// peek returns n bytes from off on, or what is left of the part.
func (r *reader) peek(n int) ([]byte, error) {
	n = int(min(int64(n), r.end-r.off))
	if at := r.off - r.fill; at >= 0 && at+int64(n) <= int64(len(r.buf)) {
		return r.buf[at : at+int64(n)], nil
	}
	want := int(min(int64(max(n, readAhead)), r.end-r.off))
	if cap(r.buf) < want {
		r.buf = make([]byte, want)
	}
	r.buf, r.fill = r.buf[:want], r.off
	if got, err := r.src.ReadAt(r.buf, r.off); got < want {
		r.buf = nil
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	return r.buf[:n], nil
}

// resync looks for a whole frame behind the one that failed. Without any, the rest is a torn tail: io.EOF.
func (r *reader) resync() error {
	rest, err := r.peek(int(r.end - r.off))
	if err != nil {
		return err
	}
	for i := 1; i+frameHead <= len(rest); i++ {
		if v, _, ok := parseFrame(rest[i:], r.salt, r.next); ok {
			damage := &DamageError{Path: r.path, Offset: r.off, Bytes: int64(i), First: r.next, Before: v.First}
			r.off += int64(i)
			return damage
		}
	}
	return io.EOF
}
