package mqtt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the results in testdata/*.hex; read the difference before keeping it")

// frameCase is one case of testdata/*.hex; the files explain their form.
type frameCase struct {
	name   string
	v      Version
	frame  []byte
	result string
	where  string // file and line of the result
}

// corpus reads all cases.
func corpus(t testing.TB) []frameCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.hex")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/*.hex: %v, %v", files, err)
	}
	var all []frameCase
	for _, file := range files {
		lines := readLines(t, file)
		for i := 0; i+2 < len(lines); i++ {
			if !strings.HasPrefix(lines[i], "[") {
				continue
			}
			version, name, _ := strings.Cut(lines[i][1:], "] ")
			c := frameCase{name: file + "/" + name, v: V311, frame: parseFrame(t, lines[i+1]), result: lines[i+2], where: fmt.Sprintf("%s:%d", file, i+3)}
			if version == "5" {
				c.v = V5
			}
			all = append(all, c)
		}
	}
	return all
}

func readLines(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(data), "\n")
}

// parseFrame reads hexadecimal digits, spaces, and text in quotes.
func parseFrame(t testing.TB, line string) []byte {
	t.Helper()
	var frame []byte
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			frame = append(frame, part...)
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		frame = append(frame, b...)
	}
	return frame
}

const corpusLimit = 1 << 20

// outcome is the result line of a case as this package sees it.
func outcome(t testing.TB, c frameCase) string {
	t.Helper()
	header, body, n, err := NextFrame(c.frame, corpusLimit)
	var p Packet
	if err == nil {
		if n != len(c.frame) {
			t.Fatalf("%s: the frame has %d bytes, NextFrame used %d", c.where, len(c.frame), n)
		}
		p, err = Decode(header, body, c.v)
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %x: got error %v (%T), want an *Error", c.where, c.frame, err, err)
		}
		return fmt.Sprintf("!! 0x%02x %s", byte(e.Code), strings.TrimPrefix(e.Error(), "mqtt: "))
	}
	if bytes.Equal(Append(nil, p, c.v), c.frame) {
		return "-> " + dump(p)
	}
	return "~> " + dump(p)
}

func TestCorpus(t *testing.T) {
	if *update {
		updateCorpus(t)
	}
	refused := 0
	for _, c := range corpus(t) {
		if got := outcome(t, c); got != c.result {
			t.Errorf("%s: %s: %x\n got %s\nwant %s", c.where, c.name, c.frame, got, c.result)
		}
		if strings.HasPrefix(c.result, "!!") {
			refused++
		}
	}
	if refused < 60 {
		t.Errorf("the corpus has %d malformed frames, want at least 60", refused)
	}
}

func updateCorpus(t *testing.T) {
	edits := map[string]string{}
	for _, c := range corpus(t) {
		edits[c.where] = outcome(t, c)
	}
	files, _ := filepath.Glob("testdata/*.hex")
	for _, file := range files {
		lines := readLines(t, file)
		for i := range lines {
			if edit, ok := edits[fmt.Sprintf("%s:%d", file, i+1)]; ok {
				lines[i] = edit
			}
		}
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The other form decodes to the same value again.
func TestOtherForm(t *testing.T) {
	for _, c := range corpus(t) {
		if !strings.HasPrefix(c.result, "~>") {
			continue
		}
		p := decodeFrame(t, c.frame, c.v)
		again := Append(nil, p, c.v)
		if got := dump(decodeFrame(t, again, c.v)); got != dump(p) {
			t.Errorf("%s: %x appended is %x\n got %s\nwant %s", c.where, c.frame, again, got, dump(p))
		}
		if len(again) > len(c.frame) {
			t.Errorf("%s: %x appended is %x, which is longer", c.where, c.frame, again)
		}
	}
}

// A valid CONNECT or CONNACK has no end that could be missing; other packets end in a payload, a list or something
// optional, so that for them only a panic is a failure.
func TestCutBodies(t *testing.T) {
	for _, c := range corpus(t) {
		header, body, _, err := NextFrame(c.frame, corpusLimit)
		if err != nil || strings.HasPrefix(c.result, "!!") {
			continue
		}
		for n := range body {
			p, err := Decode(header, body[:n], c.v)
			if err == nil && (p.Type() == TypeConnect || p.Type() == TypeConnack) {
				t.Errorf("%s: cut to %d bytes, got %s, want an error", c.where, n, dump(p))
			}
		}
	}
}

func decodeFrame(t testing.TB, frame []byte, v Version) Packet {
	t.Helper()
	header, body, n, err := NextFrame(frame, 0)
	if err != nil || n != len(frame) {
		t.Fatalf("NextFrame(%x): n %d, error %v", frame, n, err)
	}
	p, err := Decode(header, body, v)
	if err != nil {
		t.Fatalf("Decode(%x): %v", frame, err)
	}
	return p
}
