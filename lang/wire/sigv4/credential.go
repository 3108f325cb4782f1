package sigv4

import "strings"

// parseCredential reads "keyid/date/region/service/aws4_request".
func parseCredential(text string) (Credential, error) {
	parts := strings.SplitN(text, "/", 6)
	if len(parts) != 5 {
		return Credential{}, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/%s, got '%s'.",
			terminator, clip(text, maxQuoted))
	}
	c := Credential{AccessKeyID: parts[0], Date: parts[1], Region: parts[2], Service: parts[3]}
	switch {
	case c.AccessKeyID == "" || len(c.AccessKeyID) > maxAccessKeyID:
		return Credential{}, incomplete("Credential must begin with an access key id of 1 to %d bytes, got %d.", maxAccessKeyID, len(c.AccessKeyID))
	case !isDate(c.Date):
		return Credential{}, incomplete("Credential must name its date as YYYYMMDD in second place, got '%s'.", clip(c.Date, maxQuoted))
	case c.Region == "":
		return Credential{}, incomplete("Credential must name a region in third place, got '%s'.", clip(text, maxQuoted))
	case c.Service == "":
		return Credential{}, incomplete("Credential must name a service in fourth place, got '%s'.", clip(text, maxQuoted))
	case parts[4] != terminator:
		return Credential{}, incomplete("Credential must end with '%s', got '%s'.", terminator, clip(parts[4], maxQuoted))
	}
	return c, nil
}

func isDate(s string) bool {
	if len(s) != len("20060102") {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
