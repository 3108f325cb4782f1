package wire

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"

	"telltale/base/fault"
)

// ReadBody reads a request body of at most MaxBody bytes.
func ReadBody(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return nil, fault.New("wire.ReadBody", fault.Invalid, "the request body could not be read: %s", err)
	}
	if len(body) > MaxBody {
		return nil, tooLarge("the request body")
	}
	return body, nil
}

// Inflate undoes the Content-Encoding of a body: none, identity or gzip. Signatures cover the body as sent, so they are checked
// before.
func Inflate(contentEncoding string, body []byte) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(contentEncoding)) {
	case "", "identity":
		return body, nil
	case "gzip":
	default:
		return nil, fault.New("wire.Inflate", fault.Invalid, "Content-Encoding %.40q is not known: use gzip or none", contentEncoding).Named(SerializationException)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, notGzip(err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, MaxBody+1))
	if err != nil {
		return nil, notGzip(err)
	}
	if len(plain) > MaxBody {
		return nil, tooLarge("the decompressed request body")
	}
	return plain, nil
}

func notGzip(err error) error {
	return fault.New("wire.Inflate", fault.Invalid, "the request body says it is gzip, but is not: %s", err).Named(SerializationException)
}

func tooLarge(what string) error {
	return fault.New("wire.ReadBody", fault.Invalid, "%s is larger than the %d bytes allowed", what, MaxBody).Named(RequestEntityTooLarge)
}
