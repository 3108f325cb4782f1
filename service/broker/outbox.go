package broker

import (
	"slices"
	"sync"

	"telltale/lang/mqtt"
)

// outbox holds what waits to be written to one client. Many goroutines put frames into it; whoever finds it clean is answerable for
// flushing it when its own batch of packets is handled, so that frames of many messages leave in one write.
type outbox struct {
	mu      sync.Mutex
	buf     []byte // frames that wait
	spare   []byte // the buffer written last, for reuse
	dirty   bool   // somebody will flush
	writing bool   // somebody is writing; it will look again before it stops
	closed  bool

	window  window
	held    [][]byte // QoS 1 frames that wait for room in the window
	heldLen int
	dropped uint64 // messages dropped since the last was told
}

// keepBuffer is the largest buffer an outbox keeps while it has nothing to write.
const keepBuffer = 16 << 10

// window is the set of packet ids of QoS 1 messages that were sent and not acknowledged. It is small, and mostly acknowledged in
// order, so a list that is searched from its front is both the smallest and the fastest form.
type window struct {
	ids  []uint16
	last uint16
	max  int
}

func (w *window) full() bool { return len(w.ids) >= w.max }

// take reserves the next free id.
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

// put appends a frame made by f and reports whether the caller must flush.
func (o *outbox) put(f func(dst []byte) []byte) (flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.buf = f(o.buf)
	return o.soil()
}

// soil marks the outbox dirty and reports whether the caller is the one who must flush. The outbox is locked.
func (o *outbox) soil() bool {
	if o.dirty || o.writing {
		return false
	}
	o.dirty = true
	return true
}

// acknowledged frees the id of a PUBACK and moves held frames into the window. It reports whether the id was in use, and whether the
// caller must flush.
func (o *outbox) acknowledged(id uint16) (known, flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if known = o.window.release(id); !known || o.closed {
		return known, false
	}
	for len(o.held) > 0 && !o.window.full() {
		frame := o.held[0]
		o.held[0] = nil
		o.held = o.held[1:]
		o.heldLen -= len(frame)
		mqtt.SetPublishID(frame, o.window.take())
		o.buf = append(o.buf, frame...)
		flush = o.soil() || flush
	}
	return known, flush
}

// next takes the frames to write; nil when there are none. The caller then writes them and calls next again.
func (o *outbox) next(written []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cap(written) > 0 && cap(written) <= keepBuffer {
		o.spare = written[:0]
	}
	o.dirty = false
	if len(o.buf) == 0 {
		o.writing = false
		return nil
	}
	chunk := o.buf
	o.buf, o.spare = o.spare, nil
	return chunk
}

// begin claims the right to write; false when somebody has it or nothing waits.
func (o *outbox) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dirty = false
	if o.writing || len(o.buf) == 0 {
		return false
	}
	o.writing = true
	return true
}

// close drops what waits; nothing is put in afterwards. It returns how many messages that were held back are lost.
func (o *outbox) close() (lost int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	lost = len(o.held)
	o.held, o.heldLen = nil, 0
	return lost
}
