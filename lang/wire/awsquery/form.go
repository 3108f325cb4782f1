package awsquery

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"telltale/lang/wire"
)

// node is a part of a form: Tags.member.1.Key=k is a path of four nodes, the last with a text.
type node struct {
	name     string
	text     string
	given    bool // the text was there, even if empty
	children []*node
	byName   map[string]*node // once there are many children
}

// parseForm reads application/x-www-form-urlencoded text. Of two texts with one name the last counts.
func parseForm(form string) (*node, error) {
	root := &node{}
	for pair := range strings.SplitSeq(form, "&") {
		if pair == "" {
			continue
		}
		rawName, rawText, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, fmt.Errorf("the parameter name %.40q is not URL-encoded", rawName)
		}
		text, err := url.QueryUnescape(rawText)
		if err != nil {
			return nil, fmt.Errorf("the value of parameter %.40q is not URL-encoded", name)
		}
		if strings.Count(name, ".") >= 2*wire.MaxDepth {
			return nil, fmt.Errorf("the parameter %.40q... is nested deeper than the %d levels allowed", name, wire.MaxDepth)
		}
		at := root
		for part := range strings.SplitSeq(name, ".") {
			at = at.child(part)
		}
		at.text, at.given = text, true
	}
	return root, nil
}

// indexAt is the number of children from which on a map finds them faster than a walk.
const indexAt = 16

func (n *node) child(name string) *node {
	if found := n.find(name); found != nil {
		return found
	}
	c := &node{name: name}
	n.children = append(n.children, c)
	if n.byName != nil {
		n.byName[name] = c
	} else if len(n.children) == indexAt {
		n.byName = make(map[string]*node, 2*indexAt)
		for _, each := range n.children {
			n.byName[each.name] = each
		}
	}
	return c
}

func (n *node) find(name string) *node {
	if n.byName != nil {
		return n.byName[name]
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// numbered gives the children whose names are numbers, in their order.
func (n *node) numbered() []*node {
	type item struct {
		number int
		node   *node
	}
	var items []item
	for _, c := range n.children {
		if i, err := strconv.Atoi(c.name); err == nil && i >= 0 {
			items = append(items, item{i, c})
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return a.number - b.number })
	list := make([]*node, len(items))
	for i := range items {
		list[i] = items[i].node
	}
	return list
}
