package traffic

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"telltale/lang/mqtt"
)

// subscriber is a client that receives and checks.
type subscriber struct {
	*client
	crowd    *Crowd
	message  mqtt.Publish
	acks     []byte
	expected []uint64 // by sender: the number after the latest that came
	fresh    []uint64 // by sender: messages that a batch completed
	touched  []uint32 // the senders of which there are any

	mu    sync.Mutex
	tally Tally // of the present run
}

func newSubscriber(c *Crowd, client *client) *subscriber {
	return &subscriber{client: client, crowd: c, expected: make([]uint64, c.plan.Publishers), fresh: make([]uint64, c.plan.Publishers)}
}

// read takes deliveries until the connection is closed.
func (s *subscriber) read() error {
	for {
		if err := s.fill(); err != nil {
			return fmt.Errorf("subscriber: %w", err)
		}
		if err := s.takeAll(); err != nil {
			return fmt.Errorf("subscriber: %w", err)
		}
		if len(s.acks) > 0 {
			if _, err := s.nc.Write(s.acks); err != nil {
				return fmt.Errorf("subscriber: %w", err)
			}
			s.acks = s.acks[:0]
		}
		for _, sender := range s.touched {
			p := s.crowd.pubs[sender]
			p.done.Add(s.fresh[sender])
			s.fresh[sender] = 0
			p.pump()
		}
		s.touched = s.touched[:0]
	}
}

// takeAll takes all whole packets of one read.
func (s *subscriber) takeAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.crowd.now()
	for {
		header, body, ok, err := s.next()
		if err != nil || !ok {
			return err
		}
		if mqtt.TypeOf(header) != mqtt.TypePublish {
			continue
		}
		if err := s.message.Decode(header, body, mqtt.V311); err != nil {
			return err
		}
		if err := s.take(&s.message, now); err != nil {
			return err
		}
	}
}

// take checks one delivery.
func (s *subscriber) take(m *mqtt.Publish, now time.Duration) error {
	plan := &s.crowd.plan
	if len(m.Payload) != max(plan.Size, head) || m.QoS != plan.QoS {
		return fmt.Errorf("a message came with %d B and QoS %d; sent were %d B with QoS %d", len(m.Payload), m.QoS, plan.Size, plan.QoS)
	}
	sender, number := binary.BigEndian.Uint32(m.Payload), binary.BigEndian.Uint64(m.Payload[4:])
	if int(sender) >= len(s.crowd.pubs) {
		return fmt.Errorf("a message came from sender %d; there are %d", sender, len(s.crowd.pubs))
	}
	if m.QoS > 0 {
		s.acks = mqtt.AppendPuback(s.acks, &mqtt.Puback{ID: m.ID}, mqtt.V311)
	}
	s.tally.Delivered++
	s.tally.Delays.Add(now - time.Duration(binary.BigEndian.Uint64(m.Payload[12:])))
	switch next := s.expected[sender]; {
	case number < next:
		s.tally.Repeated++ // or late: either way not in order
		return nil
	case number > next && plan.Whole:
		s.tally.Skipped += number - next
	}
	s.expected[sender] = number + 1
	if s.crowd.pubs[sender].delivered(number) {
		if s.fresh[sender]++; s.fresh[sender] == 1 {
			s.touched = append(s.touched, sender)
		}
	}
	return nil
}
