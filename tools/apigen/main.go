// Command apigen writes lang/shape: the structs, operations, errors and constraints of the AWS services named in services.txt,
// from the facts in facts/*.json and facts/overlay/*.json.
//
// Run it at the module root, without arguments: go run ./tools/apigen. The same facts give the same files, byte by byte.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	facts := flag.String("facts", "facts", "`folder` of the facts")
	services := flag.String("services", "tools/apigen/services.txt", "`file` that lists the services")
	out := flag.String("out", "lang/shape", "`folder` to write to")
	flag.Parse()
	if err := run(*facts, *services, *out); err != nil {
		fmt.Fprintln(os.Stderr, "apigen:", err)
		os.Exit(1)
	}
}

// run generates all services listed in the file named services.
func run(facts, services, out string) error {
	names, err := readList(services)
	if err != nil {
		return err
	}
	for _, name := range names {
		m, err := load(facts, name)
		if err != nil {
			return err
		}
		files, err := generate(name, m)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		dir := filepath.Join(out, name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f.name), f.text, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

// readList reads one name per line; empty lines and lines that begin with # are skipped.
func readList(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s names no service", name)
	}
	return list, nil
}
