package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTreeIsUpToDate generates everything anew and compares it with lang/shape.
func TestTreeIsUpToDate(t *testing.T) {
	dir := t.TempDir()
	if err := run("../../facts", "services.txt", dir); err != nil {
		t.Fatal(err)
	}
	fresh := readTree(t, dir)
	kept := readTree(t, "../../lang/shape")
	for name, text := range fresh {
		if !bytes.Equal(kept[name], text) {
			t.Errorf("lang/shape/%s is out of date: go run ./tools/apigen", name)
		}
	}
	for name := range kept {
		if _, ok := fresh[name]; !ok {
			t.Errorf("lang/shape/%s is no longer generated: delete it", name)
		}
	}
}

// readTree reads the generated files below a folder.
func readTree(t *testing.T, dir string) map[string][]byte {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*_gen.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no generated files in %s: %v", dir, err)
	}
	tree := make(map[string][]byte, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		tree[name] = text
	}
	return tree
}

// TestEveryFactsFileGenerates tries the services that are not listed yet, too.
func TestEveryFactsFileGenerates(t *testing.T) {
	files, err := filepath.Glob("../../facts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no facts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		m, err := load("../../facts", name)
		if err == nil {
			_, err = generate(name, m)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnumName(t *testing.T) {
	f := func(shape, value, want string) {
		t.Helper()
		if got := enumName(shape, value); got != want {
			t.Errorf("%s %s: got %s, want %s", shape, value, got, want)
		}
	}
	f("JobStatus", "IN_PROGRESS", "JobStatusInProgress")
	f("encodingType", "SSH", "EncodingTypeSsh")
	f("Unit", "Bytes/Second", "UnitBytesSecond")
	f("Format", "application/json", "FormatApplicationJson")
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("tiny.json", `{"service":{"apiVersion":"1","endpointPrefix":"tiny","protocol":"rest-json","protocols":["rest-json"],"serviceFullName":"Tiny","serviceId":"Tiny"},
		"operations":{"PutIt":{"http":"PUT /it/{id}","in":"PutItRequest","errors":["Gone"]}},
		"shapes":{"PutItRequest":{"type":"structure","members":[{"n":"id","t":"Id","req":true,"in":"uri"},{"n":"token","t":"Id","req":true,"token":true},{"n":"size","t":"Size"},{"n":"need","t":"Size","req":true}]},
		"Id":{"type":"string","min":1,"pattern":"[a-z]+"},"Size":{"type":"integer"},"Gone":{"type":"structure","error":true,"status":410}}}`)
	write("overlay/tiny.json", `{"operations":{},"shapes":{},"members":{"PutItRequest":[{"n":"more","t":"String","in":"querystring"}]}}`)
	m, err := load(dir, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate("tiny", m)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.Write(f.text)
	}
	text := strings.Join(strings.Fields(all.String()), " ")
	for _, want := range []string{
		"Id string `wire:\"id,uri,required\" is:\"Id\"`", "Token string `wire:\"token\" is:\"Id\"`", "Size *int32 `wire:\"size\"`", "Need int32 `wire:\"need,required\"`",
		"More string `wire:\"more,query\"`", "type PutItOutput struct{ wire.Nothing }", `PutIt = wire.NewOp[PutItInput, PutItOutput](Service, "PutIt", "PUT /it/{id}", 0, Gone)`,
		"Gone: {Code: \"Gone\", Status: 410}", "\"Id\": {Range: \"1..\", Pattern: `[a-z]+`}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not generated: %s\nin %s", want, text)
		}
	}
}

func TestBadFactsAreNamed(t *testing.T) {
	f := func(facts, want string) {
		t.Helper()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "bad.json"), []byte(facts), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := load(dir, "bad")
		if err == nil {
			_, err = generate("bad", m)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s", facts, err, want)
		}
	}
	f(`{`, "bad.json: unexpected end of JSON input")
	f(`{"operations":{"A":{"in":"Nothing"}}}`, "A refers to Nothing, which is no shape")
	f(`{"service":{"protocol":"telepathy"}}`, `unknown protocol "telepathy"`)
	f(`{"service":{"protocol":"query"},"operations":{"A":{"in":"R"}},"shapes":{"R":{"type":"structure","members":[{"n":"a","t":"S"},{"n":"A","t":"S"}]},"S":{"type":"string"}}}`, "R has two members called A")
	f(`{"service":{"protocol":"query"},"operations":{"A":{"in":"R"}},"shapes":{"R":{"type":"structure","members":[{"n":"a","t":"A"}]},"A":{"type":"structure"}}}`, "operation A and structure A would both be called A")
}
