package wal

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// part is one file of the log.
type part struct {
	base uint64 // number of its first item
	path string
	size int64 // bytes of header and whole frames
}

const suffix = ".wal"

func partPath(dir string, base uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", base, suffix))
}

// listParts returns the parts in dir in the order of their numbers.
func listParts(dir string) ([]part, error) {
	entries, err := os.ReadDir(dir) // sorted by name, hence by number
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		base, err := strconv.ParseUint(name, 16, 64)
		if !ok || err != nil || len(name) != 16 {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{base: base, path: filepath.Join(dir, e.Name()), size: info.Size()})
	}
	return parts, nil
}

// opened is a part that can be written to.
type opened struct {
	part
	file *os.File
	salt uint32
	next uint64 // number of the next item
	cut  int64  // bytes of a torn tail that were cut off
}

// createPart makes the file of a part and writes its header.
func createPart(dir string, base uint64) (opened, error) {
	o := opened{part: part{base: base, path: partPath(dir, base), size: headerSize}, salt: rand.Uint32(), next: base}
	f, err := os.OpenFile(o.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return opened{}, err
	}
	if _, err := f.Write(appendHeader(nil, header{base: base, salt: o.salt})); err != nil {
		return opened{}, errors.Join(err, f.Close(), os.Remove(o.path))
	}
	o.file = f
	return o, nil
}

// recoverPart opens the last part for writing behind its last whole frame. A part without a whole header never held
// anything and is made anew.
func recoverPart(dir string, p part) (opened, error) {
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return opened{}, err
	}
	r, ok, err := newReader(f, p.path, p.size)
	switch {
	case err != nil:
	case ok:
		o, err := cutTail(f, p, r)
		if err != nil {
			return opened{}, errors.Join(err, f.Close())
		}
		return o, nil
	case p.size > headerSize:
		err = fmt.Errorf("%s: the header is damaged, %d bytes follow it", p.path, p.size-headerSize)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return opened{}, err
	}
	o, err := createPart(dir, p.base)
	o.cut = p.size
	return o, err
}

// cutTail reads p to the end and cuts off what is behind the last whole frame.
func cutTail(f *os.File, p part, r *reader) (opened, error) {
	for {
		_, err := r.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, damaged := errors.AsType[*DamageError](err); err != nil && !damaged {
			return opened{}, err
		}
	}
	o := opened{part: p, file: f, salt: r.salt, next: r.next, cut: p.size - r.off}
	o.size = r.off
	if err := f.Truncate(r.off); err != nil {
		return opened{}, err
	}
	_, err := f.Seek(r.off, io.SeekStart)
	return o, err
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
