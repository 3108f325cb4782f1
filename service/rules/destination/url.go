package destination

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// maxURL is the length of a URL. (aws: general/iot-core#http-action-limits)
const maxURL = 2000

// CheckURL says why a URL may not be posted to, or nil. plain allows http:// and any port on loopback addresses.
// (aws: iot/https-rule-action, general/iot-core#http-action-limits)
func CheckURL(text string, plain bool) error {
	u, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("the URL %.200q cannot be read: %w", text, err)
	}
	loopback := plain && isLoopback(u.Hostname())
	switch {
	case len(text) > maxURL:
		return fmt.Errorf("the URL has %d characters; allowed are %d", len(text), maxURL)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback):
		return fmt.Errorf("the URL %.200q must begin with https://%s", text, loopbackToo(plain, ", or with http:// and a loopback name"))
	case u.Hostname() == "":
		return fmt.Errorf("the URL %.200q names no host", text)
	case strings.Contains(u.Host, "["):
		return fmt.Errorf("the URL %.200q names an IPv6 address; use a host name or an IPv4 address", text)
	case u.User != nil:
		return fmt.Errorf("the URL holds a user name or password; use headers or auth instead")
	case u.Fragment != "":
		return fmt.Errorf("the URL %.200q has a fragment (#…), which is never sent", text)
	case !loopback && u.Port() != "" && u.Port() != "443" && u.Port() != "8443":
		return fmt.Errorf("the URL %.200q names port %s; allowed are 443 and 8443%s", text, u.Port(), loopbackToo(plain, ", and any on a loopback name"))
	}
	return nil
}

func loopbackToo(plain bool, words string) string {
	if plain {
		return words
	}
	return ""
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
