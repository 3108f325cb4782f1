package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const httpDate = http.TimeFormat

// ParseBool reads "true" or "false" in any case.
func ParseBool(text string) (bool, error) {
	switch {
	case strings.EqualFold(text, "true"):
		return true, nil
	case strings.EqualFold(text, "false"):
		return false, nil
	}
	return false, fmt.Errorf("the value %.40q must be true or false", text)
}

// ParseInt reads a decimal integer of the given number of bits. A fraction of zeros and an exponent are allowed, as in 3.0 and 1e3.
func ParseInt(text string, bits int) (int64, error) {
	i, err := strconv.ParseInt(text, 10, bits)
	if err == nil {
		return i, nil
	}
	if f, ferr := strconv.ParseFloat(text, 64); ferr == nil && !errors.Is(err, strconv.ErrRange) && f == math.Trunc(f) && math.Abs(f) < math.Ldexp(1, min(bits-1, 53)) {
		return int64(f), nil
	}
	return 0, fmt.Errorf("the value %.40q must be an integer of %d bits", text, bits)
}

// ParseFloat reads a number, NaN, Infinity or -Infinity.
func ParseFloat(text string) (float64, error) {
	switch text {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(text, "xX_") {
		return 0, fmt.Errorf("the value %.40q must be a number, NaN, Infinity or -Infinity", text)
	}
	return f, nil
}

// ParseBlob reads base64, with or without padding.
func ParseBlob(text string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("the value %.40q must be base64", text)
	}
	return b, nil
}

func encodeBlob(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// The years a timestamp may fall in, as epoch seconds.
const (
	firstSecond = -62135596800 // 0001-01-01
	lastSecond  = 253402300799 // 9999-12-31
)

// ParseTime reads a timestamp: ISO 8601, epoch seconds with or without fraction, or an HTTP date.
func ParseTime(text string) (time.Time, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return EpochTime(f)
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05Z0700", "2006-01-02", httpDate} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("the value %.40q must be a timestamp: ISO 8601, epoch seconds or an HTTP date", text)
}

// EpochTime turns epoch seconds into a time, to the microsecond: a float64 holds no more.
func EpochTime(seconds float64) (time.Time, error) {
	if math.IsNaN(seconds) || seconds < firstSecond || seconds > lastSecond {
		return time.Time{}, fmt.Errorf("the timestamp %g must be in the years 1 to 9999, in seconds since 1970", seconds)
	}
	whole := math.Floor(seconds)
	micros := math.Round((seconds - whole) * 1e6)
	return time.Unix(int64(whole), int64(micros)*1000).UTC(), nil
}

// AppendEpoch appends epoch seconds, with three decimals when the time has milliseconds.
func AppendEpoch(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	return strconv.AppendFloat(dst, float64(ms)/1000, 'f', 3, 64)
}

// AppendISO appends ISO 8601 in UTC, with milliseconds when the time has some.
func AppendISO(dst []byte, t time.Time) []byte {
	return t.UTC().Truncate(time.Millisecond).AppendFormat(dst, "2006-01-02T15:04:05.999Z")
}
