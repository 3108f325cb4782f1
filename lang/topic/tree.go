package topic

import (
	"strings"
	"sync"
	"sync/atomic"
)

// Tree finds the subscribers of a topic. K identifies a subscriber within one filter; V is what Match returns for
// it. Filters without wildcards are looked up in a hash map, the others in a trie of levels, so that a match costs
// about the depth of the topic, whatever the number of filters.
//
// A Tree may be used by many goroutines at once. Matching takes a read lock and allocates only to grow the
// result. Who matches the same topics again and again keeps the results and drops them when Generation changes:
//
//	generation := tree.Generation() // before Match, so that a change in between is noticed
//	subscribers = tree.Match(name, subscribers[:0])
type Tree[K comparable, V any] struct {
	dialect Dialect

	mu         sync.RWMutex
	generation atomic.Uint64 // read by every publish: no lock
	size       int
	exact      map[string]*subscribers[K, V]
	root       node[K, V]
}

// NewTree returns an empty tree.
func NewTree[K comparable, V any](d Dialect) *Tree[K, V] {
	return &Tree[K, V]{dialect: d, exact: map[string]*subscribers[K, V]{}}
}

// Generation returns a number that grows with every change.
func (t *Tree[K, V]) Generation() uint64 { return t.generation.Load() }

// Touch counts as a change, so that what others remember of matches is thrown away.
func (t *Tree[K, V]) Touch() { t.generation.Add(1) }

// Len returns the number of subscriptions: pairs of filter and key.
func (t *Tree[K, V]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.size
}

// Add subscribes key to a valid filter, or replaces the value of its subscription. It reports whether the
// subscription is new. Shared subscriptions are added by their inner filter, with a key that names the group.
func (t *Tree[K, V]) Add(filter string, key K, value V) (added bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s *subscribers[K, V]
	if Wildcard(filter) {
		s = t.root.grow(filter)
	} else if s = t.exact[filter]; s == nil {
		s = &subscribers[K, V]{}
		t.exact[filter] = s
	}
	if added = s.set(key, value); added {
		t.size++
	}
	t.generation.Add(1)
	return added
}

// Remove takes back key's subscription to filter and reports whether there was one.
func (t *Tree[K, V]) Remove(filter string, key K) (removed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if Wildcard(filter) {
		removed = t.root.remove(filter, key)
	} else if s := t.exact[filter]; s != nil {
		removed = s.remove(key)
		if s.empty() {
			delete(t.exact, filter)
		}
	}
	if removed {
		t.size--
		t.generation.Add(1)
	}
	return removed
}

// Match appends the values of all subscriptions that match a topic name to dst, in no particular order. A key with
// several matching filters is there once for each.
func (t *Tree[K, V]) Match(name string, dst []V) []V {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if s := t.exact[name]; s != nil {
		dst = s.appendTo(dst)
	}
	if !strings.HasPrefix(name, "$") {
		return t.root.match(name, t.dialect, dst)
	}
	// A filter that begins with a wildcard does not match names that begin with "$". [MQTT-4.7.2-1]
	level, rest, more := strings.Cut(name, "/")
	if child := t.root.children[level]; child != nil {
		dst = child.descend(rest, more, t.dialect, dst)
	}
	return dst
}
