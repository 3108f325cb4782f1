package topic

// indexAt is the number of subscribers from which on a set keeps an index: most filters have one, some have all.
const indexAt = 16

// subscribers is a set of keys with values, laid out for being read from end to end.
type subscribers[K comparable, V any] struct {
	keys   []K
	values []V
	index  map[K]int // position of each key; nil while there are few
}

func (s *subscribers[K, V]) empty() bool { return len(s.keys) == 0 }

func (s *subscribers[K, V]) appendTo(dst []V) []V { return append(dst, s.values...) }

// find returns the position of key, or -1.
func (s *subscribers[K, V]) find(key K) int {
	if s.index != nil {
		if i, ok := s.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range s.keys {
		if s.keys[i] == key {
			return i
		}
	}
	return -1
}

// set adds key or replaces its value, and reports whether it was added.
func (s *subscribers[K, V]) set(key K, value V) (added bool) {
	if i := s.find(key); i >= 0 {
		s.values[i] = value
		return false
	}
	s.keys = append(s.keys, key)
	s.values = append(s.values, value)
	if s.index != nil {
		s.index[key] = len(s.keys) - 1
	} else if len(s.keys) >= indexAt {
		s.index = make(map[K]int, 2*indexAt)
		for i, k := range s.keys {
			s.index[k] = i
		}
	}
	return true
}

// remove takes key out, moving the last one into its place, and reports whether it was there.
func (s *subscribers[K, V]) remove(key K) bool {
	i := s.find(key)
	if i < 0 {
		return false
	}
	last := len(s.keys) - 1
	if s.index != nil {
		s.index[s.keys[last]] = i
		delete(s.index, key)
	}
	s.keys[i], s.values[i] = s.keys[last], s.values[last]
	clear(s.keys[last:]) // lets go of what the last ones point to
	clear(s.values[last:])
	s.keys, s.values = s.keys[:last], s.values[:last]
	if last == 0 {
		*s = subscribers[K, V]{}
	}
	return true
}
