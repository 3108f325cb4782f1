package wire

import (
	"regexp"
	"strings"
)

// rewrites turn what models write for Java into what package regexp reads.
var rewrites = strings.NewReplacer(
	`\p{Graph}`, `[:graph:]`,
	`\p{Upper}`, `A-Z`, `\p{Lower}`, `a-z`, `\p{Digit}`, `0-9`, `\p{Alpha}`, `a-zA-Z`, `\p{Alnum}`, `a-zA-Z0-9`, `\p{Space}`, `\s`,
	`\p{IsLetter}`, `\p{L}`, `\p{IsDigit}`, `\p{Nd}`,
	`\/`, `/`,
	// A supplementary range spelled as four digits too many, and surrogates: both mean all characters beyond the basic plane.
	`\u10000-\u10FFFF`, `\x{10000}-\x{10FFFF}`, `\uD800\uDC00-\uDBFF\uDFFF`, `\x{10000}-\x{10FFFF}`,
	`\ud800\udc00-\udbff\udfff`, `\x{10000}-\x{10FFFF}`,
)

var unicodeEscape = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)

// byHand holds the patterns with lookaheads, which package regexp does not have.
var byHand = map[string]func(string) bool{
	// Account aliases: no dash at the ends, no two dashes in a row, not twelve digits only.
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: accountAlias,
	`^(?!\s*$).+`: func(s string) bool { return strings.TrimSpace(s) != "" },
}

// compilePattern gives a function that reports whether a whole value matches. A pattern that cannot be read here allows everything:
// better to let a strange value in than to keep a good one out.
func compilePattern(pattern string) func(string) bool {
	if f, ok := byHand[pattern]; ok {
		return f
	}
	re, err := regexp.Compile(`\A(?:` + translatePattern(pattern) + `)\z`)
	if err != nil {
		return func(string) bool { return true }
	}
	return re.MatchString
}

func translatePattern(pattern string) string {
	return unicodeEscape.ReplaceAllString(rewrites.Replace(pattern), `\x{$1}`)
}

func accountAlias(s string) bool {
	if len(s) < 3 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
