package sigv4

import (
	"fmt"
	"net"
	"strings"
)

const (
	maxShown    = 4 << 10  // bytes of the canonical request that an error shows
	maxSearched = 16 << 10 // bytes of a canonical request whose cause of mismatch is searched for; it costs a dozen verifications
)

// mismatch is the refusal of a signature that fits no spelling of the request. It shows what the server computed, as AWS does,
// and then what AWS leaves to guessing: what is missing, what else was tried, and which single change would have made it fit.
func (s *Signature) mismatch(request *canonical, key signingKey, size int) error {
	ways := request.spellings(s.credential.Service)
	text := request.append(nil, ways[0])
	toSign := stringToSign(nil, s.stamp, s.credential, text)
	var b strings.Builder
	fmt.Fprintf(&b, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "+
		"signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'%s'\n\n"+
		"The String-to-Sign should have been\n'%s'\n", clip(s.masked(string(text)), maxShown), clip(string(toSign), maxShown))
	if n := len(ways) - 1; n > 0 {
		fmt.Fprintf(&b, "\nIt was also compared with %d other spelling(s) of the path, the blanks in headers and the session token.", n)
	}
	if absent := request.absent(); absent != "" {
		fmt.Fprintf(&b, "\nSigned headers that did not arrive, perhaps taken out by a proxy: %s.", absent)
	}
	fmt.Fprintf(&b, "\n%s", s.cause(request, key, len(text), size))
	return invalid("%s", b.String())
}

// masked hides the session token in a text for the customer, who knows it, because texts end in logs.
func (s *Signature) masked(text string) string {
	if s.token == "" {
		return text
	}
	mask := fmt.Sprintf("<session token of %d bytes>", len(s.token))
	return strings.ReplaceAll(strings.ReplaceAll(text, s.token, mask), escape(s.token, false), mask)
}

// absent lists the signed headers that the request does not have.
func (c *canonical) absent() string {
	var list []string
	for name := range strings.SplitSeq(c.names, ";") {
		if name != "host" && name != "content-length" && name != "transfer-encoding" && len(headerValues(c.header, name)) == 0 {
			list = append(list, name)
		}
	}
	return clip(strings.Join(list, ", "), maxQuoted)
}

// cause looks for the one change that makes the signature fit a request of so many canonical bytes and bytes of body. If there
// is none, the secret itself is the likeliest.
func (s *Signature) cause(request *canonical, key signingKey, length, size int) string {
	for _, suspect := range suspects {
		if length > maxSearched {
			break
		}
		changed := *request
		if suspect.change(&changed) && s.fits(&changed, key) {
			return "The cause: " + suspect.text
		}
	}
	return fmt.Sprintf("The likely causes: access key %s has another secret, or host (%s), path, query, a signed header or the body (%d bytes arrived) "+
		"was changed after signing.", s.credential.AccessKeyID, clip(request.host, maxQuoted), size)
}

// suspects are the known ways of signing another request than the one sent. A change reports whether it changed anything.
var suspects = [...]struct {
	text   string
	change func(*canonical) bool
}{
	{"the body was not signed (UNSIGNED-PAYLOAD); this operation wants its SHA-256.",
		func(c *canonical) bool { return set(&c.payload, unsignedPayload) }},
	{"an empty body was signed, but one with content arrived.",
		func(c *canonical) bool { return set(&c.payload, emptyPayload) }},
	{"the host was signed without its port, but sent with it.",
		func(c *canonical) bool { return set(&c.host, hostname(c.host)) }},
	{"the host was signed with port 443, but sent without it.",
		func(c *canonical) bool { return set(&c.host, hostname(c.host)+":443") }},
	{"the host was signed with port 80, but sent without it.",
		func(c *canonical) bool { return set(&c.host, hostname(c.host)+":80") }},
	{"it was signed as POST, but sent with another method (boto3: generate_presigned_url takes HttpMethod).",
		func(c *canonical) bool { return set(&c.method, "POST") }},
	{"it was signed as GET, but sent with another method.",
		func(c *canonical) bool { return set(&c.method, "GET") }},
	{"the query was signed with blanks (%20), but sent with plus signs; send %20.", blanksForPlus},
}

func set(field *string, value string) bool {
	changed := *field != value
	*field = value
	return changed
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func blanksForPlus(c *canonical) bool {
	changed := false
	query := make([]parameter, len(c.query))
	for i, p := range c.query {
		query[i] = parameter{strings.ReplaceAll(p.name, "%2B", "%20"), strings.ReplaceAll(p.value, "%2B", "%20")}
		changed = changed || query[i] != p
	}
	c.query = query
	return changed
}
