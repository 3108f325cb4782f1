package rulesql

import (
	"strings"
	"unicode/utf8"
)

// maxPadding is the most spaces that lpad and rpad add.
const maxPadding = 1000

// textFunctions take Strings; other values are converted, but for indexof.
var textFunctions = []function{
	{name: "chr", parameters: "num", least: 1, most: 1, since: V20151008, doc: "The ASCII character with a number.", run: character},
	{name: "endswith", parameters: "text, end", least: 2, most: 2, since: V20151008, doc: "Whether a text ends with another.", run: testText(strings.HasSuffix)},
	{name: "indexof", parameters: "text, part", least: 2, most: 2, since: V20160323, doc: "Where a part first occurs in a text, from 0; both must be Strings.", run: indexOf},
	{name: "length", parameters: "text", least: 1, most: 1, since: V20160323, doc: "The number of characters.", run: countText(utf8.RuneCountInString)},
	{name: "lower", parameters: "text", least: 1, most: 1, since: V20151008, doc: "The text in lower case.", run: mapText(strings.ToLower)},
	{name: "lpad", parameters: "text, n", least: 2, most: 2, since: V20151008, doc: "The text with n spaces before it, 1000 at most.", run: pad(func(s, spaces string) string { return spaces + s })},
	{name: "ltrim", parameters: "text", least: 1, most: 1, since: V20151008, doc: "The text without the spaces and tabs it begins with.", run: mapText(func(s string) string { return strings.TrimLeft(s, blanks) })},
	{name: "numbytes", parameters: "text", least: 1, most: 1, since: V20160323, doc: "The number of bytes in UTF-8.", run: countText(func(s string) int { return len(s) })},
	{name: "replace", parameters: "text, old, new", least: 3, most: 3, since: V20151008, doc: "The text with every occurrence of a part replaced.", run: replaceText},
	{name: "rpad", parameters: "text, n", least: 2, most: 2, since: V20151008, doc: "The text with n spaces behind it, 1000 at most.", run: pad(func(s, spaces string) string { return s + spaces })},
	{name: "rtrim", parameters: "text", least: 1, most: 1, since: V20151008, doc: "The text without the spaces and tabs it ends with.", run: mapText(func(s string) string { return strings.TrimRight(s, blanks) })},
	{name: "startswith", parameters: "text, start", least: 2, most: 2, since: V20151008, doc: "Whether a text begins with another.", run: testText(strings.HasPrefix)},
	{name: "substring", parameters: "text, start[, end]", least: 2, most: 3, since: V20151008, doc: "The characters from start, counted from 0, up to but not including end.", run: substring},
	{name: "trim", parameters: "text", least: 1, most: 1, since: V20151008, doc: "The text without the spaces and tabs around it.", run: mapText(func(s string) string { return strings.Trim(s, blanks) })},
	{name: "upper", parameters: "text", least: 1, most: 1, since: V20151008, doc: "The text in upper case.", run: mapText(strings.ToUpper)},
}

const blanks = " \t"

// texts converts all arguments.
func (e *Evaluator) texts(args []value) (list [3]string, ok bool) {
	for i, v := range args {
		if list[i], ok = e.text(v); !ok {
			return list, false
		}
		e.spend(1 + len(list[i])/64)
	}
	return list, true
}

func mapText(f func(string) string) func(*Evaluator, []value) value {
	return func(e *Evaluator, args []value) value {
		s, ok := e.texts(args)
		if !ok {
			return value{}
		}
		return e.textOf(f(s[0]))
	}
}

func countText(f func(string) int) func(*Evaluator, []value) value {
	return func(e *Evaluator, args []value) value {
		s, ok := e.texts(args)
		if !ok {
			return value{}
		}
		return intOf(whole(int64(f(s[0]))))
	}
}

func testText(f func(s, part string) bool) func(*Evaluator, []value) value {
	return func(e *Evaluator, args []value) value {
		s, ok := e.texts(args)
		if !ok {
			return value{}
		}
		return boolOf(f(s[0], s[1]))
	}
}

func character(e *Evaluator, args []value) value {
	n, ok := toFloor(args[0])
	if !ok || n.sign() < 0 || n.compare(whole(127)) > 0 {
		return value{}
	}
	return e.textOf(string(rune(n.clamp(0, 127))))
}

func indexOf(e *Evaluator, args []value) value {
	if args[0].kind != text || args[1].kind != text {
		return value{}
	}
	s, _ := e.texts(args)
	i := strings.Index(s[0], s[1])
	if i > 0 {
		i = utf8.RuneCountInString(s[0][:i])
	}
	return intOf(whole(int64(i)))
}

func pad(join func(s, spaces string) string) func(*Evaluator, []value) value {
	return func(e *Evaluator, args []value) value {
		s, ok := e.texts(args[:1])
		if !ok {
			return value{}
		}
		n, ok := toFloor(args[1])
		if !ok {
			return value{}
		}
		return e.textOf(join(s[0], strings.Repeat(" ", n.clamp(0, maxPadding))))
	}
}

func replaceText(e *Evaluator, args []value) value {
	s, ok := e.texts(args)
	if !ok {
		return value{}
	}
	if grown := len(s[0]) + strings.Count(s[0], s[1])*(len(s[2])-len(s[1])); grown > MaxResult {
		e.fail("a text is longer than %d bytes", MaxResult)
		return value{}
	}
	return e.textOf(strings.ReplaceAll(s[0], s[1], s[2]))
}

func substring(e *Evaluator, args []value) value {
	texts, ok := e.texts(args[:1])
	if !ok {
		return value{}
	}
	s := texts[0]
	length := utf8.RuneCountInString(s)
	start, end := 0, length
	for i, v := range args[1:] {
		n, ok := toInt(v)
		if !ok {
			return value{}
		}
		if i == 0 {
			start = n.clamp(0, length)
		} else {
			end = n.clamp(0, length)
		}
	}
	if start >= end {
		return e.textOf("")
	}
	from := byteIndex(s, start)
	return e.textOf(s[from : from+byteIndex(s[from:], end-start)])
}

// byteIndex is where character n begins.
func byteIndex(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}
