package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// mention is one place where an id is named.
type mention struct {
	ledger, id string // ledger is "" where the id names every standard that has it
	file, at   string
	test       string // the test function, or the name of the file of cases; "" in other code
}

// reference is an id: MQTT-3.1.0-1 names it in every standard that has it, MQTT5-3.1.0-1 and MQTT311-3.1.0-1 in one.
var reference = regexp.MustCompile(`MQTT(5|311)?-(\d+(?:[.-]\d+)*-\d+)\b`)

// walk finds every mention in Go code and in files of cases. The ledgers, this tool and what is generated are left out.
func walk(root string) ([]mention, error) {
	var found []mention
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, rel := d.Name(), within(root, path)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(name, ".") || rel == "bin" || rel == "data" || rel == "spec" || rel == "docs" || rel == "tools/specref") {
				return filepath.SkipDir
			}
			return nil
		}
		cases := strings.Contains(rel, "/testdata/")
		if !cases && !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		places := reference.FindAllSubmatchIndex(text, -1)
		if len(places) == 0 {
			return nil
		}
		owner, err := tests(rel, text, cases)
		if err != nil {
			return err
		}
		for _, p := range places {
			m := mention{id: string(text[p[4]:p[5]]), file: rel, test: owner(p[0])}
			if p[2] >= 0 {
				m.ledger = string(text[p[2]:p[3]])
			}
			m.at = fmt.Sprintf("%s:%d", rel, 1+strings.Count(string(text[:p[0]]), "\n"))
			found = append(found, m)
		}
		return nil
	})
	return found, err
}

func within(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// tests tells for an offset in a file the test that it belongs to: the function with its comment, or the file of cases.
func tests(file string, text []byte, cases bool) (func(offset int) string, error) {
	if cases {
		return func(int) string { return filepath.Base(file) }, nil
	}
	if !strings.HasSuffix(file, "_test.go") {
		return func(int) string { return "" }, nil
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return func(offset int) string {
		for _, d := range parsed.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") && !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			from := fn.Pos()
			if fn.Doc != nil {
				from = fn.Doc.Pos()
			}
			if offset >= set.Position(from).Offset && offset < set.Position(fn.End()).Offset {
				return fn.Name.Name
			}
		}
		return ""
	}, nil
}
