package traffic

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"telltale/lang/mqtt"
)

// publisher is a client that publishes. It has no goroutine that writes: whoever learns that its window has room sends what fits, so
// that nothing has to be woken.
type publisher struct {
	*client
	crowd       *Crowd
	acked, done atomic.Uint64  // acknowledged; delivered to all
	missing     []atomic.Int32 // by number modulo window: deliveries to come, when there are several

	mu      sync.Mutex
	sent    uint64
	topics  [][]byte
	message mqtt.Publish
	buf     []byte
}

func newPublisher(c *Crowd, number int, client *client) *publisher {
	p := &publisher{client: client, crowd: c}
	for _, topic := range c.plan.Topics(number) {
		p.topics = append(p.topics, []byte(topic))
	}
	if c.plan.Copies > 1 {
		p.missing = make([]atomic.Int32, c.plan.Window)
	}
	p.message = mqtt.Publish{QoS: c.plan.QoS, Payload: make([]byte, max(c.plan.Size, head))}
	binary.BigEndian.PutUint32(p.message.Payload, uint32(number))
	return p
}

// pump sends as much as the window has room for, once it is worth a write.
func (p *publisher) pump() {
	if p.crowd.plan.Rate > 0 || !p.crowd.running.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if room := p.room(); room >= max(p.crowd.plan.Window/4, 1) {
		p.send(room)
	}
}

// room is how many messages the window has room for. The caller holds mu.
func (p *publisher) room() int { return p.crowd.plan.Window - int(p.sent-p.settled()) }

// settled is how many messages are no longer on their way.
func (p *publisher) settled() uint64 {
	if p.crowd.plan.QoS == 0 {
		return p.done.Load()
	}
	return min(p.done.Load(), p.acked.Load())
}

// send sends n messages in one write. The caller holds mu.
func (p *publisher) send(n int) {
	buf, payload := p.buf[:0], p.message.Payload
	binary.BigEndian.PutUint64(payload[12:], uint64(p.crowd.now()))
	for range n {
		binary.BigEndian.PutUint64(payload[4:], p.sent)
		if p.missing != nil {
			p.missing[p.sent%uint64(len(p.missing))].Store(int32(p.crowd.plan.Copies))
		}
		p.message.Topic = p.topics[p.sent%uint64(len(p.topics))]
		p.message.ID = uint16(p.sent%65535) + 1
		buf = mqtt.AppendPublish(buf, &p.message, mqtt.V311)
		p.sent++
	}
	p.buf = buf
	if _, err := p.nc.Write(buf); err != nil {
		p.crowd.fail(fmt.Errorf("publisher: %w", err))
	}
}

// delivered notes one delivery of a message and reports whether it was the last.
func (p *publisher) delivered(number uint64) bool {
	return p.missing == nil || p.missing[number%uint64(len(p.missing))].Add(-1) == 0
}

// read takes acknowledgements until the connection is closed.
func (p *publisher) read() error {
	for {
		if err := p.fill(); err != nil {
			return fmt.Errorf("publisher: %w", err)
		}
		acks := uint64(0)
		for {
			header, _, ok, err := p.next()
			if err != nil {
				return fmt.Errorf("publisher: %w", err)
			}
			if !ok {
				break
			}
			if mqtt.TypeOf(header) == mqtt.TypePuback {
				acks++
			}
		}
		if acks > 0 {
			p.acked.Add(acks)
			p.pump()
		}
	}
}
