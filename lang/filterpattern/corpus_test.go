package filterpattern

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusCase is one line of testdata/*.case: a message and whether it matches, or the error of the pattern.
type corpusCase struct {
	file    string
	line    int
	pattern string
	mark    byte // '+', '-' or '!'
	text    string
}

func readCorpus(t testing.TB) []corpusCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.case")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case files: %v", err)
	}
	var cases []corpusCase
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pattern := ""
		for i, line := range strings.Split(string(data), "\n") {
			mark, text, _ := strings.Cut(line, " ")
			switch mark {
			case "", "#":
			case "pattern":
				pattern = text
			case "+", "-", "!":
				cases = append(cases, corpusCase{file, i + 1, pattern, mark[0], text})
			default:
				t.Fatalf("%s:%d: unknown mark %q", file, i+1, mark)
			}
		}
	}
	return cases
}

func TestCorpus(t *testing.T) {
	cases := readCorpus(t)
	if len(cases) < 150 {
		t.Fatalf("the corpus has %d cases, want at least 150", len(cases))
	}
	for _, c := range cases {
		p, err := Parse(c.pattern)
		if c.mark == '!' {
			if err == nil || err.Error() != c.text {
				t.Errorf("%s:%d: Parse(%s)\n got error %v\nwant error %s", c.file, c.line, c.pattern, err, c.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s:%d: Parse(%s): %v", c.file, c.line, c.pattern, err)
			continue
		}
		m, err := p.Expr().Compile()
		if err != nil {
			t.Errorf("%s:%d: %s does not compile: %v", c.file, c.line, c.pattern, err)
			continue
		}
		if got, want := m.Match([]byte(c.text)), c.mark == '+'; got != want {
			t.Errorf("%s:%d: %s on %s: got %v, want %v", c.file, c.line, c.pattern, c.text, got, want)
		}
	}
	t.Logf("%d cases", len(cases))
}
