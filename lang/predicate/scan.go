package predicate

// MaxNesting is how deep the arrays and objects of a JSON message may nest; a deeper one counts as not being JSON.
const MaxNesting = 256

// valueKind is what a JSON value is.
type valueKind uint8

const (
	valueString valueKind = iota
	valueNumber
	valueTrue
	valueFalse
	valueNull
	valueObject
	valueArray
)

// finder learns which value selector id selected. The text is that of a string after decoding, or of a number or word as written;
// it is valid only during the call.
type finder interface {
	found(id int, kind valueKind, text []byte)
}

// scanner reads a JSON message once, front to back, without building anything: it checks the syntax and tells the finder about the
// selected values on the way. If a property is repeated, each of its values counts. Bytes that are not UTF-8 are passed on as
// they are.
type scanner struct {
	data   []byte
	pos    int
	finder finder
	// nodes is a stack of windows: those of one window are the places in the selector tree that the value being read has reached.
	nodes []*node
	text  []byte // the decoded form of a string with escapes
}

// maxKeptText bounds the working memory that survives an unusually long escaped string.
const maxKeptText = 64 << 10

// run scans a message and reports whether it is one JSON object or array. The values found before an error count for nothing.
func (s *scanner) run(message []byte, selectors *node, f finder) bool {
	s.data, s.pos, s.finder = message, 0, f
	s.nodes = append(s.nodes[:0], selectors)
	c := s.peek()
	ok := (c == '{' || c == '[') && s.value(0, 1, 0)
	if ok {
		s.peek()
		ok = s.pos == len(s.data)
	}
	s.data, s.finder = nil, nil
	if cap(s.text) > maxKeptText {
		s.text = nil
	}
	return ok
}

// peek skips white space and returns the next byte, or 0, which no JSON syntax begins with, at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// value reads one value that the nodes from lo up to hi of the stack have reached. It reports whether it is well formed.
func (s *scanner) value(lo, hi, depth int) bool {
	switch s.peek() {
	case '{':
		s.report(lo, hi, valueObject, nil)
		return depth < MaxNesting && s.object(lo, hi, depth)
	case '[':
		s.report(lo, hi, valueArray, nil)
		return depth < MaxNesting && s.array(lo, hi, depth)
	case '"':
		raw, escaped, ok := s.string()
		if ok && lo < hi {
			s.report(lo, hi, valueString, s.decoded(raw, escaped))
		}
		return ok
	case 't':
		return s.word("true", lo, hi, valueTrue)
	case 'f':
		return s.word("false", lo, hi, valueFalse)
	case 'n':
		return s.word("null", lo, hi, valueNull)
	}
	number := s.data[s.pos:]
	number = number[:numberLen(number)]
	s.pos += len(number)
	s.report(lo, hi, valueNumber, number)
	return len(number) > 0
}

func (s *scanner) report(lo, hi int, kind valueKind, text []byte) {
	for _, n := range s.nodes[lo:hi] {
		for _, id := range n.ids {
			s.finder.found(id, kind, text)
		}
	}
}

func (s *scanner) object(lo, hi, depth int) bool {
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return true
	}
	top := len(s.nodes)
	for {
		if s.peek() != '"' {
			return false
		}
		raw, escaped, ok := s.string()
		if !ok || s.peek() != ':' {
			return false
		}
		s.pos++
		if lo < hi {
			key := s.decoded(raw, escaped)
			for _, n := range s.nodes[lo:hi] {
				s.nodes = n.appendKey(s.nodes, key)
			}
		}
		ok = s.value(top, len(s.nodes), depth+1)
		s.nodes = s.nodes[:top]
		if more, valid := s.separator('}'); !ok || !more {
			return ok && valid
		}
	}
}

func (s *scanner) array(lo, hi, depth int) bool {
	s.pos++
	if s.peek() == ']' {
		s.pos++
		return true
	}
	top := len(s.nodes)
	for i := 0; ; i++ {
		for _, n := range s.nodes[lo:hi] {
			s.nodes = n.appendIndex(s.nodes, i)
		}
		ok := s.value(top, len(s.nodes), depth+1)
		s.nodes = s.nodes[:top]
		if more, valid := s.separator(']'); !ok || !more {
			return ok && valid
		}
	}
}

// separator reads a comma, after which more follows, or the closing delimiter.
func (s *scanner) separator(closing byte) (more, valid bool) {
	c := s.peek()
	s.pos++
	return c == ',', c == ',' || c == closing
}

func (s *scanner) word(word string, lo, hi int, kind valueKind) bool {
	end := s.pos + len(word)
	if end > len(s.data) || string(s.data[s.pos:end]) != word {
		return false
	}
	s.report(lo, hi, kind, s.data[s.pos:end])
	s.pos = end
	return true
}

// string reads a string and returns what stands between the quotes, and whether that contains escapes.
func (s *scanner) string() (raw []byte, escaped, ok bool) {
	data, start := s.data, s.pos+1
	for i := start; i < len(data); i++ {
		c := data[i]
		if !stopsString[c] {
			continue
		}
		if c == '"' {
			s.pos = i + 1
			return data[start:i], escaped, true
		}
		n := escapeLen(data[i:])
		if n == 0 {
			break
		}
		escaped = true
		i += n - 1
	}
	return nil, false, false
}

func (s *scanner) decoded(raw []byte, escaped bool) []byte {
	if !escaped {
		return raw
	}
	s.text = appendDecoded(s.text[:0], raw)
	return s.text
}

// stopsString marks the bytes that do not simply belong to a JSON string.
var stopsString = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// numberLen is the length of the JSON number b begins with, or 0. What may follow it is for the caller to judge.
func numberLen(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := digitRun(b[i:])
	if whole == 0 || whole > 1 && b[i] == '0' {
		return 0
	}
	i += whole
	if i < len(b) && b[i] == '.' {
		fraction := digitRun(b[i+1:])
		if fraction == 0 {
			return 0
		}
		i += 1 + fraction
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		exponent := digitRun(b[i:])
		if exponent == 0 {
			return 0
		}
		i += exponent
	}
	return i
}
