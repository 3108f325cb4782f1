// Package telltale is the module's root; it holds only the test that guards the house (docs/house.md).
package telltale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors, from the ground up: an import may only point to a lower floor. (docs/house.md section 1)
var floors = []string{"base", "lang", "store", "service", "api", "app", "cmd"}

// doors are the only sideways arrows, each with its reason. (docs/house.md section 3) An unused door is an error.
var doors = []struct{ from, to, reason string }{
	{"service/*", "service/registry", "things are whom everyone serves"},
	{"lang/shape/*", "lang/wire", "a generated operation names its types"},
	{"base/event", "base/caller", "a fact says who"},
	{"base/message", "base/caller", "a message says who"},
	{"base/arn", "base/caller", "a resource belongs to an account and a region"},
	{"base/page", "base/fault", "a token that is not ours is refused"},
	{"base/lane", "base/caller", "a device's request is about a thing of an account and a region"},
	{"lang/filterpattern", "lang/predicate", "one condition tree for every query language"},
	{"store/series", "store/state", "hour blocks of metrics are rows of the state database"},
}

// badNames say nothing about their contents.
var badNames = []string{"util", "utils", "common", "helper", "helpers", "types", "models", "core", "shared", "manager", "misc"}

// impure is what a language may not import: it does no input or output, reads no clock, starts nothing.
var impure = []string{"os", "os/exec", "os/signal", "log", "log/slog", "database/sql", "crypto/tls", "time/tzdata"}

type file struct {
	path string // slash-separated, from the module's root
	dir  string
	ast  *ast.File
	test bool
}

// house parses every Go file of the module.
func house(t *testing.T) (files []file, fset *token.FileSet) {
	t.Helper()
	fset = token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "data" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, file{path: filepath.ToSlash(path), dir: filepath.ToSlash(filepath.Dir(path)), ast: parsed, test: strings.HasSuffix(path, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found: the walk is broken", len(files))
	}
	return files, fset
}

func floor(dir string) int { return slices.Index(floors, strings.SplitN(dir, "/", 2)[0]) }

// room is the package that owns a directory: base/event for base/event/eventtest.
func room(dir string) string {
	parts := strings.Split(dir, "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func TestArrowsGoDown(t *testing.T) {
	files, _ := house(t)
	used := make([]bool, len(doors))
	for _, f := range files {
		from := floor(f.dir)
		if from < 0 || f.test {
			continue // tools, test and the root are outside the house; tests may meet anyone
		}
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(path, "telltale/")
			if !ours {
				continue
			}
			switch {
			case floor(to) < 0:
				t.Errorf("%s imports %s, which is on no floor", f.path, to)
			case floor(to) > from:
				t.Errorf("%s imports %s: arrows go down only", f.path, to)
			case floor(to) < from || room(f.dir) == room(to):
			default:
				if !throughDoor(f.dir, to, used) {
					t.Errorf("%s imports %s: there is no such door", f.path, to)
				}
			}
		}
	}
	for i, d := range doors {
		if !used[i] {
			t.Errorf("door %s to %s is unused: delete it", d.from, d.to)
		}
	}
}

func throughDoor(from, to string, used []bool) bool {
	for i, d := range doors {
		prefix, wild := strings.CutSuffix(d.from, "*")
		if d.to == to && (d.from == from || wild && strings.HasPrefix(from, prefix)) {
			used[i] = true
			return true
		}
	}
	return false
}

// The two public offices are served by all but import each other one way only.
func TestIdentityKnowsNoRegistry(t *testing.T) {
	files, _ := house(t)
	for _, f := range files {
		if f.dir != "service/identity" || f.test {
			continue
		}
		for _, spec := range f.ast.Imports {
			if spec.Path.Value == `"telltale/service/registry"` {
				t.Errorf("%s imports service/registry: the registry has an owner, never the other way", f.path)
			}
		}
	}
}

func TestNamesSayTheContents(t *testing.T) {
	files, _ := house(t)
	for _, f := range files {
		if slices.Contains(badNames, f.ast.Name.Name) || slices.Contains(badNames, strings.TrimSuffix(filepath.Base(f.path), ".go")) {
			t.Errorf("%s: the name says nothing about the contents", f.path)
		}
	}
}

func TestPackagesOpenWithASentence(t *testing.T) {
	files, _ := house(t)
	docs := map[string]string{}
	for _, f := range files {
		if f.test || f.dir == "." {
			continue
		}
		if _, ok := docs[f.dir]; !ok {
			docs[f.dir] = ""
		}
		if f.ast.Doc != nil {
			docs[f.dir] = f.ast.Doc.Text()
		}
	}
	for dir, doc := range docs {
		if !strings.HasPrefix(doc, "Package ") && !strings.HasPrefix(doc, "Command ") {
			t.Errorf("%s: the package comment must begin with Package or Command and say what it keeps or decides", dir)
		}
	}
}

func TestLanguagesArePure(t *testing.T) {
	files, _ := house(t)
	for _, f := range files {
		if f.test || !strings.HasPrefix(f.dir, "lang/") {
			continue
		}
		wire := strings.HasPrefix(f.dir, "lang/wire") || strings.HasPrefix(f.dir, "lang/shape")
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if slices.Contains(impure, path) || (path == "net/http" || path == "net") && !wire {
				t.Errorf("%s imports %s: languages are pure", f.path, path)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine at %v: languages are pure", f.path, g.Pos())
			}
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since") {
					t.Errorf("%s reads the clock: languages are pure", f.path)
				}
			}
			return true
		})
	}
}

func TestNoHiddenWiring(t *testing.T) {
	files, _ := house(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", f.path)
			}
		}
		for _, spec := range f.ast.Imports {
			if spec.Name != nil && spec.Name.Name == "_" && spec.Path.Value != `"embed"` {
				t.Errorf("%s imports %s for its side effects", f.path, spec.Path.Value)
			}
		}
	}
}

func TestGeneratedCodeIsVisiblyGenerated(t *testing.T) {
	files, _ := house(t)
	for _, f := range files {
		shape, gen := strings.HasPrefix(f.dir, "lang/shape/"), strings.HasSuffix(f.path, "_gen.go")
		if shape != gen && !f.test {
			t.Errorf("%s: generated code lives in lang/shape in *_gen.go, and nothing else does", f.path)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	files, fset := house(t)
	for _, f := range files {
		if f.test || strings.HasSuffix(f.path, "_gen.go") || floor(f.dir) < 0 {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || exportedReceiver(d)) && !obvious(d) {
					t.Errorf("%v: %s is exported and not documented", fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && ts.Comment == nil {
						t.Errorf("%v: type %s is exported and not documented", fset.Position(ts.Pos()), ts.Name.Name)
					}
				}
			}
		}
	}
}

// obvious are methods whose meaning their interface documents.
func obvious(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains([]string{"String", "Error", "Unwrap", "Len", "Less", "Swap", "Kind", "Result", "Fields", "Count", "Topic"}, d.Name.Name)
}

func exportedReceiver(d *ast.FuncDecl) bool {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// The project stands alone: nothing in it points to its makers' workplace.
func TestStandsAlone(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "bin" || name == "data" {
				return filepath.SkipDir
			}
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range []string{".." + "/shared", "/wo" + "rk/"} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s mentions %s", path, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
