package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ledger is the list of the normative statements of one standard.
type ledger struct {
	name       string // what stands between MQTT and the number of an id that names this ledger only
	title      string
	statements []*statement
	byID       map[string]*statement
}

// statement is one line of a ledger, with the tests that name it.
type statement struct {
	id, binds, claim, summary, remark string
	tests                             []test
	code                              []string // files that name it
}

// test is a test function, or a file of cases that a test runs through.
type test struct{ name, file string }

// The ledgers.
var files = []struct{ name, file string }{{"311", "spec/mqtt311.md"}, {"5", "spec/mqtt5.md"}}

func readLedgers(root string) ([]*ledger, error) {
	var list []*ledger
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(root, f.file))
		if err != nil {
			return nil, err
		}
		l, err := parse(f.file, string(text))
		if err != nil {
			return nil, err
		}
		l.name = f.name
		list = append(list, l)
	}
	return list, nil
}

// parse reads the title and the table of a ledger.
func parse(file, text string) (*ledger, error) {
	l := &ledger{byID: map[string]*statement{}}
	for n, line := range strings.Split(text, "\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			l.title = title
		}
		cells := strings.Split(line, "|")
		if len(cells) < 2 || !strings.HasPrefix(line, "| ") || cells[1] == " Statement " {
			continue
		}
		if len(cells) != 7 {
			return nil, fmt.Errorf("%s:%d: a statement has five cells: number, whom it binds, who claims it, summary, remark", file, n+1)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		s := &statement{id: cells[1], binds: cells[2], claim: cells[3], summary: cells[4], remark: cells[5]}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", file, n+1, s.id, err)
		}
		if l.byID[s.id] != nil {
			return nil, fmt.Errorf("%s:%d: %s stands here twice", file, n+1, s.id)
		}
		l.byID[s.id] = s
		l.statements = append(l.statements, s)
	}
	return l, nil
}

func (s *statement) check() error {
	claims := []string{"all", "standard", "aws", "none"}
	switch {
	case !slices.Contains([]string{"server", "client", "both"}, s.binds):
		return fmt.Errorf("binds %q; want server, client or both", s.binds)
	case s.binds == "client" && s.claim != "":
		return fmt.Errorf("claimed by %q; what binds clients is not claimed", s.claim)
	case s.binds != "client" && !slices.Contains(claims, s.claim):
		return fmt.Errorf("claimed by %q; want one of %v", s.claim, claims)
	case s.summary == "":
		return fmt.Errorf("there is no summary")
	case s.claim == "none" && s.remark == "":
		return fmt.Errorf("claimed by none without a reason in the remark")
	}
	return nil
}

func (s *statement) claimed() bool { return s.claim != "" && s.claim != "none" }

// name notes that something names the statement.
func (s *statement) name(m mention) {
	switch {
	case m.test != "" && !slices.Contains(s.tests, test{m.test, m.file}):
		s.tests = append(s.tests, test{m.test, m.file})
	case m.test == "" && !slices.Contains(s.code, m.file):
		s.code = append(s.code, m.file)
	}
}
