package broker

import (
	"telltale/base/caller"
)

// held is a queue of messages of QoS 1 and 2 that wait for room in the window, as frames without a packet id. It is two rings laid flat, so
// that a client that always has some waiting costs no allocation for each.
type held struct {
	frames []byte
	at     int // of the first frame
	list   []heldMessage
	head   int
}

// heldMessage is what the fact of a held message will say once it is sent.
type heldMessage struct {
	size  int
	topic string
	trace caller.Trace
	qos   byte
}

func (h *held) len() int { return len(h.list) - h.head }

// push copies a frame to the end of the queue.
func (h *held) push(frame []byte, topic string, trace caller.Trace, qos byte) {
	if h.at > len(h.frames)/2 {
		h.frames = h.frames[:copy(h.frames, h.frames[h.at:])]
		n := copy(h.list, h.list[h.head:])
		clear(h.list[n:])
		h.list, h.at, h.head = h.list[:n], 0, 0
	}
	h.frames = append(h.frames, frame...)
	h.list = append(h.list, heldMessage{len(frame), topic, trace, qos})
}

// pop takes the first message of a queue that is not empty. The frame is valid until the next push.
func (h *held) pop() (frame []byte, m heldMessage) {
	m = h.list[h.head]
	frame = h.frames[h.at : h.at+m.size]
	h.list[h.head] = heldMessage{}
	h.at += m.size
	h.head++
	if h.head < len(h.list) {
		return frame, m
	}
	if h.frames, h.list, h.at, h.head = h.frames[:0], h.list[:0], 0, 0; cap(h.frames) > maxPooled {
		*h = held{}
	}
	return frame, m
}

// lost counts what is in the queue.
func (h *held) lost() (l lost) {
	if l.n = uint64(h.len()); l.n > 0 {
		l.topic = h.list[len(h.list)-1].topic
	}
	return l
}
