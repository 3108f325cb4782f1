package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxText  = 404_600 // characters; the most that CreatePolicy carries
	maxDepth = 16      // a valid document nests to seven
)

// SyntaxError says what a document may not hold, where, and what it may hold there.
type SyntaxError struct {
	Path         string // "Statement[0].Effect"; empty for the document as a whole
	Line, Column int    // of the first byte of the culprit, from 1; columns count bytes
	Problem      string
	Allowed      string // empty when Problem says it all
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString("policy document: ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	fmt.Fprintf(&b, "%s (line %d, column %d)", e.Problem, e.Line, e.Column)
	if e.Allowed != "" {
		b.WriteString("; allowed: " + e.Allowed)
	}
	return b.String()
}

type kind uint8

const (
	object kind = iota
	array
	text
	number
	boolean
	null
)

func (k kind) String() string {
	return [...]string{"an object", "a list", "a string", "a number", "a boolean", "null"}[k]
}

// node is one JSON value and its place in the text.
type node struct {
	kind       kind
	text       string // of a string its content, of a number or boolean its spelling
	members    []member
	items      []node
	start, end int
}

type member struct {
	name  string
	at    int
	value node
}

// get returns the named member, or nil.
func (n *node) get(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value
		}
	}
	return nil
}

// reader turns JSON into nodes. encoding/json alone would overlook members that appear twice.
type reader struct {
	text []byte
	dec  *json.Decoder
}

func (r *reader) read() (node, error) {
	if n := utf8.RuneCount(r.text); n > maxText {
		return node{}, r.fault(0, "", fmt.Sprintf("at most %d", maxText), "has %d characters", n)
	}
	if !utf8.Valid(r.text) {
		return node{}, r.fault(0, "", "UTF-8", "is not UTF-8 text")
	}
	r.dec = json.NewDecoder(bytes.NewReader(r.text))
	r.dec.UseNumber()
	root, err := r.value("", 0)
	if err != nil {
		return node{}, err
	}
	if at := r.next(); at < len(r.text) {
		return node{}, r.fault(at, "", "one JSON object", "text follows the end of the document")
	}
	return root, nil
}

func (r *reader) value(path string, depth int) (node, error) {
	n := node{start: r.next()}
	if depth > maxDepth {
		return n, r.fault(n.start, path, fmt.Sprintf("%d levels", maxDepth), "is nested too deeply")
	}
	token, err := r.dec.Token()
	if err != nil {
		return n, r.broken(n.start, path, err)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			n.kind, err = object, r.object(&n, path, depth)
		} else {
			n.kind, err = array, r.array(&n, path, depth)
		}
		if err != nil {
			return n, err
		}
	case string:
		n.kind, n.text = text, t
	case json.Number:
		n.kind, n.text = number, t.String()
	case bool:
		n.kind, n.text = boolean, fmt.Sprint(t)
	default:
		n.kind = null
	}
	n.end = int(r.dec.InputOffset())
	return n, nil
}

func (r *reader) object(n *node, path string, depth int) error {
	for r.dec.More() {
		at := r.next()
		token, err := r.dec.Token()
		if err != nil {
			return r.broken(at, path, err)
		}
		name, ok := token.(string)
		if !ok {
			return r.fault(at, path, "", "a member has no name")
		}
		if n.get(name) != nil {
			return r.fault(at, join(path, name), "each member once", "appears twice")
		}
		v, err := r.value(join(path, name), depth+1)
		if err != nil {
			return err
		}
		n.members = append(n.members, member{name, at, v})
	}
	return r.close(path)
}

func (r *reader) array(n *node, path string, depth int) error {
	for r.dec.More() {
		v, err := r.value(fmt.Sprintf("%s[%d]", path, len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, v)
	}
	return r.close(path)
}

// close reads the bracket that ends an object or array.
func (r *reader) close(path string) error {
	at := r.next()
	if _, err := r.dec.Token(); err != nil {
		return r.broken(at, path, err)
	}
	return nil
}

// next is the offset of the next token.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	for at < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[at]) >= 0 {
		at++
	}
	return at
}

func (r *reader) broken(at int, path string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fault(len(r.text), path, "a complete JSON object", "the text ends too early")
	}
	return r.fault(at, path, "JSON", "is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (r *reader) fault(at int, path, allowed, format string, args ...any) error {
	before := r.text[:min(at, len(r.text))]
	return &SyntaxError{
		Path:    path,
		Line:    1 + bytes.Count(before, []byte("\n")),
		Column:  len(before) - bytes.LastIndexByte(before, '\n'),
		Problem: fmt.Sprintf(format, args...),
		Allowed: allowed,
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
