package predicate

import "fmt"

// node is one place in the tree of all selectors of a condition: selectors that begin alike share their nodes, so that one walk
// through a message serves them all.
type node struct {
	ids     []int // the selectors that end here
	keys    []keyChild
	indexes []indexChild
	anyKey  *node
	anyElem *node
}

type keyChild struct {
	name string
	node *node
}

type indexChild struct {
	index int
	node  *node
}

// add enters selector id.
func (n *node) add(path Path, id int) error {
	if len(path) == 0 {
		return fmt.Errorf("a path needs at least one step")
	}
	if len(path) > MaxSteps {
		return fmt.Errorf("path of %d steps, allowed are %d", len(path), MaxSteps)
	}
	for _, s := range path {
		switch s.Kind {
		case StepKey:
			n = n.key(s.Name)
		case StepIndex:
			if s.Index < 0 {
				return fmt.Errorf("array index %d in %s is negative", s.Index, path)
			}
			n = n.index(s.Index)
		case StepAnyKey:
			n = orNew(&n.anyKey)
		case StepAnyElem:
			n = orNew(&n.anyElem)
		default:
			return fmt.Errorf("unknown kind of step %q", s.Kind)
		}
	}
	n.ids = append(n.ids, id)
	return nil
}

func (n *node) key(name string) *node {
	for _, c := range n.keys {
		if c.name == name {
			return c.node
		}
	}
	child := new(node)
	n.keys = append(n.keys, keyChild{name, child})
	return child
}

func (n *node) index(i int) *node {
	for _, c := range n.indexes {
		if c.index == i {
			return c.node
		}
	}
	child := new(node)
	n.indexes = append(n.indexes, indexChild{i, child})
	return child
}

func orNew(n **node) *node {
	if *n == nil {
		*n = new(node)
	}
	return *n
}

// appendKey appends the nodes that property name of a value at n leads to.
func (n *node) appendKey(dst []*node, name []byte) []*node {
	for i := range n.keys {
		if n.keys[i].name == string(name) {
			dst = append(dst, n.keys[i].node)
			break
		}
	}
	if n.anyKey != nil {
		dst = append(dst, n.anyKey)
	}
	return dst
}

// appendIndex appends the nodes that element i of a value at n leads to.
func (n *node) appendIndex(dst []*node, i int) []*node {
	for _, c := range n.indexes {
		if c.index == i {
			dst = append(dst, c.node)
			break
		}
	}
	if n.anyElem != nil {
		dst = append(dst, n.anyElem)
	}
	return dst
}
