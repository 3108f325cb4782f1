package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// results holds how the tests of the conformance suite ended: pass, fail or skip by "TestName" and "TestName/profile".
type results map[string]string

// readResults reads the output of go test -json; an empty path is no results. It returns the names of the tests that failed too.
func readResults(path string) (results, []string, error) {
	if path == "" {
		return nil, nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errors.New("there are no results in " + path)
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	ends, passed := results{}, false
	var failed, skipped []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct{ Action, Test string }
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
			continue
		}
		if e.Test == "" {
			passed = passed || e.Action == "pass"
			if e.Action == "fail" {
				failed = append(failed, "the package")
			}
			continue
		}
		switch parts := strings.Split(e.Test, "/"); {
		case len(parts) <= 2:
			ends[e.Test] = e.Action
		case e.Action == "skip":
			skipped = append(skipped, parts[0]+"/"+parts[1])
		}
		if e.Action == "fail" && !strings.Contains(e.Test, "/") {
			failed = append(failed, e.Test)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, err
	}
	for _, name := range skipped { // a part that was skipped does not pass for the whole
		if ends[name] == "pass" {
			ends[name] = "skip"
		}
	}
	if !passed && len(failed) == 0 {
		failed = append(failed, "no test ran")
	}
	slices.Sort(failed)
	return ends, failed, nil
}

// of says how a test ended, by profile where it has them: "aws passed, standard passed".
func (r results) of(name string) string {
	words := map[string]string{"pass": "passed", "fail": "FAILED", "skip": "skipped"}
	var parts []string
	for _, profile := range []string{"aws", "standard"} {
		if end, ok := r[name+"/"+profile]; ok {
			parts = append(parts, profile+" "+words[end])
		}
	}
	if len(parts) == 0 && r[name] != "" {
		parts = append(parts, words[r[name]])
	}
	return strings.Join(parts, ", ")
}
