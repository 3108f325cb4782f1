package limit

import "strings"

// IsName reports whether a name has 1 to longest characters, all of them letters, digits or marks of ASCII.
func IsName(name string, longest int, marks string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return name != "" && len(name) <= longest
}
