package rules

import (
	"net/url"
	"strings"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// parseTags reads the tags of a new rule, which stand in a header as the query of an URL: key=value&key=value.
// (aws: iot/API_CreateTopicRule#iot-CreateTopicRule-request-tags)
func parseTags(op, text string) ([]iot.Tag, error) {
	var list []iot.Tag
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, errKey := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errKey != nil || errValue != nil || key == "" {
			return nil, refuse(op, fault.Invalid, "The tags %q are not of the form key=value&key=value.", text).Named(iot.InvalidRequestException)
		}
		list = append(list, iot.Tag{Key: key, Value: value})
	}
	return list, nil
}
