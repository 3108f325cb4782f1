package state

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

type word string

type small uint8

func TestKeyParts(t *testing.T) {
	f := func(parts ...any) {
		t.Helper()
		key := K(parts...)
		got, err := key.Parts()
		if err != nil || !reflect.DeepEqual(got, parts) {
			t.Errorf("K(%#v).Parts() = %#v, %v", parts, got, err)
		}
		text, _ := key.MarshalText()
		var back Key
		if err := back.UnmarshalText(text); err != nil || back != key {
			t.Errorf("text of %s came back as %s, %v", key, back, err)
		}
	}
	f()
	f("")
	f("", "", "a")
	f("a\x00\x01\x02\x03\x04", "ä€𐀀")
	f(int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64))
	f("p0000000000001", int64(1), "n")
	f("not UTF-8 \xff")

	if got, want := K(word("w"), small(7), uint64(8), 9), K("w", 7, 8, int64(9)); got != want {
		t.Errorf("named and unsigned types: %s, want %s", got, want)
	}
	if got, want := K("a", -5).String(), `("a", -5)`; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	if got, want := K("a").With(1, "b"), K("a", 1, "b"); got != want {
		t.Errorf("With = %s, want %s", got, want)
	}
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "1.5") {
			t.Errorf("K(1.5): recovered %v", got)
		}
	}()
	K(1.5)
}

func TestKeyUnmarshalText(t *testing.T) {
	f := func(raw, want string) {
		t.Helper()
		text, _ := Key{raw}.MarshalText()
		var key Key
		if err := key.UnmarshalText(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("key %q: got %s and error %v, want %q", raw, key, err, want)
		}
		text, _ = Cursor{Key{raw}, K("x")}.MarshalText()
		if err := new(Cursor).UnmarshalText(text); err == nil {
			t.Errorf("cursor with %q was accepted", raw)
		}
	}
	f("a", "no end")
	f("a\x02b", "at byte 2")
	f("a\x00\x02", "not escaped")
	f("\x03\x04a\x00\x02", "not escaped")
	f("\x03\x02", "escape")
	f("\x03\x08\x02", "escape")
	f("\x01\x02", "digits")
	f("\x01p000000000000G\x02", "digits")
	f("\x01p000000000000w\x02", "invalid syntax")
	f("\x01pvvvvvvvvvvvvv\x02", "out of range")
	f("\x01n0000000000001\x02", "wrong sign")
	f("\x01x0000000000001\x02", "wrong sign")
	if err := new(Key).UnmarshalText([]byte("a=")); err == nil {
		t.Error("padded base64 was accepted")
	}
	for _, text := range []string{"!", "YQ", "YQIAYQI\n"} {
		if err := new(Cursor).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("cursor %q was accepted", text)
		}
	}
}

// compareTuples is the order that keys promise.
func compareTuples(a, b []any) int {
	for i := range min(len(a), len(b)) {
		x, xInt := a[i].(int64)
		y, yInt := b[i].(int64)
		var c int
		switch {
		case xInt && yInt:
			c = cmp.Compare(x, y)
		case xInt:
			c = -1
		case yInt:
			c = +1
		default:
			c = strings.Compare(a[i].(string), b[i].(string))
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func TestKeyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("\x00\x01\x02\x03\x04ab\u007fä\uD7FF\uE000\U0010FFFF")
	tuple := func() []any {
		parts := make([]any, random.IntN(4))
		for i := range parts {
			if random.IntN(3) == 0 {
				parts[i] = int64(random.Uint64()) >> random.IntN(64)
				continue
			}
			s := make([]rune, random.IntN(4))
			for j := range s {
				s[j] = letters[random.IntN(len(letters))]
			}
			parts[i] = string(s)
		}
		return parts
	}
	for range 200_000 {
		a, b := tuple(), tuple()
		ka, kb := K(a...), K(b...)
		if got, want := ka.Compare(kb), compareTuples(a, b); got != want {
			t.Fatalf("%s compared with %s = %d, want %d", ka, kb, got, want)
		}
		prefix := len(a) <= len(b) && compareTuples(a, b[:min(len(a), len(b))]) == 0
		if got := kb.HasPrefix(ka); got != prefix {
			t.Fatalf("%s has prefix %s = %v, want %v", kb, ka, got, prefix)
		}
		if kb.check() == nil {
			if inRange := kb.text >= ka.text && kb.text < ka.end(); inRange != prefix {
				t.Fatalf("%s in the range of prefix %s = %v, want %v", kb, ka, inRange, prefix)
			}
			if got, want := kb.text >= ka.next(), ka.Compare(kb) < 0; got != want && !ka.IsZero() {
				t.Fatalf("%s comes after %s = %v, want %v", kb, ka, got, want)
			}
		}
	}
}

// Whatever is accepted is exactly what K writes.
func FuzzKey(f *testing.F) {
	f.Add([]byte("a\x02\x01p0000000000001\x02\x03\x04\x02"))
	f.Add([]byte("\x01n" + strings.Repeat("v", 13) + "\x02"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		parts, err := Key{string(raw)}.Parts()
		if err != nil {
			return
		}
		if back := K(parts...); back.text != string(raw) {
			t.Errorf("%q was read as %#v, which is written as %q", raw, parts, back.text)
		}
	})
}

func FuzzCursor(f *testing.F) {
	text, _ := Cursor{K("a", 1), K("b")}.MarshalText()
	f.Add(text)
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c Cursor
		if c.UnmarshalText(text) != nil {
			return
		}
		if back, _ := c.MarshalText(); string(back) != string(text) {
			t.Errorf("%q was read as %v, which is written as %q", text, c, back)
		}
	})
}
