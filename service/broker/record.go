package broker

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// A record of the spool is a run of operations, each a byte and numbers in the form of binary.AppendUvarint:
//
//	M  expires in milliseconds since 1970, trace, length, PUBLISH of MQTT 5, number of sessions,
//	   for each: session, n, packet id, QoS | retain<<2 | released<<3, number of subscription identifiers, these
//	D  session, n: it is done with the message
//	P  session, n: its client has received the message of QoS 2
//	R  session, n, packet id: its client has sent a message of QoS 2 under that id
//	L  session, n: the client has let go of that id
//
// The n of M and of R count apart. Operations may be in any order: D and L are stronger than what they end.
const (
	opMessage  = 'M'
	opDone     = 'D'
	opReceived = 'P'
	opReceipt  = 'R'
	opLetGo    = 'L'
)

// destination is a session that a message is for.
type destination struct {
	serial uint64
	e      *entry
}

func appendMessage(dst []byte, m *stored, list []destination) []byte {
	dst = append(dst, opMessage)
	var expires uint64
	if !m.expires.IsZero() {
		expires = uint64(m.expires.UnixMilli())
	}
	dst = binary.AppendUvarint(dst, expires)
	dst = append(dst, m.trace[:]...)
	p := m.packet
	p.QoS, p.ID = 1, 1
	frame := mqtt.AppendPublish(nil, &p, mqtt.V5)
	dst = binary.AppendUvarint(dst, uint64(len(frame)))
	dst = append(dst, frame...)
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, d := range list {
		e := d.e
		flags := uint64(e.qos)
		if e.retain {
			flags |= 4
		}
		if e.phase == released {
			flags |= 8
		}
		dst = appendNumbers(dst, d.serial, e.n, uint64(e.id), flags, uint64(len(e.ids)))
		for _, id := range e.ids {
			dst = binary.AppendUvarint(dst, uint64(id))
		}
	}
	return dst
}

func appendNumbers(dst []byte, numbers ...uint64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, n)
	}
	return dst
}

func appendDone(dst []byte, serial, n uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(append(dst, opDone), serial), n)
}

func appendReceived(dst []byte, serial, n uint64) []byte {
	return appendNumbers(append(dst, opReceived), serial, n)
}

func appendReceipt(dst []byte, serial, n uint64, id uint16) []byte {
	return appendNumbers(append(dst, opReceipt), serial, n, uint64(id))
}

func appendLetGo(dst []byte, serial, n uint64) []byte {
	return appendNumbers(append(dst, opLetGo), serial, n)
}

// numbered names a message or a receipt of a session.
type numbered struct{ serial, n uint64 }

// contents is what the records of a spool amount to.
type contents struct {
	messages           map[numbered]*entry
	receipts           map[numbered]uint16
	done, letGo        map[numbered]bool
	received           map[numbered]bool
	lastN, lastReceipt map[uint64]uint64 // by session
}

func newContents() *contents {
	return &contents{messages: map[numbered]*entry{}, receipts: map[numbered]uint16{}, done: map[numbered]bool{}, letGo: map[numbered]bool{},
		received: map[numbered]bool{}, lastN: map[uint64]uint64{}, lastReceipt: map[uint64]uint64{}}
}

// cursor reads numbers and bytes of a record; after a fault it yields zeros.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) number() uint64 {
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[size:]
	return n
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

// add takes in a record. What is readable before a fault counts.
func (x *contents) add(record []byte) error {
	c := &cursor{b: record}
	for len(c.b) > 0 && !c.bad {
		op := c.take(1)[0]
		if op == opMessage {
			if err := x.addMessage(c); err != nil {
				return err
			}
			continue
		}
		key := numbered{c.number(), c.number()}
		switch {
		case c.bad:
		case op == opDone:
			x.done[key] = true
			x.lastN[key.serial] = max(x.lastN[key.serial], key.n)
		case op == opReceived:
			x.received[key] = true
		case op == opReceipt:
			x.receipts[key] = uint16(c.number())
			x.lastReceipt[key.serial] = max(x.lastReceipt[key.serial], key.n)
		case op == opLetGo:
			x.letGo[key] = true
			x.lastReceipt[key.serial] = max(x.lastReceipt[key.serial], key.n)
		default:
			return fmt.Errorf("the session log has an operation %q", op)
		}
	}
	if c.bad {
		return fmt.Errorf("a record of the session log ends too early")
	}
	return nil
}

func (x *contents) addMessage(c *cursor) error {
	expires := c.number()
	var trace caller.Trace
	copy(trace[:], c.take(uint64(len(trace))))
	frame := slices.Clone(c.take(c.number()))
	if c.bad {
		return nil
	}
	header, body, _, err := mqtt.NextFrame(frame, 0)
	if err != nil {
		return fmt.Errorf("the session log has a message that cannot be read: %w", err)
	}
	p, err := mqtt.DecodePublish(header, body, mqtt.V5)
	if err != nil {
		return fmt.Errorf("the session log has a message that cannot be read: %w", err)
	}
	m := store(&p, string(p.Topic), trace, time.Time{})
	if expires != 0 {
		m.expires = time.UnixMilli(int64(expires))
	}
	for range c.number() {
		e := &entry{m: m}
		serial := c.number()
		e.n, e.id = c.number(), uint16(c.number())
		flags := c.number()
		e.qos, e.retain, e.phase = byte(flags&3), flags&4 != 0, waiting
		if flags&8 != 0 {
			e.phase = released
		}
		for range c.number() {
			if c.bad {
				return nil
			}
			e.ids = append(e.ids, uint32(c.number()))
		}
		if c.bad {
			return nil
		}
		x.messages[numbered{serial, e.n}] = e
		x.lastN[serial] = max(x.lastN[serial], e.n)
	}
	return nil
}

// of lists the messages of a session that are not done with, in their order, and sorts out the rest.
func (x *contents) open() map[uint64][]*entry {
	open := map[uint64][]*entry{}
	for key, e := range x.messages {
		if x.done[key] {
			continue
		}
		if x.received[key] {
			e.phase = released
		}
		open[key.serial] = append(open[key.serial], e)
	}
	for _, list := range open {
		slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.n, b.n) })
	}
	return open
}

// snapshot is all that a spool must keep, gathered between two records.
type snapshot struct {
	byMessage map[*stored][]destination
	order     []*stored
	rest      []byte
}

func (s *snapshot) begin() { s.byMessage = map[*stored][]destination{} }

// message adds a message of a session. Its entry is copied: it may go on changing.
func (s *snapshot) message(serial uint64, e *entry) {
	if s.byMessage[e.m] == nil {
		s.order = append(s.order, e.m)
	}
	own := *e
	s.byMessage[e.m] = append(s.byMessage[e.m], destination{serial, &own})
}

func (s *snapshot) receipt(serial, n uint64, id uint16) {
	s.rest = appendReceipt(s.rest, serial, n, id)
}

// records yields the snapshot in records of a bearable size.
func (s *snapshot) records() (list [][]byte) {
	if len(s.rest) > 0 {
		list = append(list, s.rest)
	}
	const size = 1 << 20
	var record []byte
	for _, m := range s.order {
		if record = appendMessage(record, m, s.byMessage[m]); len(record) > size {
			list, record = append(list, record), nil
		}
	}
	if len(record) > 0 {
		list = append(list, record)
	}
	return list
}
