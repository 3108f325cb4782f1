package shape_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"

	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

// TestGoldenRequests reads the wire message that the AWS SDK's own tests keep for every operation. What we lose of one is a member
// our facts do not have yet: the log is a report of how fresh they are.
func TestGoldenRequests(t *testing.T) {
	table := newTable()
	for module, scope := range map[string]string{"cloudwatch": "monitoring", "cloudwatchlogs": "logs", "iam": "iam", "sts": "sts"} {
		t.Run(module, func(t *testing.T) {
			read, newer := 0, []string(nil)
			for _, file := range snapshots(t, module) {
				r, body := parseSnapshot(t, file)
				name := strings.TrimSuffix(filepath.Base(file), ".request.snap")
				m, err := table.Route(r, body, scope)
				if err != nil && unknownOperation(table, scope, name) {
					newer = append(newer, name)
					continue
				}
				if err != nil || m.Op.Name != name {
					t.Errorf("%s: routed to %v: %v", name, m.Op, err)
					continue
				}
				in, err := m.Decode(r, body)
				if in == nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				read++
				for member := range lost(t, m.Op, in, r, body) {
					if modelled(reflect.TypeOf(in), member) {
						t.Errorf("%s%s was lost", name, member)
					}
					newer = append(newer, name+member)
				}
			}
			slices.Sort(newer)
			t.Logf("%d messages read; newer than the facts: %d %v", read, len(newer), newer)
		})
	}
}

// modelled reports whether the facts know all steps of a path: .tags.1.key.
func modelled(t reflect.Type, path string) bool {
	for part := range strings.SplitSeq(path[1:], ".") {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			field, ok := t.FieldByNameFunc(func(name string) bool { return step(name) == "."+part })
			if !ok {
				return false
			}
			t = field.Type
		}
	}
	return true
}

func unknownOperation(table *wire.Table, scope, name string) bool {
	for _, s := range table.Services() {
		if s.Signs(scope) {
			_, known := s.Op(name)
			return !known
		}
	}
	return true
}

func snapshots(t *testing.T, module string) []string {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+module).Output()
	if err != nil {
		t.Fatalf("the folder of module %s: %v", module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "request_snapshot", "*.request.snap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("module %s has no snapshots: %v", module, err)
	}
	return files
}

// parseSnapshot reads a request line, an empty line, headers, an empty line and the body.
func parseSnapshot(t *testing.T, file string) (*http.Request, []byte) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := bytes.Cut(text, []byte("\n\n"))
	headers, body, _ := bytes.Cut(rest, []byte("\n\n"))
	method, target, _ := strings.Cut(string(head), " ")
	r := httptest.NewRequest(method, target, nil)
	for lines := bufio.NewScanner(bytes.NewReader(headers)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		r.Header.Add(name, value)
	}
	return r, body
}

var memberOrEntry = regexp.MustCompile(`\.(member|entry)\.`)

// lost gives the paths in the body that are not in the input it was decoded to.
func lost(t *testing.T, op *wire.Op, in any, r *http.Request, body []byte) map[string]bool {
	var w jsontext.Writer
	op.WriteInput(&w, in)
	var kept any
	if err := json.Unmarshal(w.Bytes(), &kept); err != nil {
		t.Fatalf("%s: %v in %s", op, err, w.Bytes())
	}
	sent := map[string]bool{}
	switch {
	case r.Header.Get("Smithy-Protocol") != "":
		value, err := cbor.Decode(body)
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		flattenCBOR(value, "", sent)
	case r.Header.Get("X-Amz-Target") != "":
		var tree any
		if err := json.Unmarshal(body, &tree); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		flatten(tree, "", sent)
	default:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		for name, values := range form {
			if name == "Action" || name == "Version" || values[0] == "" {
				continue
			}
			name = memberOrEntry.ReplaceAllString(name, ".")
			path := ""
			for part := range strings.SplitSeq(name, ".") {
				path += step(part)
			}
			sent[path] = true
		}
	}
	have := map[string]bool{}
	flatten(kept, "", have)
	maps.DeleteFunc(sent, func(path string, _ bool) bool { return have[path] })
	return sent
}

// step spells a part of a path the same way whatever the protocol: members begin in lower case.
func step(name string) string { return "." + strings.ToLower(name[:1]) + name[1:] }

func flatten(v any, path string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			flatten(item, path+step(key), into)
		}
	case []any:
		for i, item := range v {
			flatten(item, fmt.Sprintf("%s.%d", path, i+1), into)
		}
	default:
		into[path] = true
	}
}

func flattenCBOR(v cbor.Value, path string, into map[string]bool) {
	switch v := v.(type) {
	case cbor.Map:
		for key, item := range v {
			flattenCBOR(item, path+step(key), into)
		}
	case cbor.List:
		for i, item := range v {
			flattenCBOR(item, fmt.Sprintf("%s.%d", path, i+1), into)
		}
	default:
		into[path] = true
	}
}
