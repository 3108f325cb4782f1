package topic

import "strings"

// Dialect says how "#" treats the level it hangs from.
type Dialect byte

const (
	// AWS: "sensor/#" matches "sensor/" and "sensor/a" but not "sensor".
	AWS Dialect = iota
	// Standard: "sensor/#" matches "sensor" too. [MQTT-4.7.1-2] in version 3.1.1
	Standard
)

// Match reports whether a valid filter matches a valid name. A filter that begins with a wildcard does not match
// names that begin with "$". [MQTT-4.7.2-1] It allocates nothing.
func Match(filter, name string, d Dialect) bool {
	if name != "" && name[0] == '$' && filter != "" && filter[0] != '$' {
		return false
	}
	for {
		level, filterRest, filterMore := strings.Cut(filter, "/")
		if level == "#" && !filterMore {
			return true
		}
		part, nameRest, nameMore := strings.Cut(name, "/")
		switch {
		case level != "+" && level != part:
			return false
		case !nameMore:
			return !filterMore || d == Standard && filterRest == "#"
		case !filterMore:
			return false
		}
		filter, name = filterRest, nameRest
	}
}

// overlap reports whether some name matches both a filter and a pattern whose levels may list alternatives: "a|b".
func overlap(filter, pattern string) bool {
	for {
		level, filterRest, filterMore := strings.Cut(filter, "/")
		part, patternRest, patternMore := strings.Cut(pattern, "/")
		if level == "#" && !filterMore || part == "#" && !patternMore {
			return true
		}
		if !levelsOverlap(level, part) || filterMore != patternMore {
			return false
		}
		if !filterMore {
			return true
		}
		filter, pattern = filterRest, patternRest
	}
}

// levelsOverlap treats an empty level as matching no wildcard: the identifiers in reserved topics are not empty.
func levelsOverlap(level, alternatives string) bool {
	if level == "+" {
		return true
	}
	if alternatives == "+" {
		return level != ""
	}
	for rest, more := alternatives, true; more; {
		var alternative string
		alternative, rest, more = strings.Cut(rest, "|")
		if level == alternative {
			return true
		}
	}
	return false
}
