package broker

import "slices"

// window is the set of packet ids of QoS 1 messages that were sent and not acknowledged. It is small, and mostly acknowledged in
// order, so a list that is searched from its front is both the smallest and the fastest form.
type window struct {
	ids  []uint16
	last uint16
	max  int // below 65,535, so that there always is a free id
}

func (w *window) full() bool { return len(w.ids) >= w.max }

// take reserves the next free id. [MQTT-2.2.1-3]
func (w *window) take() uint16 {
	for {
		w.last++
		if w.last != 0 && !slices.Contains(w.ids, w.last) {
			break
		}
	}
	w.ids = append(w.ids, w.last)
	return w.last
}

// release frees an id and reports whether it was in use.
func (w *window) release(id uint16) bool {
	i := slices.Index(w.ids, id)
	if i < 0 {
		return false
	}
	w.ids = slices.Delete(w.ids, i, i+1)
	return true
}
