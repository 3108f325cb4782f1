package state

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxKey is the longest key in encoded bytes. Two of them fit into one index entry of PostgreSQL.
const MaxKey = 1024

// Key is a tuple of strings and integers in a form that sorts like the tuple: first by the first component,
// then by the second, and so on; a shorter tuple sorts before its extensions, integers before strings.
// As a prefix it matches whole components only: K("a") matches K("a", "x") and K("a"), never K("ab").
// The zero Key is the empty tuple: the prefix of everything and the position before everything.
type Key struct{ text string }

// K returns the key made of the parts. A part is a string or an integer of any size, or a type based on one;
// any other type is a mistake in the program and panics.
func K(parts ...any) Key {
	buf := make([]byte, 0, 96)
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			buf = appendString(buf, p)
		case int:
			buf = appendInt(buf, int64(p))
		case int64:
			buf = appendInt(buf, p)
		case uint64:
			buf = appendUint(buf, p)
		default:
			buf = appendNamed(buf, reflect.ValueOf(part))
		}
	}
	return Key{string(buf)}
}

// With returns the key extended by more parts.
func (k Key) With(parts ...any) Key { return Key{k.text + K(parts...).text} }

// Begins returns a prefix that matches every key that has the components of k and then a string beginning with s.
// It is the one prefix that ends inside a component; it is not a key of a row.
func (k Key) Begins(s string) Key {
	buf := append([]byte(k.text), appendString(nil, s)...)
	return Key{string(buf[:len(buf)-1])}
}

// IsZero reports whether k is the empty tuple.
func (k Key) IsZero() bool { return k.text == "" }

// Compare returns -1, 0 or +1 as k sorts before, with or after other.
func (k Key) Compare(other Key) int { return strings.Compare(k.text, other.text) }

// HasPrefix reports whether a scan of the prefix would meet k.
func (k Key) HasPrefix(prefix Key) bool { return strings.HasPrefix(k.text, prefix.text) }

// Parts returns the components: string, int64, or uint64 for integers beyond int64.
func (k Key) Parts() ([]any, error) {
	var parts []any
	for rest := k.text; rest != ""; {
		part, tail, err := cutPart(rest)
		if err != nil {
			return nil, fmt.Errorf("state: malformed key at byte %d: %w", len(k.text)-len(rest), err)
		}
		parts, rest = append(parts, part), tail
	}
	return parts, nil
}

// String shows the components for people, for example ("123456789012", "eu-west-1", 7).
func (k Key) String() string {
	parts, err := k.Parts()
	if err != nil {
		return strconv.Quote(k.text)
	}
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(", ")
		}
		if s, ok := part.(string); ok {
			b.WriteString(strconv.Quote(s))
		} else {
			fmt.Fprint(&b, part)
		}
	}
	return "(" + b.String() + ")"
}

// MarshalText returns a form that is safe in URLs and page tokens. It hides nothing and is not signed; a scan
// stays within its prefix whatever position it is given.
func (k Key) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, []byte(k.text)), nil
}

// UnmarshalText reads what MarshalText wrote and refuses everything else.
func (k *Key) UnmarshalText(text []byte) error {
	raw, err := decodeToken(text)
	if err != nil {
		return fmt.Errorf("state: key: %w", err)
	}
	read := Key{raw}
	if _, err := read.Parts(); err != nil {
		return err
	}
	*k = read
	return nil
}

// decodeToken reads unpadded base64url. The standard decoder would skip line breaks, giving one token many spellings.
func decodeToken(text []byte) (string, error) {
	if bytes.ContainsAny(text, "\r\n") {
		return "", errors.New("a line break in base64url")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	return string(raw), err
}

// check refuses keys that a row or an index entry cannot have.
func (k Key) check() error {
	switch {
	case k.text == "":
		return errors.New("the key is empty")
	case len(k.text) > MaxKey:
		return fmt.Errorf("the key has %d bytes; allowed are %d", len(k.text), MaxKey)
	case !utf8.ValidString(k.text):
		return fmt.Errorf("the key %s is not UTF-8", k)
	case k.text[len(k.text)-1] != keyEnd:
		return fmt.Errorf("the key %s is a prefix made by Begins", k)
	case strings.HasPrefix(k.text, keyLast):
		return fmt.Errorf("the key %s begins with the character U+10FFFF", k)
	}
	return nil
}

// keyLast sorts after every key of a row: check refuses keys that begin with it.
const keyLast = string(utf8.MaxRune)

// end returns the first text after all keys with the prefix k.
// It steps the last character, not the last byte, so that the bound is valid UTF-8 too.
func (k Key) end() string {
	for text := k.text; text != ""; {
		r, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
		switch r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // the surrogates follow
			return text + "\uE000"
		default:
			return text + string(r+1)
		}
	}
	return keyLast
}

// next returns the first text that a key after k can have. What extends a key begins with keyInt or above.
func (k Key) next() string {
	if k.text == "" {
		return ""
	}
	return k.text + string(keyInt)
}
