package shadowdoc

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// world is the shadow that a case file is about at the moment.
type world struct {
	t       testing.TB
	where   string
	now     int64
	doc     *Document
	version int64

	update   Update
	refusal  error
	previous *Document
	before   int64
}

// shadow, at, delete and update are the words that change the world.
func (w *world) change(word, rest string) bool {
	switch word {
	case "shadow":
		*w = world{t: w.t, where: w.where, doc: &Document{}}
	case "at":
		w.version, _ = strconv.ParseInt(rest, 10, 64)
	case "delete":
		w.doc = &Document{}
	case "update":
		w.now++
		w.previous, w.before = w.doc, w.version
		w.update, w.refusal = ParseUpdate([]byte(rest), DefaultLimits())
		if w.refusal == nil {
			w.refusal = w.update.Expect(w.version)
		}
		if w.refusal != nil {
			return true
		}
		if next, err := w.doc.Apply(&w.update, w.now, DefaultLimits()); err != nil {
			w.refusal = err
		} else {
			w.doc = next
			w.version++
		}
	default:
		return false
	}
	return true
}

// tell answers the words that ask about the last update.
func (w *world) tell(word string) (string, bool) {
	stamp := Stamp{w.version, w.now, w.update.Token}
	refusal, refused := errors.AsType[*Refusal](w.refusal)
	switch word {
	case "rejected":
		if refused {
			return string(refusal.AppendRejected(nil, stamp)), true
		}
		return "accepted", true
	case "state":
		own := w.doc.sections()
		return string(appendSections(nil, own[:], (*value).appendState)), true
	}
	if refused {
		return "refused: " + refusal.Message, true
	}
	switch word {
	case "accepted":
		return string(w.update.AppendAccepted(nil, stamp)), true
	case "document":
		stamp.Token = ""
		return string(w.doc.AppendDocument(nil, stamp)), true
	case "delta":
		if delta, any := w.doc.AppendDelta(nil, stamp); any {
			return string(delta), true
		}
		return "none", true
	case "documents":
		return string(AppendDocuments(nil, w.previous, w.before, w.doc, stamp)), true
	}
	return "", false
}

// readCases calls each for every line of the case files that says something.
func readCases(t testing.TB, each func(where, word, rest string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.case")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			word, rest, _ := strings.Cut(line, " ")
			if word != "" && word != "#" {
				each(filepath.Base(file)+":"+strconv.Itoa(i+1), word, rest)
			}
		}
	}
}

func TestCorpus(t *testing.T) {
	w := world{t: t}
	last, cases := "", 0
	readCases(t, func(where, word, rest string) {
		w.where = where
		if w.change(word, rest) {
			last = rest
			return
		}
		got, ok := w.tell(word)
		if !ok {
			t.Fatalf("%s: unknown word %q", where, word)
		}
		if cases++; got != rest {
			t.Errorf("%s: %s\n got %s\nwant %s", where, last, got, rest)
		}
		w.checkStored()
	})
	if cases < 80 {
		t.Fatalf("the corpus has %d cases, want at least 80", cases)
	}
}

// checkStored writes and reads the document, which must not change it.
func (w *world) checkStored() {
	w.t.Helper()
	stored, err := w.doc.MarshalJSON()
	if err != nil {
		w.t.Fatalf("%s: %v", w.where, err)
	}
	var back Document
	if err := back.UnmarshalJSON(stored); err != nil {
		w.t.Fatalf("%s: %s cannot be read: %v", w.where, stored, err)
	}
	got, want := string(back.AppendDocument(nil, Stamp{})), string(w.doc.AppendDocument(nil, Stamp{}))
	if got != want {
		w.t.Errorf("%s: stored as %s\n got %s\nwant %s", w.where, stored, got, want)
	}
}
