package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The ids that the code of this module names are in the ledgers.
func TestIDsAreKnown(t *testing.T) {
	if err := run("../..", "", ""); err != nil {
		t.Error(err)
	}
}

const table = "# MQTT %\n| Statement | Binds | Claimed by | Summary | Remark |\n|---|---|---|---|---|\n"

// tree writes a small module.
func tree(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReport(t *testing.T) {
	dir := tree(t, map[string]string{
		"spec/mqtt311.md":        table + "| 1.0-1 | server | all | one | |\n| 1.0-2 | client | | two | |\n| 1.0-5 | client | | five | |\n",
		"spec/mqtt5.md":          table + "| 1.0-1 | server | all | one | |\n| 1.0-3 | both | none | three | because |\n| 1.0-4 | both | standard | four | |\n| 1.0-5 | client | | other | |\n",
		"a/a.go":                 "package a // [MQTT-1.0-4]\n",
		"a/a_test.go":            "package a\n\n// [MQTT5-1.0-1]\nfunc TestOne(t *testing.T) {}\n\n// [MQTT-1.0-4]\nfunc small() {}\n",
		"test/conform/c_test.go": "package c\n\n// Both. [MQTT-1.0-1] [MQTT-1.0-5]\nfunc TestBoth(t *testing.T) {}\n",
		"out.json":               `{"Action":"pass","Test":"TestBoth"}` + "\n" + `{"Action":"pass","Test":"TestBoth/aws"}` + "\n" + `{"Action":"skip","Test":"TestBoth/standard/5"}` + "\n" + `{"Action":"pass","Test":"TestBoth/standard"}` + "\n" + `{"Action":"pass"}` + "\n",
	})
	path := filepath.Join(dir, "report.md")
	if err := run(dir, filepath.Join(dir, "out.json"), path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3 statements, 1 claimed, 1 of them named by tests", "4 statements, 2 claimed, 1 of them named by tests",
		"Claimed and named by no test: 1.0-4.",
		"| 1.0-1 | server | all | one | TestBoth (test/conform/c_test.go): aws passed, standard skipped |",
		"| 1.0-1 | server | all | one | TestBoth (test/conform/c_test.go): aws passed, standard skipped<br>TestOne (a/a_test.go) |",
		"| 1.0-3 | both | none | three. *because* |  |", "| 1.0-5 | client |  | five |  |", "| 1.0-5 | client |  | other |  |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestRefusals(t *testing.T) {
	good := table + "| 1.0-1 | server | all | one | |\n"
	refuse := func(want string, files map[string]string) {
		t.Helper()
		all := map[string]string{"spec/mqtt311.md": good, "spec/mqtt5.md": good}
		for name, text := range files {
			all[name] = text
		}
		dir := tree(t, all)
		results := ""
		if _, ok := files["out.json"]; ok {
			results = filepath.Join(dir, "out.json")
		}
		if err := run(dir, results, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
	refuse("a.go:2: MQTT-9.9-9 is in no ledger", map[string]string{"a.go": "package a\n// [MQTT-9.9-9]\n"})
	refuse("MQTT5-1.0-2 is in no ledger", map[string]string{"a.go": "package a // MQTT5-1.0-2\n", "spec/mqtt311.md": good + "| 1.0-2 | client | | two | |\n"})
	refuse("stands here twice", map[string]string{"spec/mqtt5.md": good + "| 1.0-1 | server | all | one | |\n"})
	refuse("want server, client or both", map[string]string{"spec/mqtt5.md": table + "| 1.0-1 | broker | all | one | |\n"})
	refuse("want one of", map[string]string{"spec/mqtt5.md": table + "| 1.0-1 | server | some | one | |\n"})
	refuse("without a reason", map[string]string{"spec/mqtt5.md": table + "| 1.0-1 | server | none | one | |\n"})
	refuse("five cells", map[string]string{"spec/mqtt5.md": table + "| 1.0-1 | server | all | one |\n"})
	refuse("failed: [TestX]", map[string]string{"out.json": `{"Action":"fail","Test":"TestX"}` + "\n" + `{"Action":"fail","Test":"TestX/aws"}` + "\n"})
	refuse("no test ran", map[string]string{"out.json": ""})
}
