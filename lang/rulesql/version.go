package rulesql

import "fmt"

// Version is the awsIotSqlVersion of a rule.
type Version string

// The versions of the language. Beta has all that V20160323 has.
const (
	V20151008 Version = "2015-10-08" // of a rule that names none
	V20160323 Version = "2016-03-23"
	Beta      Version = "beta"
)

// check returns the version to use: the empty one means V20151008. aws: iot/iot-rule-sql-version
func (v Version) check() (Version, error) {
	switch v {
	case "":
		return V20151008, nil
	case V20151008, V20160323, Beta:
		return v, nil
	}
	return "", fmt.Errorf("rule SQL: unknown version %q; allowed: %s, %s, %s", string(v), V20151008, V20160323, Beta)
}

// has reports whether v includes what came with since.
func (v Version) has(since Version) bool { return since == V20151008 || v != V20151008 }
