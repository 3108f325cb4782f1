package topic

import "strings"

const ingestPrefix = "$aws/rules/"

// BasicIngest splits the name of a message that goes straight to a rule, "$aws/rules/rule/rest". The rest is the
// topic that the rule sees, and may be empty. ok is false for any other name.
//
// aws: iot/basic-ingest
func BasicIngest(name string) (rule, rest string, ok bool) {
	tail, ok := strings.CutPrefix(name, ingestPrefix)
	if !ok {
		return "", "", false
	}
	rule, rest, _ = strings.Cut(tail, "/")
	if rule == "" {
		return "", "", false
	}
	return rule, rest, true
}
