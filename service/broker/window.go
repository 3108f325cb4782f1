package broker

import "slices"

// window is the set of packet ids of messages of QoS 1 and 2 that were sent and not acknowledged. It is small, and mostly acknowledged in
// order, so a list that is searched from its front is both the smallest and the fastest form.
type window struct {
	ids   []uint16
	exact []uint16 // those of them that are of QoS 2
	last  uint16
	max   int // below 65,535, so that there always is a free id
}

func (w *window) full() bool { return len(w.ids) >= w.max }

// take reserves the next free id. [MQTT-2.2.1-3]
func (w *window) take(qos byte) uint16 {
	for {
		w.last++
		if w.last != 0 && !slices.Contains(w.ids, w.last) {
			break
		}
	}
	w.ids = append(w.ids, w.last)
	if qos == 2 {
		w.exact = append(w.exact, w.last)
	}
	return w.last
}

// release frees an id of a QoS and reports whether it was in use.
func (w *window) release(id uint16, qos byte) bool {
	i := slices.Index(w.ids, id)
	if i < 0 || w.isExact(id) != (qos == 2) {
		return false
	}
	w.ids = slices.Delete(w.ids, i, i+1)
	if qos == 2 {
		w.exact = slices.Delete(w.exact, slices.Index(w.exact, id), slices.Index(w.exact, id)+1)
	}
	return true
}

// isExact reports whether an id is in use by a message of QoS 2.
func (w *window) isExact(id uint16) bool { return len(w.exact) > 0 && slices.Contains(w.exact, id) }
