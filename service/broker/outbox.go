package broker

import (
	"sync"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// chunk is a run of frames on their way to a client. Chunks are pooled: only outboxes with something to write hold one.
type chunk struct{ b []byte }

// maxPooled is the largest chunk that is kept for reuse.
const maxPooled = 256 << 10

// outbox holds what waits to be written to one client. Many goroutines put frames into it; whoever finds it clean is answerable for
// flushing it when its own batch of packets is handled, so that frames of many messages leave in one write.
type outbox struct {
	pool          *sync.Pool // of *chunk
	queueBytes    int
	queueMessages int

	mu      sync.Mutex
	quiet   sync.Cond // signalled when writing ends
	buf     *chunk    // frames that wait; nil for none
	dirty   bool      // somebody will flush
	writing bool      // somebody is writing; it will look again before it stops
	closed  bool      // nothing is put in any more

	window  window
	aliases aliases
	held    held
	dropped lost // since the last was told
	went    traffic
}

// lost counts messages that did not reach a client.
type lost struct {
	n     uint64
	topic string // of the last of them
}

func (o *outbox) init(pool *sync.Pool, limits *Limits) {
	o.pool, o.queueBytes, o.queueMessages = pool, limits.QueueBytes, limits.QueueMessages
	o.window.max = limits.Inflight
	o.quiet.L = &o.mu
}

// open is the chunk to append to. The outbox is locked.
func (o *outbox) open() *chunk {
	if o.buf == nil {
		o.buf = o.pool.Get().(*chunk)
		o.buf.b = o.buf.b[:0]
	}
	return o.buf
}

// waiting is the number of bytes that wait. The outbox is locked.
func (o *outbox) waiting() int {
	n := len(o.held.frames) - o.held.at
	if o.buf != nil {
		n += len(o.buf.b)
	}
	return n
}

// put appends an answer and reports whether the caller must flush, and whether the outbox is full: answers are not dropped, so a
// client that does not read them cannot be kept.
func (o *outbox) put(frame func(dst []byte) []byte) (flush, full bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false, false
	}
	if o.waiting() > 2*o.queueBytes {
		return false, true
	}
	k := o.open()
	k.b = frame(k.b)
	return o.soil(), false
}

// soil marks the outbox dirty and reports whether the caller is the one who must flush. The outbox is locked.
func (o *outbox) soil() bool {
	if o.dirty || o.writing {
		return false
	}
	o.dirty = true
	return true
}

// queueing is what became of a message for one client.
type queueing uint8

const (
	queued   queueing = iota // will be written
	waits                    // is held until the client acknowledges others
	gone                     // the client is leaving
	tooLarge                 // the client does not take packets of this size [MQTT-3.1.2-24]
	full                     // the client is too slow; the message is dropped and counted
)

// message puts a message in, unless there is no room. Its packet id is chosen here; topic and trace are those of its fact.
func (o *outbox) message(p *mqtt.Publish, v mqtt.Version, maxPacket int, topic string, trace caller.Trace) (outcome queueing, flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return gone, false
	}
	hold := p.QoS > 0 && o.window.full()
	if n := o.waiting(); n > 0 && n+len(p.Payload) > o.queueBytes || hold && o.held.len() >= o.queueMessages {
		o.dropped.n++
		o.dropped.topic = topic
		return full, false
	}
	if hold {
		return o.hold(p, v, maxPacket, topic, trace), false
	}
	if !o.append(p, v, maxPacket, topic) {
		return tooLarge, false
	}
	return queued, o.soil()
}

// hold keeps a message until another one is acknowledged. The outbox is locked.
func (o *outbox) hold(p *mqtt.Publish, v mqtt.Version, maxPacket int, topic string, trace caller.Trace) queueing {
	k := o.open()
	start := len(k.b)
	k.b = mqtt.AppendPublish(k.b, p, v)
	frame := k.b[start:]
	k.b = k.b[:start]
	if maxPacket > 0 && len(frame) > maxPacket {
		return tooLarge
	}
	o.held.push(frame, topic, trace, p.QoS)
	return waits
}

// append writes a message, unless it is too large for the client. The outbox is locked.
func (o *outbox) append(p *mqtt.Publish, v mqtt.Version, maxPacket int, topic string) bool {
	k := o.open()
	start := len(k.b)
	introduced := o.aliases.most > 0 && v == mqtt.V5 && o.aliases.use(p, topic)
	k.b = mqtt.AppendPublish(k.b, p, v)
	frame := k.b[start:]
	if maxPacket > 0 && len(frame) > maxPacket {
		k.b = k.b[:start]
		if introduced {
			o.aliases.forget(topic)
		}
		return false
	}
	if p.QoS > 0 {
		mqtt.SetPublishID(frame, o.window.take(p.QoS))
	}
	o.went.messages++
	return true
}

// storedMessage puts a message of a queue in, which has its packet id and its turn.
func (o *outbox) storedMessage(p *mqtt.Publish, v mqtt.Version, maxPacket int) (outcome queueing, flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return gone, false
	}
	k := o.open()
	start := len(k.b)
	k.b = mqtt.AppendPublish(k.b, p, v)
	if maxPacket > 0 && len(k.b)-start > maxPacket {
		k.b = k.b[:start]
		return tooLarge, false
	}
	o.went.messages++
	return queued, o.soil()
}

// crowded reports whether the client has more to read than it takes.
func (o *outbox) crowded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.waiting() > o.queueBytes
}

// received reports whether a PUBREC names a message that is under way.
func (o *outbox) received(id uint16) (known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.window.isExact(id)
}

// acknowledged frees the id of a PUBACK or PUBCOMP, and lets a held message go in its place. It reports whether the id was in use and whether
// the caller must flush.
func (o *outbox) acknowledged(id uint16, qos byte) (known bool, next heldMessage, released, flush bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if known = o.window.release(id, qos); !known || o.closed || o.held.len() == 0 {
		return known, next, false, false
	}
	frame, next := o.held.pop()
	mqtt.SetPublishID(frame, o.window.take(next.qos))
	k := o.open()
	k.b = append(k.b, frame...)
	o.went.messages++
	return true, next, true, o.soil()
}

// begin claims the right to write; false when somebody has it or nothing waits.
func (o *outbox) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dirty = false
	if o.writing || o.buf == nil || len(o.buf.b) == 0 {
		return false
	}
	o.writing = true
	return true
}

// next takes the frames to write, and gives back the chunk that was written. With nil the right to write is given up. lost is what
// was dropped in a burst that is over: the client took all that waited then, and acknowledged most of it.
func (o *outbox) next(written *chunk) (k *chunk, burst lost) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dropped.n > 0 && o.held.len() <= o.queueMessages/2 {
		burst, o.dropped = o.dropped, lost{}
	}
	if written != nil {
		o.went.bytes += uint64(len(written.b))
		if cap(written.b) <= maxPooled {
			o.pool.Put(written)
		}
	}
	if k, o.buf = o.buf, nil; k == nil || len(k.b) == 0 {
		o.rest()
		return nil, burst
	}
	return k, burst
}

// rest gives up the right to write. The outbox is locked.
func (o *outbox) rest() {
	o.writing = false
	o.quiet.Broadcast()
}

// traffic is what the client was sent.
func (o *outbox) traffic() traffic {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.went
}

// finish puts a last frame in; nothing is put in afterwards, but what waits is still written.
func (o *outbox) finish(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed && len(frame) > 0 {
		k := o.open()
		k.b = append(k.b, frame...)
	}
	o.closed = true
}

// fail drops what waits, because it cannot be written, and gives up the right to write.
func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.buf = true, nil
	o.rest()
}

// wait waits until nobody writes.
func (o *outbox) wait() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing {
		o.quiet.Wait()
	}
}

// abandon gives up the messages that are held, and returns how many they are and how many were dropped but not told.
func (o *outbox) abandon() (unsent, dropped lost) {
	o.mu.Lock()
	defer o.mu.Unlock()
	unsent, dropped = o.held.lost(), o.dropped
	o.held, o.dropped = held{}, lost{}
	return unsent, dropped
}
