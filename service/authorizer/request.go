package authorizer

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The names under which clients present authorizer and signature. The token has the name that its authorizer gives it.
// (aws: iot/custom-auth#custom-auth-connect)
const (
	nameParameter      = "x-amz-customauthorizer-name"
	signatureParameter = "x-amz-customauthorizer-signature"
)

// Request is what a client presents that wants in.
type Request struct {
	// Default is the authorizer of the client's domain, for clients that name none; "" leaves that to the account's default.
	Default string
	// Fixed keeps clients from naming another authorizer than Default.
	Fixed bool
	// TLS says that the connection is one; ServerName is what its handshake named, "" if nothing.
	TLS        bool
	ServerName string
	HTTP       *HTTP // nil: not HTTP; for MQTT over WebSocket the upgrade
	MQTT       *MQTT // nil: not MQTT
	// Connection is the id of the connection, a UUID: functions may log it. HTTP requests of one connection have the same.
	Connection string
}

// HTTP is what an HTTP request presents.
type HTTP struct {
	Header   http.Header
	RawQuery string // without the question mark
}

// MQTT is what a CONNECT presents.
type MQTT struct {
	Username string
	Password []byte
	ClientID string
}

// Names reports whether the client asks for a custom authorizer by name, or presents anything that only one could judge. Where a
// listener knows other ways to authenticate, that decides between them.
func (r *Request) Names() bool {
	p, err := r.parameters()
	return err != nil || p.get(nameParameter) != "" || p.get(signatureParameter) != ""
}

// SplitUsername divides an MQTT user name of the form user?name=value&name=value, in which clients that know no headers present their
// parameters. Values are percent-encoded; a plus sign is a plus sign, as base64 holds them. (aws: iot/custom-auth#custom-auth-mqtt)
func SplitUsername(username string) (user string, parameters map[string]string, err error) {
	user, query, _ := strings.Cut(username, "?")
	parameters, err = parseQuery(query)
	return user, parameters, err
}

func parseQuery(query string) (map[string]string, error) {
	list := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, errKey := url.PathUnescape(name)
		text, errValue := url.PathUnescape(value)
		if errKey != nil || errValue != nil {
			return nil, fmt.Errorf("the parameter %q is not percent-encoded well", name)
		}
		list[key] = text
	}
	return list, nil
}

// parameters are what a request presents by name, the user name first, then the query, then the headers.
type parameters struct {
	username, query map[string]string
	header          http.Header
}

func (r *Request) parameters() (p parameters, err error) {
	if r.MQTT != nil {
		if _, p.username, err = SplitUsername(r.MQTT.Username); err != nil {
			return p, fmt.Errorf("MQTT user name: %w", err)
		}
	}
	if r.HTTP != nil {
		p.header = r.HTTP.Header
		if p.query, err = parseQuery(r.HTTP.RawQuery); err != nil {
			return p, fmt.Errorf("query: %w", err)
		}
	}
	return p, nil
}

func (p *parameters) get(name string) string {
	if name == "" {
		return ""
	}
	for _, from := range []map[string]string{p.username, p.query} {
		if v := from[name]; v != "" {
			return v
		}
	}
	for header, values := range p.header { // TestInvokeAuthorizer keeps the spelling it was given
		if strings.EqualFold(header, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}
