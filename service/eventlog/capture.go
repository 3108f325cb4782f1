package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/redact"
)

// The ways to show a payload.
const (
	encodingText = "text"
	encodingHex  = "hex"
	encodingHash = "sha256" // tells equal payloads from different ones, and no more
)

// capture shows payloads in entries. It is an event.Capture.
type capture struct {
	encoding string
	limit    int
	hidden   []redact.Path
}

// Payload writes the payload as it may be shown, how it is written, and its size. What should be redacted and is not JSON is only
// hashed, and what is no text is written in hexadecimal digits.
func (c *capture) Payload(w *event.Writer, payload []byte) {
	encoding, shown := c.encoding, payload
	if len(c.hidden) > 0 {
		clean, ok := redact.JSON(payload, c.hidden)
		if shown = clean; !ok {
			encoding, shown = encodingHash, payload
		}
	}
	if encoding == encodingText && !utf8.Valid(shown) {
		encoding = encodingHex
	}
	short := c.shorten(encoding, shown)
	w.Str("payload", encodings[encoding](short))
	w.Str("payloadEncoding", encoding)
	w.Int("payloadSize", int64(len(payload)))
	if len(short) < len(shown) {
		w.Bool("payloadTruncated", true)
	}
}

// shorten cuts a payload to the limit, text between two characters. A hash is of the whole.
func (c *capture) shorten(encoding string, shown []byte) []byte {
	if encoding == encodingHash || len(shown) <= c.limit {
		return shown
	}
	end := c.limit
	for encoding == encodingText && end > 0 && !utf8.RuneStart(shown[end]) {
		end--
	}
	return shown[:end]
}

var encodings = map[string]func([]byte) string{
	encodingText: func(p []byte) string { return string(p) },
	encodingHex:  hex.EncodeToString,
	encodingHash: func(p []byte) string {
		sum := sha256.Sum256(p)
		return hex.EncodeToString(sum[:])
	},
}

// capture is how payloads of an origin are shown; nil: not at all.
func (s *settings) capture(o *caller.Origin, groups Groups) event.Capture {
	if c, ok := s.captures.find(o, groups, (*capture).showsLess); ok {
		return c
	}
	return nil
}

// showsLess decides between groups of equal depth.
func (c *capture) showsLess(d *capture) bool { return c.limit < d.limit }
