package wire

import (
	"fmt"
	"net/url"
	"strings"
)

// Label is a part of the path that has a name, unescaped.
type Label struct{ Name, Value string }

// routes finds the operation of a rest-json service by method and raw path. Within one service no two routes are ambiguous: a
// literal segment goes before a label, a label before a greedy one.
type routes struct{ root node }

type node struct {
	literals map[string]*node
	label    *node
	here     map[string]*route // by method: the path ends here
	greedy   map[string]*route // by method: the rest of the path is one label
}

type route struct {
	op     *Op
	labels []string
}

func newRoutes(s *Service) *routes {
	rs := &routes{}
	for _, op := range s.Ops {
		rs.add(op, op.Path)
		if bare, slash := strings.CutSuffix(op.Path, "/"); slash && bare != "" {
			rs.add(op, bare) // some SDKs send the final slash of a route, others do not
		}
	}
	return rs
}

func (rs *routes) add(op *Op, path string) {
	r := &route{op: op}
	at := &rs.root
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		name, isLabel := strings.CutPrefix(strings.TrimSuffix(segment, "}"), "{")
		if !isLabel {
			at = at.literal(segment)
			continue
		}
		name, greedy := strings.CutSuffix(name, "+")
		r.labels = append(r.labels, name)
		if greedy {
			if i != len(segments)-1 {
				panic(fmt.Sprintf("wire: %s: a greedy label must end the path: %s", op, op.Path))
			}
			if at.greedy == nil {
				at.greedy = make(map[string]*route)
			}
			at.greedy[op.Method] = r
			return
		}
		if at.label == nil {
			at.label = &node{}
		}
		at = at.label
	}
	if at.here == nil {
		at.here = make(map[string]*route)
	}
	at.here[op.Method] = r
}

func (n *node) literal(segment string) *node {
	if n.literals == nil {
		n.literals = make(map[string]*node)
	}
	next := n.literals[segment]
	if next == nil {
		next = &node{}
		n.literals[segment] = next
	}
	return next
}

// match finds the operation for a method and an escaped path.
func (rs *routes) match(method, escapedPath string) (*Op, []Label, bool) {
	rest, ok := strings.CutPrefix(escapedPath, "/")
	if !ok {
		return nil, nil, false
	}
	var few [8]string
	r, values := rs.root.match(method, rest, few[:0])
	if r == nil || len(values) != len(r.labels) {
		return nil, nil, false
	}
	labels := make([]Label, len(values))
	for i, value := range values {
		plain, err := url.PathUnescape(value)
		if err != nil {
			return nil, nil, false
		}
		labels[i] = Label{r.labels[i], plain}
	}
	return r.op, labels, true
}

func (n *node) match(method, rest string, values []string) (*route, []string) {
	segment, after, more := strings.Cut(rest, "/")
	for _, next := range [...]*node{n.literals[segment], n.label} {
		if next == nil || (next == n.label && segment == "") {
			continue
		}
		below := values
		if next == n.label {
			below = append(values, segment)
		}
		if !more {
			if r := next.here[method]; r != nil {
				return r, below
			}
		} else if r, found := next.match(method, after, below); r != nil {
			return r, found
		}
	}
	if r := n.greedy[method]; r != nil && rest != "" {
		return r, append(values, rest)
	}
	return nil, nil
}
