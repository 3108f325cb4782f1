package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestPatterns(t *testing.T) {
	f := func(pattern, value string, want bool) {
		t.Helper()
		if got := compilePattern(pattern)(value); got != want {
			t.Errorf("%s with %q: got %v, want %v", pattern, value, got, want)
		}
	}
	f(`[a-z]+|x9`, "abc", true)
	f(`[a-z]+|x9`, "abc9", false)
	f(`^[a-z]+`, "abc!", false)
	f(`[\p{Graph}\x20]*`, "a b!", true)
	f(`[\p{Graph}\x20]*`, "a\tb", false)
	f(`[\p{Upper}\p{Digit}_]+`, "A_1", true)
	f(`[\p{Upper}\p{Digit}_]+`, "a", false)
	f(`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, "/x/", true)
	f(`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, "/x", false)
	f(`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`, "arn 😀", true)
	f(`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`, "\x00", false)
	f(`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`, "😀", true)
	f(`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "my-alias", true)
	f(`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "my--alias", false)
	f(`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "-alias", false)
	f(`^(?!\s*$).+`, " \t", false)
	f(`(`, "a pattern that cannot be read allows everything", true)
}

// TestAllPatternsCompile reads the facts of all services, also of those not generated yet.
func TestAllPatternsCompile(t *testing.T) {
	// Nonsense in the model, and a lookahead with back-references.
	dropped := map[string]bool{"CertificatePEM": true, "ISODateTimeString": true}
	files, err := filepath.Glob("../../facts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no facts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var facts struct {
			Shapes map[string]struct{ Pattern string }
		}
		if err := json.Unmarshal(text, &facts); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, s := range facts.Shapes {
			if byHand[s.Pattern] != nil || dropped[name] {
				continue
			}
			if _, err := regexp.Compile(translatePattern(s.Pattern)); err != nil {
				t.Errorf("%s %s: %v", file, name, err)
			}
		}
	}
}
