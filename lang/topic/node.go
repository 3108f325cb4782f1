package topic

import "strings"

// node is one level of the filters with wildcards.
type node[K comparable, V any] struct {
	children map[string]*node[K, V] // by the literal text of the next level
	plus     *node[K, V]            // when the next level is "+"
	here     subscribers[K, V]      // filters that end at this level
	below    subscribers[K, V]      // filters whose next and last level is "#"
}

// grow returns the subscribers of filter, which begins at the level below n, making the way there.
func (n *node[K, V]) grow(filter string) *subscribers[K, V] {
	for rest, more := filter, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if level == "#" && !more {
			return &n.below
		}
		n = n.child(level)
	}
	return &n.here
}

// child returns the node of a level, which it makes if need be.
func (n *node[K, V]) child(level string) *node[K, V] {
	if level == "+" {
		if n.plus == nil {
			n.plus = &node[K, V]{}
		}
		return n.plus
	}
	next := n.children[level]
	if next == nil {
		if n.children == nil {
			n.children = map[string]*node[K, V]{}
		}
		next = &node[K, V]{}
		n.children[level] = next
	}
	return next
}

// remove takes key out of the subscribers of filter and cuts off the nodes that this leaves empty.
func (n *node[K, V]) remove(filter string, key K) bool {
	level, rest, more := strings.Cut(filter, "/")
	if level == "#" && !more {
		return n.below.remove(key)
	}
	next := n.plus
	if level != "+" {
		next = n.children[level]
	}
	if next == nil {
		return false
	}
	var removed bool
	if more {
		removed = next.remove(rest, key)
	} else {
		removed = next.here.remove(key)
	}
	if removed && next.empty() {
		n.cut(level)
	}
	return removed
}

func (n *node[K, V]) cut(level string) {
	if level == "+" {
		n.plus = nil
		return
	}
	delete(n.children, level)
	if len(n.children) == 0 {
		n.children = nil // a map keeps its room
	}
}

func (n *node[K, V]) empty() bool {
	return len(n.children) == 0 && n.plus == nil && n.here.empty() && n.below.empty()
}

// match appends the subscribers below n that match name, which begins at the next level. No more nodes are visited
// than the tree has, and none twice.
func (n *node[K, V]) match(name string, d Dialect, dst []V) []V {
	dst = n.below.appendTo(dst)
	level, rest, more := strings.Cut(name, "/")
	if child := n.children[level]; child != nil {
		dst = child.descend(rest, more, d, dst)
	}
	if n.plus != nil {
		dst = n.plus.descend(rest, more, d, dst)
	}
	return dst
}

// descend goes on at n, whose level has matched, with the rest of the name.
func (n *node[K, V]) descend(rest string, more bool, d Dialect, dst []V) []V {
	if more {
		return n.match(rest, d, dst)
	}
	dst = n.here.appendTo(dst)
	if d == Standard {
		dst = n.below.appendTo(dst)
	}
	return dst
}
