package topic

import "strings"

const sharedPrefix = "$share/"

// ParseShared splits a shared subscription "$share/group/filter". For any other filter the group is empty and the
// filter returned as it is. The filter inside is not validated, only required.
//
// [MQTT-4.8.2-1] [MQTT-4.8.2-2]
func ParseShared(s string) (group, filter string, err error) {
	rest, shared := strings.CutPrefix(s, sharedPrefix)
	if !shared {
		if s == "$share" {
			return "", "", &Error{s, `a shared subscription needs the form "$share/group/filter"`, "MQTT-4.8.2-2"}
		}
		return "", s, nil
	}
	group, filter, found := strings.Cut(rest, "/")
	switch {
	case group == "":
		return "", "", &Error{s, "the name of the share is empty; it needs at least one character", "MQTT-4.8.2-1"}
	case strings.ContainsAny(group, "+#"):
		return "", "", &Error{s, `the name of the share contains a wildcard; "+" and "#" are not allowed`, "MQTT-4.8.2-1"}
	case !found || filter == "":
		return "", "", &Error{s, `there is no filter after the name of the share; the form is "$share/group/filter"`, "MQTT-4.8.2-2"}
	}
	return group, filter, nil
}
