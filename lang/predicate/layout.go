package predicate

import "bytes"

// Layout says how many words a message has. Words are separated by spaces; text between [ and ] or between double quotes is one
// word, and these delimiters do not belong to it. White space at the end of the message does not count.
//
// Without a gap the last field takes the rest of the message, as it stands; with one, the words the gap swallows may be any number.
type Layout struct {
	Fields int `json:"fields"`        // how many fields are named
	Gap    int `json:"gap,omitempty"` // the field before which any number of words is skipped, Fields+1 for the end, 0 for no gap
}

// Word is one word of a message.
type Word struct {
	Text []byte // without delimiters; a slice of the message
	// Field is the field of the layout this word belongs to, from 1, or 0 if the gap swallowed it.
	Field int
}

// Split appends the words of the message to dst, in order, and reports whether there are as many as the layout needs.
func (l *Layout) Split(message []byte, dst []Word) ([]Word, bool) {
	base := len(dst)
	c := cutter{rest: bytes.TrimRight(message, " \t\r\n")}
	for {
		if l.Gap == 0 && len(dst)-base == l.Fields-1 {
			if text, ok := c.remainder(); ok {
				dst = append(dst, Word{Text: text})
			}
			break
		}
		text, ok := c.next()
		if !ok {
			break
		}
		dst = append(dst, Word{Text: text})
	}
	words := dst[base:]
	if len(words) < l.Fields {
		return dst, false
	}
	for f := 1; f <= l.Fields; f++ {
		words[l.position(f, len(words))].Field = f
	}
	return dst, true
}

// position is where field f stands among n words.
func (l *Layout) position(f, n int) int {
	if l.Gap == 0 || f < l.Gap {
		return f - 1
	}
	return n - 1 - (l.Fields - f)
}

// cutter cuts words off the front of a message. It remembers that a closing delimiter does not occur any more, so that a message
// full of opening ones is still read in linear time.
type cutter struct {
	rest                []byte
	noBracket, noQuotes bool
}

// next cuts one word; false means there is none left.
func (c *cutter) next() ([]byte, bool) {
	c.rest = bytes.TrimLeft(c.rest, " ")
	if len(c.rest) == 0 {
		return nil, false
	}
	closed := c.closing()
	end := bytes.IndexByte(c.rest[max(closed, 0):], ' ')
	if end < 0 {
		end = len(c.rest)
	} else {
		end += max(closed, 0)
	}
	word := c.rest[:end]
	c.rest = c.rest[end:]
	if closed == end-1 && closed > 0 {
		word = word[1:closed]
	}
	return word, true
}

// remainder cuts everything that is left as one word, stripped of delimiters only if they enclose all of it.
func (c *cutter) remainder() ([]byte, bool) {
	whole := bytes.TrimLeft(c.rest, " ")
	word, ok := c.next()
	if len(bytes.TrimLeft(c.rest, " ")) > 0 {
		word = whole
	}
	c.rest = nil
	return word, ok
}

// closing is the position of the delimiter that ends a delimited word at the front, or -1.
func (c *cutter) closing() int {
	var found int
	switch {
	case c.rest[0] == '[' && !c.noBracket:
		found = bytes.IndexByte(c.rest[1:], ']')
		c.noBracket = found < 0
	case c.rest[0] == '"' && !c.noQuotes:
		found = bytes.IndexByte(c.rest[1:], '"')
		c.noQuotes = found < 0
	default:
		return -1
	}
	if found < 0 {
		return -1
	}
	return found + 1
}
