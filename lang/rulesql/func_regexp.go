package rulesql

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// regexpFunctions take regular expressions. A bad one makes the result Undefined.
var regexpFunctions = []function{
	{name: "regexp_matches", parameters: "text, regexp", least: 2, most: 2, since: V20151008, doc: "Whether a text holds a match.", run: func(e *Evaluator, args []value) value {
		re, s, ok := e.regexpArgs(args)
		if !ok {
			return value{}
		}
		return boolOf(re.MatchString(s[0]))
	}},
	{name: "regexp_replace", parameters: "text, regexp, replacement", least: 3, most: 3, since: V20151008, doc: "The text with every match replaced; $1 stands for the first group.", run: replaceRegexp},
	{name: "regexp_substr", parameters: "text, regexp", least: 2, most: 2, since: V20151008, doc: "The first match in a text, or Undefined.", run: func(e *Evaluator, args []value) value {
		re, s, ok := e.regexpArgs(args)
		if !ok {
			return value{}
		}
		at := re.FindStringIndex(s[0])
		if at == nil {
			return value{}
		}
		return e.textOf(s[0][at[0]:at[1]])
	}},
}

// pattern is a compiled expression, or nil for a bad one, with the number of its instructions.
type pattern struct {
	*regexp.Regexp
	size int
}

// regexpArgs converts the arguments and compiles the second.
func (e *Evaluator) regexpArgs(args []value) (re *regexp.Regexp, s [3]string, ok bool) {
	if s, ok = e.texts(args); !ok {
		return nil, s, false
	}
	p, known := e.regexps[s[1]]
	if !known {
		p = e.compileRegexp(s[1])
	}
	if e.spend(len(s[0]) * max(p.size, 16) / 32); p.Regexp == nil || e.err != nil {
		return nil, s, false
	}
	return p.Regexp, s, true
}

func (e *Evaluator) compileRegexp(s string) pattern {
	e.spend(256 + len(s))
	var p pattern
	if size, ok := regexpSize(s); ok {
		if re, err := regexp.Compile(s); err == nil {
			p = pattern{re, size}
		}
	}
	if len(e.regexps) == maxRegexps {
		clear(e.regexps)
	}
	e.regexps[s] = p
	return p
}

// regexpSize counts the instructions of an expression; ok is false if it is bad or over the limits.
func regexpSize(s string) (size int, ok bool) {
	if len(s) > maxRegexp {
		return 0, false
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return 0, false
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0, false
	}
	return len(prog.Inst), len(prog.Inst) <= maxRegexpSize
}

func replaceRegexp(e *Evaluator, args []value) value {
	re, s, ok := e.regexpArgs(args)
	if !ok {
		return value{}
	}
	template, ok := goTemplate(s[2], re.NumSubexp())
	if !ok {
		return value{}
	}
	var out []byte
	done := 0
	for _, at := range re.FindAllStringSubmatchIndex(s[0], -1) {
		out = append(out, s[0][done:at[0]]...)
		out = re.ExpandString(out, template, s[0], at)
		done = at[1]
		if len(out) > MaxResult {
			e.fail("a text is longer than %d bytes", MaxResult)
			return value{}
		}
	}
	return e.textOf(string(append(out, s[0][done:]...)))
}

// goTemplate rewrites a replacement: $1 is a group, a backslash takes the meaning from what follows. As many digits belong to a group as
// there is such a group. ok is false for a $ without a group.
func goTemplate(s string, groups int) (template string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 == len(s):
			return "", false
		case c == '\\':
			i++
			literal(&b, s[i])
		case c != '$':
			b.WriteByte(c)
		case i+1 == len(s) || !isDigit(s[i+1]) || int(s[i+1]-'0') > groups:
			return "", false
		default:
			end := i + 2
			for n := int(s[i+1] - '0'); end < len(s) && isDigit(s[end]); end++ {
				if n = n*10 + int(s[end]-'0'); n > groups {
					break
				}
			}
			b.WriteString("${" + s[i+1:end] + "}")
			i = end - 1
		}
	}
	return b.String(), true
}

// literal writes a byte that stands for itself in a template of package regexp.
func literal(b *strings.Builder, c byte) {
	if c == '$' {
		b.WriteByte('$')
	}
	b.WriteByte(c)
}
