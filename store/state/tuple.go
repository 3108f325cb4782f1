package state

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// The bytes that give an encoded key its structure. They sort below every byte a string may contribute, so
// comparing encoded keys byte by byte compares the tuples component by component. None of them is NUL, which
// PostgreSQL does not accept in text.
const (
	keyInt    = '\x01' // starts an integer; integers sort before strings
	keyEnd    = '\x02' // ends every component
	keyEscape = '\x03' // followed by keyShift+b it stands for a content byte b of 0 to 3
	keyShift  = '\x04'
)

const (
	keyNegative = 'n'
	keyPositive = 'p'
	keyDigits   = 13 // a uint64 in base 32
)

func appendString(buf []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < keyShift {
			buf = append(buf, keyEscape, keyShift+s[i])
		} else {
			buf = append(buf, s[i])
		}
	}
	return append(buf, keyEnd)
}

func appendInt(buf []byte, n int64) []byte {
	if n >= 0 {
		return appendUint(buf, uint64(n))
	}
	return appendDigits(append(buf, keyInt, keyNegative), uint64(n)) // two's complement sorts right among negatives
}

func appendUint(buf []byte, n uint64) []byte {
	return appendDigits(append(buf, keyInt, keyPositive), n)
}

func appendDigits(buf []byte, n uint64) []byte {
	for shift := 5 * (keyDigits - 1); shift >= 0; shift -= 5 {
		buf = append(buf, "0123456789abcdefghijklmnopqrstuv"[n>>shift&31])
	}
	return append(buf, keyEnd)
}

func appendNamed(buf []byte, v reflect.Value) []byte {
	switch {
	case v.Kind() == reflect.String:
		return appendString(buf, v.String())
	case v.IsValid() && v.CanInt():
		return appendInt(buf, v.Int())
	case v.IsValid() && v.CanUint():
		return appendUint(buf, v.Uint())
	}
	panic(fmt.Sprintf("state.K: a part of a key is a string or an integer, not %v", v))
}

// cutPart reads one component of a non-empty encoded key. It accepts exactly what the append functions write.
func cutPart(text string) (part any, rest string, err error) {
	body, rest, ended := strings.Cut(text, string(keyEnd))
	switch {
	case !ended:
		return nil, "", errors.New("the component has no end")
	case body != "" && body[0] == keyInt:
		part, err = readInt(body[1:])
	default:
		part, err = readString(body)
	}
	return part, rest, err
}

func readInt(body string) (any, error) {
	if len(body) != 1+keyDigits || strings.ToLower(body) != body {
		return nil, fmt.Errorf("%q is not a sign and %d digits", body, keyDigits)
	}
	n, err := strconv.ParseUint(body[1:], 32, 64)
	if err != nil {
		return nil, err
	}
	negative := int64(n) < 0
	switch {
	case body[0] == keyNegative && negative, body[0] == keyPositive && !negative:
		return int64(n), nil
	case body[0] == keyPositive:
		return n, nil
	}
	return nil, fmt.Errorf("%q has the wrong sign", body)
}

func readString(body string) (string, error) {
	if strings.IndexByte(body, keyEscape) < 0 {
		if i := strings.IndexFunc(body, func(r rune) bool { return r < keyEscape }); i >= 0 {
			return "", fmt.Errorf("byte %#x is not escaped", body[i])
		}
		return body, nil
	}
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		b := body[i]
		switch {
		case b < keyEscape:
			return "", fmt.Errorf("byte %#x is not escaped", b)
		case b != keyEscape:
			out = append(out, b)
		case i+1 == len(body) || body[i+1] < keyShift || body[i+1] > keyShift+3:
			return "", errors.New("the escape is not followed by a code of 4 to 7")
		default:
			i++
			out = append(out, body[i]-keyShift)
		}
	}
	return string(out), nil
}
