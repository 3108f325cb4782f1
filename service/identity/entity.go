package identity

import "time"

// newEntity makes an entity without tags. An empty path is the root path.
func newEntity(account, kind, name, path string) entity {
	if path == "" {
		path = "/"
	}
	return entity{Account: account, Name: name, Path: path, ID: newID(kind), Created: time.Now().UTC().Truncate(time.Second)}
}
