package scripts

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"telltale/test/catalogue"
)

// validEntries FILE [TYPE...] checks that every line of a file is a log entry as AWS documents it, that there are some, and that
// every given type is among them.
func validEntries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: valid-entries FILE [TYPE...]")
	}
	documented, err := catalogue.Read()
	ts.Check(err)
	found := map[string]int{}
	text := ts.ReadFile(args[0])
	for line := range strings.Lines(text) {
		entry := strings.TrimRight(line, "\n")
		if wrong := documented.Validate(entry); len(wrong) > 0 {
			ts.Fatalf("an entry is not as documented: %s\n%s", strings.Join(wrong, "; "), entry)
		}
		found[catalogue.TypeOf(entry)]++
	}
	if len(found) == 0 {
		ts.Fatalf("%s holds no entries", args[0])
	}
	for _, name := range args[1:] {
		if found[name] == 0 {
			ts.Fatalf("no entry is a %s; there are %v", name, found)
		}
	}
	ts.Logf("valid entries: %v", found)
}
