package topic

import (
	"fmt"
	"strings"
)

// Mismatch tells people why a valid filter does not match a valid name in the dialect of AWS: the first level that differs, from 1 on, and
// what differs there. The level is 0 if the filter matches.
func Mismatch(filter, name string) (level int, why string) {
	if Match(filter, name, AWS) {
		return 0, ""
	}
	wants, has := strings.Split(filter, "/"), strings.Split(name, "/")
	if strings.HasPrefix(name, "$") && (wants[0] == "+" || wants[0] == "#") {
		return 1, "a filter that begins with a wildcard does not match topics that begin with $"
	}
	for i, want := range wants {
		switch {
		case i == len(has) && want == "#":
			return i + 1, fmt.Sprintf("the topic ends before level %d; # does not match the level above it", i+1)
		case i == len(has):
			return i + 1, fmt.Sprintf("the topic ends before level %d, where the filter has %q", i+1, want)
		case want != "+" && want != has[i]:
			return i + 1, fmt.Sprintf("level %d of the topic is %q, the filter has %q", i+1, has[i], want)
		}
	}
	return len(wants) + 1, fmt.Sprintf("the topic has %d levels, the filter %d", len(has), len(wants))
}
