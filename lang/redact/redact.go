// Package redact hides values of JSON documents that nobody may read, and leaves every other byte as it was.
//
// What to hide is named by paths in the manner of JSONPath (RFC 9535): $.user.token, $.keys[0], $.readings[*].at, $..password.
package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// Hidden stands where a value was.
const Hidden = `"[REDACTED]"`

// JSON returns the document with every value that one of the paths names replaced by Hidden. It reports false, and returns nothing,
// if the document is not one JSON value: then nobody can say what is in it.
func JSON(document []byte, paths []Path) ([]byte, bool) {
	w := walker{document: document, in: json.NewDecoder(bytes.NewReader(document))}
	w.in.UseNumber()
	start := make([]rest, len(paths))
	for i, p := range paths {
		start[i] = rest(p)
	}
	if w.value(start) != nil {
		return nil, false
	}
	if _, err := w.in.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return append(w.out, document[w.copied:]...), true
}

// walker goes through a document once and copies what is not hidden.
type walker struct {
	document []byte
	in       *json.Decoder
	out      []byte
	copied   int // bytes of the document that out stands for
}

// rest is what is left of a path at some value; an empty one names the value itself.
type rest []step

// value walks one value, at which these rests begin.
func (w *walker) value(at []rest) error {
	if len(at) == 0 || slices.ContainsFunc(at, func(r rest) bool { return len(r) == 0 }) {
		return w.whole(len(at) > 0)
	}
	t, err := w.in.Token()
	if err != nil {
		return err
	}
	open, container := t.(json.Delim)
	if !container {
		return nil
	}
	for i := 0; w.in.More(); i++ {
		child := step{kind: element, index: i}
		if open == '{' {
			name, err := w.in.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string) // the decoder gives nothing else there
			child = step{kind: member, name: text}
		}
		if err := w.value(below(at, child)); err != nil {
			return err
		}
	}
	_, err = w.in.Token()
	return err
}

// whole passes over a value, and hides it or not.
func (w *walker) whole(hide bool) error {
	var raw json.RawMessage
	if err := w.in.Decode(&raw); err != nil {
		return err
	}
	if hide {
		end := int(w.in.InputOffset())
		w.out = append(append(w.out, w.document[w.copied:end-len(raw)]...), Hidden...)
		w.copied = end
	}
	return nil
}

// below is what is left of the paths at a child of the value.
func below(at []rest, child step) (left []rest) {
	for _, r := range at {
		if r[0].names(child) {
			left = append(left, r[1:])
		}
		if r[0].deep {
			left = append(left, r)
		}
	}
	return left
}
