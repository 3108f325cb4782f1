package policy

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// order is a set of outcomes of a comparison.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

func (o order) has(compared int) bool { return o&(less<<(compared+1)) != 0 }

type numberTest struct {
	want  order
	bound float64
}

func numeric(want order) func(string, bool) (test, error) {
	return func(s string, _ bool) (test, error) {
		n, ok := readNumber(s)
		if !ok {
			return nil, errors.New("is not a number")
		}
		return &numberTest{want, n}, nil
	}
}

func (t *numberTest) match(value string, _ Context) bool {
	n, ok := readNumber(value)
	return ok && t.want.has(cmp.Compare(n, t.bound))
}

func readNumber(s string) (float64, bool) {
	if strings.Trim(s, "0123456789.+-eE") != "" { // ParseFloat knows infinities and hexadecimals, too.
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func isNumber(s string) bool { _, ok := readNumber(s); return ok }

type dateTest struct {
	want  order
	bound time.Time
}

func date(want order) func(string, bool) (test, error) {
	return func(s string, _ bool) (test, error) {
		t, ok := readDate(s)
		if !ok {
			return nil, errors.New("is not a date")
		}
		return &dateTest{want, t}, nil
	}
}

func (t *dateTest) match(value string, _ Context) bool {
	d, ok := readDate(value)
	return ok && t.want.has(d.Compare(t.bound))
}

func readDate(s string) (time.Time, bool) {
	if strings.IndexByte(s, '-') <= 0 { // An ISO date has a hyphen after its year; seconds have none but a sign.
		seconds, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(seconds, 0), err == nil
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isDate(s string) bool { _, ok := readDate(s); return ok }

// boolTest compares truth values, in any case.
type boolTest string

func truth(s string, _ bool) (test, error) {
	if !strings.EqualFold(s, "true") && !strings.EqualFold(s, "false") {
		return nil, errors.New("is not a truth value")
	}
	return boolTest(s), nil
}

func (t boolTest) match(value string, _ Context) bool { return strings.EqualFold(value, string(t)) }

// binaryTest holds base64 text; requests carry binary values in the same form.
type binaryTest string

func binary(s string, _ bool) (test, error) {
	if _, err := base64.StdEncoding.Strict().DecodeString(s); err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("is not base64")
	}
	return binaryTest(s), nil
}

func (t binaryTest) match(value string, _ Context) bool { return value == string(t) }

type networkTest struct{ prefix netip.Prefix }

func network(s string, _ bool) (test, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return nil, errors.New("is not an IP address or CIDR block")
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	return &networkTest{prefix.Masked()}, nil
}

func (t *networkTest) match(value string, _ Context) bool {
	addr, err := netip.ParseAddr(value)
	return err == nil && t.prefix.Contains(addr.Unmap())
}

func isAddress(s string) bool { _, err := netip.ParseAddr(s); return err == nil }
