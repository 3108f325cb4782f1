// Command specref checks the requirement ids that code and tests name against the ledgers in spec/, and writes the conformance report.
//
// An id that is in no ledger is an error. With -results, the output of go test -json, the report says how each test ended, and failed
// tests are an error.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	results := flag.String("results", "", "output of go test -json of the conformance tests")
	report := flag.String("report", "", "file to write the report to")
	flag.Parse()
	if err := run(".", *results, *report); err != nil {
		fmt.Fprintln(os.Stderr, "specref:", err)
		os.Exit(1)
	}
}

func run(root, results, report string) error {
	ledgers, err := readLedgers(root)
	if err != nil {
		return err
	}
	mentions, err := walk(root)
	if err != nil {
		return err
	}
	if err := attach(ledgers, mentions); err != nil {
		return err
	}
	ends, failed, err := readResults(results)
	if err != nil {
		return err
	}
	if report != "" {
		if err := os.WriteFile(report, write(ledgers, ends), 0o644); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("failed: %v", failed)
	}
	return nil
}

// attach gives every statement the tests that name it. Ids that are in no ledger are an error. An id that may be meant for several
// statements counts for them if they say the same, and else for none.
func attach(ledgers []*ledger, mentions []mention) error {
	var unknown []error
	for _, m := range mentions {
		var meant []*statement
		for _, l := range ledgers {
			if s := l.byID[m.id]; s != nil && (m.ledger == "" || m.ledger == l.name) {
				meant = append(meant, s)
			}
		}
		for _, s := range meant {
			if s.summary == meant[0].summary && s.summary == meant[len(meant)-1].summary {
				s.name(m)
			}
		}
		if len(meant) == 0 {
			unknown = append(unknown, fmt.Errorf("%s: MQTT%s-%s is in no ledger (spec/)", m.at, m.ledger, m.id))
		}
	}
	return errors.Join(unknown...)
}
