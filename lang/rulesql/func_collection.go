package rulesql

import "strings"

// collectionFunctions work on Arrays and Objects.
var collectionFunctions = []function{
	{name: "concat", parameters: "value, ...", least: 0, most: -1, since: V20151008, doc: "All texts one after the other; with an Array, an Array of all values.", run: concat},
	{name: "get", parameters: "of, key", least: 2, most: 2, since: V20151008, doc: "An item of an Array or a character of a String by its place from 0 on, or a member of an Object.", run: get},
	{name: "transform", parameters: "mode, object, array", least: 3, most: 3, since: V20160323, fixed: fixedFirst, doc: "With the mode enrichArray, the array with the members of the object put into each of its Objects.", run: transform},
}

func concat(e *Evaluator, args []value) value {
	switch len(args) {
	case 0:
		return value{}
	case 1:
		return args[0]
	}
	for _, v := range args {
		if v.kind == array {
			return e.concatItems(args)
		}
	}
	var b strings.Builder
	for _, v := range args {
		s, ok := e.text(v)
		if !ok || e.err != nil {
			return value{}
		}
		if b.WriteString(s); b.Len() > MaxResult {
			break // textOf refuses it
		}
	}
	return e.textOf(b.String())
}

func (e *Evaluator) concatItems(args []value) value {
	base := len(e.openItems)
	for _, v := range args {
		switch v.kind {
		case undefined:
		case array:
			if e.spend(v.size()); e.err == nil {
				e.openItems = append(e.openItems, v.inner.items...)
			}
		default:
			e.openItems = append(e.openItems, v)
		}
	}
	return e.array(base)
}

func get(e *Evaluator, args []value) value {
	of, key := args[0], args[1]
	switch of.kind {
	case object:
		if key.kind != text {
			return value{}
		}
		v, _ := e.member(&of, key.text)
		return v
	case array:
		n, ok := toInt(key)
		if i := n.clamp(-1, of.size()); ok && i >= 0 && i < of.size() {
			return of.inner.items[i]
		}
	case text:
		e.spend(1 + len(of.text)/64)
		n, ok := toInt(key)
		if i := n.clamp(-1, len(of.text)); ok && i >= 0 {
			if rest := of.text[byteIndex(of.text, i):]; rest != "" {
				return e.textOf(rest[:byteIndex(rest, 1)])
			}
		}
	}
	return value{}
}

// transform gives each object of an array the members of another; where both have one, that of the item stays. Other items stay as they are.
func transform(e *Evaluator, args []value) value {
	mode, from, list := args[0], args[1], args[2]
	if mode.kind != text || mode.text != "enrichArray" || from.kind != object || list.kind != array {
		return value{}
	}
	items := len(e.openItems)
	for _, item := range list.inner.items {
		if e.err != nil {
			break
		}
		if item.kind == object {
			item = e.merge(from, item)
		}
		e.openItems = append(e.openItems, item)
	}
	v := e.array(items)
	start := len(e.scratch)
	e.scratch = e.appendJSON(e.scratch, v, start+MaxResult)
	if len(e.scratch)-start > MaxVariable {
		e.fail("the result of transform is longer than %d bytes", MaxVariable)
	}
	e.scratch = e.scratch[:start]
	return v
}

// merge is an object with the members of both; those of b win.
func (e *Evaluator) merge(a, b value) value {
	base := len(e.openMembers)
	e.spend(a.size() + b.size())
	for i := range a.inner.members {
		m := &a.inner.members[i]
		if _, has := e.member(&b, m.name); !has {
			e.openMembers = append(e.openMembers, *m)
		}
	}
	e.openMembers = append(e.openMembers, b.inner.members...)
	return e.object(base)
}
