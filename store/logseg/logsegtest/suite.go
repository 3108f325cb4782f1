// Package logsegtest keeps the tests that every log store passes.
package logsegtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"telltale/lang/predicate"
	"telltale/store/logseg"
)

// Run tests the store that open returns. open is called once per case, must return an empty store each time, and closes
// it in a cleanup of t.
func Run(t *testing.T, open func(t *testing.T) logseg.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s logseg.Store)
	}{
		{"order", testOrder},
		{"range", testRange},
		{"paging", testPaging},
		{"late data", testLate},
		{"raw messages", testRaw},
		{"templates", testTemplates},
		{"template ids", testTemplateIDs},
		{"refused entries", testRefused},
		{"refused requests", testRefusedRequests},
		{"predicates", testPredicates},
		{"predicate against brute force", testBruteForce},
		{"aggregate", testAggregate},
		{"drop", testDrop},
		{"retain", testRetain},
		{"usage", testUsage},
		{"follow", testFollow},
		{"follow, slow reader", testFollowSlow},
		{"follow, closed", testFollowClosed},
		{"concurrent use", testConcurrent},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// Line is a row that may be kept.
type Line struct {
	Group, Stream uint32
	TS            int64
	Seq           uint64
	Message       string
}

func (l Line) String() string {
	return fmt.Sprintf("%d/%d at %d seq %d: %s", l.Group, l.Stream, l.TS, l.Seq, l.Message)
}

// Read returns what a scan yields. An error fails the test.
func Read(t *testing.T, s logseg.Store, r logseg.ScanReq) []Line {
	t.Helper()
	var lines []Line
	for row, err := range s.Scan(t.Context(), r) {
		if err != nil {
			t.Fatalf("Scan(%+v): %v", r, err)
		}
		lines = append(lines, Line{row.Group, row.Stream, row.TS, row.Seq, string(row.Message)})
	}
	return lines
}

// Messages returns only the messages of lines.
func Messages(lines []Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Message)
	}
	return out
}

// Raw is an entry with a raw message.
func Raw(group, stream uint32, ts int64, message string) logseg.Entry {
	return logseg.Entry{Group: group, Stream: stream, TS: ts, Raw: []byte(message)}
}

// Append stores entries. An error fails the test.
func Append(t *testing.T, s logseg.Store, entries ...logseg.Entry) []logseg.Entry {
	t.Helper()
	if err := s.Append(t.Context(), entries); err != nil {
		t.Fatalf("Append of %d entries: %v", len(entries), err)
	}
	return entries
}

func flush(t *testing.T, s logseg.Store) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

func wantMessages(t *testing.T, what string, got []Line, want ...string) {
	t.Helper()
	if g := Messages(got); !slices.Equal(g, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, g, want)
	}
}

func all(group uint32) logseg.ScanReq { return logseg.ScanReq{Groups: []uint32{group}} }

func matching(group uint32, e *predicate.Expr) logseg.ScanReq {
	return logseg.ScanReq{Groups: []uint32{group}, Pred: e}
}

func maintain(t *testing.T, s logseg.Store) {
	t.Helper()
	m, ok := s.(interface{ Maintain(context.Context) error })
	if !ok {
		return // a store whose upkeep is not ours
	}
	if err := m.Maintain(t.Context()); err != nil {
		t.Fatalf("Maintain: %v", err)
	}
}
