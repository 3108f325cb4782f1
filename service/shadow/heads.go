package shadow

import "telltale/store/state"

// heads remembers the newest revisions of shadows for a lane. They stay true because nothing but the lane makes revisions of its
// shadows. A lane's goroutine alone uses them.
type heads struct {
	newest map[key]*revision
	bytes  int // roughly what they take
}

// When the heads take more than headsBytes they are forgotten; headBytes is what one takes besides its state. In memory a state takes
// about ten times its length.
const (
	headsBytes = 2 << 20
	headBytes  = 256
)

// of returns the newest revision of a shadow, nil if there is none.
func (h *heads) of(tx *state.Tx, k key) (*revision, error) {
	if r := h.newest[k]; r != nil {
		return r, nil
	}
	r, err := head(tx, k)
	if r != nil && err == nil {
		h.put(k, r)
	}
	return r, err
}

// put remembers a newest revision.
func (h *heads) put(k key, r *revision) {
	if h.newest == nil || h.bytes > headsBytes {
		h.forget()
	}
	if old := h.newest[k]; old != nil {
		h.bytes -= weight(old)
	}
	h.bytes += weight(r)
	h.newest[k] = r
}

func weight(r *revision) int {
	if r.deleted() {
		return headBytes
	}
	return headBytes + r.Document.StateSize()
}

// forget is for when a transaction has failed.
func (h *heads) forget() { h.newest, h.bytes = make(map[key]*revision), 0 }
