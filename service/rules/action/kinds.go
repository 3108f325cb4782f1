package action

import "strings"

// Kinds are the kinds of action that rules can use, in the order of their keys.
var Kinds = []*Kind{
	republishKind,
}

func keys() string {
	list := make([]string, len(Kinds))
	for i, k := range Kinds {
		list[i] = k.Key
	}
	return strings.Join(list, ", ")
}
