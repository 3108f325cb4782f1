package sigv4

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// canonical is a request as far as a signature covers it.
type canonical struct {
	method   string
	path     string // as on the wire
	host     string // with the port if one was sent
	length   int64  // of the body as sent, negative if unknown
	transfer []string
	header   http.Header
	query    []parameter
	names    string // signed headers
	payload  string // hash of the body, or the word that stands for it
}

// parameter is a parameter of the query, escaped in the one way that is signed.
type parameter struct{ name, value string }

// spelling is one way in which some client writes a request before it signs it.
type spelling struct {
	path      string
	foldTabs  bool // tabs within a header value count as blanks: botocore, Java and JavaScript do so, Go and the manual do not
	omitToken bool // the session token is added to the query after signing
}

func newCanonical(r *http.Request, presigned bool, names, payload string) *canonical {
	c := &canonical{
		method: r.Method, path: rawPath(r), host: r.Host, length: r.ContentLength, transfer: r.TransferEncoding,
		header: r.Header, query: canonicalQuery(r.URL.RawQuery, presigned), names: names, payload: payload,
	}
	if c.host == "" { // a request that is about to be sent
		c.host = r.URL.Host
	}
	if c.method == "" {
		c.method = http.MethodGet
	}
	return c
}

// canonicalQuery lists the parameters of a query in the order in which they are signed. The signature of a presigned request
// is not part of it.
func canonicalQuery(raw string, presigned bool) []parameter {
	if raw == "" {
		return nil
	}
	list := make([]parameter, 0, strings.Count(raw, "&")+1)
	for name, value := range parameters(raw) {
		if presigned && name == querySignature {
			continue
		}
		list = append(list, parameter{escape(name, false), escape(value, false)})
	}
	slices.SortFunc(list, func(a, b parameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	return list
}

// spellings lists how a request may have been written when it was signed for a service, the most common way first.
func (c *canonical) spellings(service string) []spelling {
	first, second := pathSpellings(c.path, service)
	list := append(make([]spelling, 0, 4), spelling{path: first})
	if second != first {
		list = append(list, spelling{path: second})
	}
	if c.hasTab() {
		for _, s := range list {
			list = append(list, spelling{path: s.path, foldTabs: true})
		}
	}
	// Most clients of the device gateway add the token after signing, some before: the common way goes first.
	if service == serviceGateway && slices.ContainsFunc(c.query, func(p parameter) bool { return p.name == queryToken }) {
		signed := slices.Clone(list)
		for i := range list {
			list[i].omitToken = true
		}
		list = append(list, signed...)
	}
	return list
}

func (c *canonical) hasTab() bool {
	for name := range strings.SplitSeq(c.names, ";") {
		for _, value := range headerValues(c.header, name) {
			if strings.Contains(strings.Trim(value, " \t"), "\t") {
				return true
			}
		}
	}
	return false
}

// append writes the canonical request: method, path, query, headers, their names, and the hash of the body.
func (c *canonical) append(dst []byte, s spelling) []byte {
	dst = append(append(dst, c.method...), '\n')
	dst = append(append(dst, s.path...), '\n')
	separator := false
	for _, p := range c.query {
		if s.omitToken && p.name == queryToken {
			continue
		}
		if separator {
			dst = append(dst, '&')
		}
		separator = true
		dst = append(append(append(dst, p.name...), '='), p.value...)
	}
	dst = append(dst, '\n')
	for name := range strings.SplitSeq(c.names, ";") {
		dst = c.appendHeader(append(append(dst, name...), ':'), name, s.foldTabs)
		dst = append(dst, '\n')
	}
	dst = append(append(append(dst, '\n'), c.names...), '\n')
	return append(dst, c.payload...)
}

// appendHeader writes the value of one signed header. Three of them net/http keeps outside the header, or may do so.
func (c *canonical) appendHeader(dst []byte, name string, tabs bool) []byte {
	switch {
	case name == "host":
		return appendFolded(dst, c.host, tabs)
	case name == "content-length" && c.length >= 0:
		return strconv.AppendInt(dst, c.length, 10)
	}
	values := headerValues(c.header, name)
	if name == "transfer-encoding" {
		values = c.transfer
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFolded(dst, v, tabs)
	}
	return dst
}

// stringToSign is what the signing key signs, given the canonical request.
func stringToSign(dst []byte, stamp string, c Credential, request []byte) []byte {
	hash := sha256.Sum256(request)
	dst = append(append(append(dst, algorithm...), '\n'), stamp...)
	for _, part := range [...]string{"\n", c.Date, "/", c.Region, "/", c.Service, "/", terminator, "\n"} {
		dst = append(dst, part...)
	}
	return hex.AppendEncode(dst, hash[:])
}

// sign is HMAC-SHA256.
func sign(key []byte, text []byte) (mac [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	h.Sum(mac[:0])
	return mac
}
