package rulesql

// slab is the room where an Evaluator puts what values hold. It is reused from message to message, so no value outlives one.
type slab struct {
	elements []elements
	items    []value
	members  []member

	// What is being read and not complete yet; the innermost Array or Object is at the end.
	openItems   []value
	openMembers []member
}

func (s *slab) reset() {
	s.elements = reuse(s.elements)
	s.items = reuse(s.items)
	s.members = reuse(s.members)
	s.openItems = reuse(s.openItems)
	s.openMembers = reuse(s.openMembers)
}

// reuse empties a slice, or drops it when one large message made it large.
func reuse[T any](list []T) []T {
	if cap(list) > keptCapacity {
		return nil
	}
	return list[:0]
}

// array makes an Array of the open items from base on.
func (s *slab) array(base int) value {
	start := len(s.items)
	s.items = append(s.items, s.openItems[base:]...)
	s.openItems = s.openItems[:base]
	s.elements = append(s.elements, elements{items: s.items[start:len(s.items):len(s.items)]})
	return value{kind: array, inner: &s.elements[len(s.elements)-1]}
}

// object makes an Object of the open members from base on.
func (s *slab) object(base int) value {
	start := len(s.members)
	s.members = append(s.members, s.openMembers[base:]...)
	s.openMembers = s.openMembers[:base]
	s.elements = append(s.elements, elements{members: s.members[start:len(s.members):len(s.members)]})
	return value{kind: object, inner: &s.elements[len(s.elements)-1]}
}
