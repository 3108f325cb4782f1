package filterpattern

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"telltale/lang/predicate"
)

func TestKind(t *testing.T) {
	f := func(pattern string, want Kind, regexp bool) {
		t.Helper()
		p, err := Parse(pattern)
		if err != nil {
			t.Fatalf("Parse(%q): %v", pattern, err)
		}
		if p.Kind() != want || p.HasRegexp() != regexp || p.String() != pattern {
			t.Errorf("Parse(%q): kind %s, regexp %v, text %q; want %s, %v", pattern, p.Kind(), p.HasRegexp(), p.String(), want, regexp)
		}
		if (p.Expr() == nil) != (want == All) {
			t.Errorf("Parse(%q).Expr() = %v", pattern, p.Expr())
		}
	}
	f("", All, false)
	f("  ", All, false)
	f(`" "`, All, false)
	f("ERROR -x", Terms, false)
	f(`-" "`, Terms, false)
	f("%x%", Terms, true)
	f(`{ $.a = 1 }`, JSON, false)
	f(` { $.a = %1% }`, JSON, true)
	f(`[a, b]`, Delimited, false)
	f(`[a = %x%]`, Delimited, true)
}

func TestLimits(t *testing.T) {
	f := func(pattern string, offset int, want string) {
		t.Helper()
		_, err := Parse(pattern)
		syntax, ok := errors.AsType[*SyntaxError](err)
		if !ok || syntax.Offset != offset || syntax.Want != want {
			t.Errorf("Parse(%.40q…) = %v, want offset %d and %q", pattern, err, offset, want)
		}
	}
	ok := func(pattern string) {
		t.Helper()
		p, err := Parse(pattern)
		if err != nil {
			t.Fatalf("Parse(%.40q…): %v", pattern, err)
		}
		if _, err := p.Expr().Compile(); err != nil {
			t.Errorf("%.40q… does not compile: %v", pattern, err)
		}
	}
	ok(strings.Repeat("é", MaxLength))
	f(strings.Repeat("é", MaxLength+1), MaxLength, "at most 1024 characters")
	f("a\xff", 0, "UTF-8 text")

	nested := func(n int) string {
		return "{" + strings.Repeat("($.a = 1 || $.b = 2 && ", n) + "$.c = 3" + strings.Repeat(")", n) + "}"
	}
	ok(nested(MaxNesting))
	f(nested(MaxNesting+1), 1+MaxNesting*23, "parentheses nested at most 25 deep")

	ok("[" + strings.Repeat(",", MaxFields-1) + "]")
	f("["+strings.Repeat(",", MaxFields)+"]", MaxFields+1, "at most 512 fields")

	ok("{$" + strings.Repeat("[0]", MaxSteps) + "=1}")
	f("{$"+strings.Repeat("[0]", MaxSteps+1)+"=1}", 2+3*MaxSteps, "at most 64 steps in a selector")
	ok("{" + strings.Repeat("$.a=1&&", 145) + "$.a=1}")
}

// TestOffsetsCountCharacters shows that an error after multi-byte text points at the right character.
func TestOffsetsCountCharacters(t *testing.T) {
	_, err := Parse(`{ $.a = "äöü€" && }`)
	if want := `filter pattern, character 19: expected a selector, which begins with "$", got "}"`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestLiteralsAreConservative makes random messages, of pieces that the corpus and JSON are made of, and checks that none that
// matches lacks a literal.
func TestLiteralsAreConservative(t *testing.T) {
	cases := readCorpus(t)
	pieces := []string{`{"a":`, `"name":`, `}`, `"`, `\u0041`, `\/`, `\"`, `,`, ` `, `[`, `]`, "400", "4e2", "ERROR", "true", "null"}
	for _, c := range cases {
		if c.mark != '!' {
			pieces = append(pieces, strings.Fields(c.text)...)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	matches := 0
	for _, c := range cases {
		if c.mark == '!' {
			continue
		}
		p, err := Parse(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		// A matcher passes over what lacks a literal; this one has none, because either of two may be true.
		m, err := predicate.Or(p.Expr(), predicate.Or()).Compile()
		if err != nil {
			t.Fatal(err)
		}
		literals := p.Expr().Literals()
		check := func(message string) {
			if !m.Match([]byte(message)) {
				return
			}
			matches++
			for _, l := range literals {
				if !predicate.Holds([]byte(message), l) {
					t.Errorf("%s matches %s, which does not hold the literal %q", c.pattern, message, l)
				}
			}
		}
		check(c.text)
		check(respell(c.text, r))
		for range 40 {
			check(mutate(c.text, pieces, r))
		}
	}
	if matches < 2000 {
		t.Errorf("only %d messages matched: the test shows too little", matches)
	}
}

// respell writes some letters of a message as JSON escapes.
func respell(message string, r *rand.Rand) string {
	var b strings.Builder
	const hex = "0123456789abcdef"
	for i := range len(message) {
		c := message[i]
		switch {
		case 'a' <= c && c <= 'z' && r.IntN(5) == 0:
			b.WriteString(`\u00` + string(hex[c>>4]) + string(hex[c&15]))
		case c == '/' && r.IntN(2) == 0:
			b.WriteString(`\/`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// mutate cuts something out of the message or puts something in.
func mutate(message string, pieces []string, r *rand.Rand) string {
	for range 1 + r.IntN(2) {
		at := r.IntN(len(message) + 1)
		end := at
		if r.IntN(2) == 0 {
			end += r.IntN(min(6, len(message)-at+1))
		}
		piece := ""
		if r.IntN(3) > 0 {
			piece = pieces[r.IntN(len(pieces))]
		}
		message = message[:at] + piece + message[end:]
	}
	return message
}

func FuzzParse(f *testing.F) {
	for _, c := range readCorpus(f) {
		f.Add(c.pattern, c.text)
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		p, err := Parse(pattern)
		if err != nil {
			if _, ok := errors.AsType[*SyntaxError](err); !ok {
				t.Fatalf("Parse(%q): error of type %T: %v", pattern, err, err)
			}
			return
		}
		m, err := p.Expr().Compile()
		if err != nil {
			t.Fatalf("%q parses but does not compile: %v", pattern, err)
		}
		plain, err := predicate.Or(p.Expr(), predicate.Or()).Compile() // does not use literals
		if err != nil {
			t.Fatal(err)
		}
		matched := plain.Match([]byte(message))
		if got := m.Match([]byte(message)); got != matched {
			t.Fatalf("%q on %q: %v, but %v without literals", pattern, message, got, matched)
		}
		if again := m.Match([]byte(message)); again != matched {
			t.Fatalf("%q on %q: first %v, then %v", pattern, message, matched, again)
		}
		p.Values([]byte(message))
	})
}
