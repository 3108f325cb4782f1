package traffic

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is the clients of a plan, connected to one broker.
type Crowd struct {
	plan    Plan
	began   time.Time
	pubs    []*publisher
	subs    []*subscriber
	running atomic.Bool // publishers may send
	closing atomic.Bool
	failed  atomic.Pointer[error]
	readers sync.WaitGroup
	grace   time.Duration // how long a run waits for its last deliveries
}

// Tally is what one run gave.
type Tally struct {
	Sent, Delivered uint64
	Lost            uint64 // sent, and not delivered when the run had waited long enough
	Repeated        uint64 // delivered twice, or after a later one
	Skipped         uint64 // missing where the next one came
	Took            time.Duration
	Delays          Histogram
}

// Wrong says what a broker did wrong; "" if nothing.
func (t *Tally) Wrong() string {
	if t.Lost+t.Repeated+t.Skipped == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d deliveries lost, %d skipped, %d repeated or out of order", t.Lost, t.Delivered+t.Lost, t.Skipped, t.Repeated)
}

// Open connects all clients of a plan and subscribes.
func Open(plan Plan, target Target) (*Crowd, error) {
	c := &Crowd{plan: plan, began: time.Now(), grace: patience / 2, pubs: make([]*publisher, plan.Publishers), subs: make([]*subscriber, plan.Subscribers)}
	buffer := 64 << 10
	if plan.Publishers+plan.Subscribers > 700 {
		buffer = 4<<10 + plan.Size
	}
	err := Each(plan.Subscribers, func(i int) error {
		client, err := dial(target, fmt.Sprintf("load-sub-%d", i), buffer)
		if err != nil {
			return fmt.Errorf("subscriber %d: %w", i, err)
		}
		c.subs[i] = newSubscriber(c, client)
		return client.subscribe(plan.Filters(i), plan.QoS)
	})
	if err == nil {
		err = Each(plan.Publishers, func(i int) error {
			client, err := dial(target, fmt.Sprintf("load-pub-%d", i), 4<<10)
			if err != nil {
				return fmt.Errorf("publisher %d: %w", i, err)
			}
			c.pubs[i] = newPublisher(c, i, client)
			return nil
		})
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	for _, p := range c.pubs {
		c.readers.Go(func() { c.fail(p.read()) })
	}
	for _, s := range c.subs {
		c.readers.Go(func() { c.fail(s.read()) })
	}
	return c, nil
}

// Close ends all connections.
func (c *Crowd) Close() {
	c.closing.Store(true)
	for _, p := range c.pubs {
		if p != nil {
			_ = p.nc.Close()
		}
	}
	for _, s := range c.subs {
		if s != nil {
			_ = s.nc.Close()
		}
	}
	c.readers.Wait()
}

// now is the time of a delivery or a sending.
func (c *Crowd) now() time.Duration { return time.Since(c.began) }

// fail notes the first error of a client.
func (c *Crowd) fail(err error) {
	if err != nil && !c.closing.Load() {
		c.failed.CompareAndSwap(nil, &err)
		c.running.Store(false)
	}
}

func (c *Crowd) err() error {
	if err := c.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Run sends for a while, waits for the last delivery, and tells what came.
func (c *Crowd) Run(d time.Duration) (*Tally, error) {
	stuck := time.AfterFunc(d+2*patience, func() { // a broker that takes nothing would hold us up for good
		c.fail(errors.New("the broker takes nothing any more"))
		for _, p := range c.pubs {
			_ = p.nc.Close()
		}
	})
	defer stuck.Stop()
	sent := c.sent()
	for _, s := range c.subs {
		s.reset()
	}
	began := time.Now()
	c.running.Store(true)
	if c.plan.Rate > 0 {
		c.pace(d)
	} else {
		for _, p := range c.pubs {
			p.pump()
		}
		for time.Since(began) < d && c.running.Load() {
			time.Sleep(5 * time.Millisecond)
		}
	}
	c.running.Store(false)
	total := &Tally{Sent: c.sent() - sent}
	for give := time.Now().Add(c.grace); !c.settled() && c.err() == nil && time.Now().Before(give); {
		time.Sleep(time.Millisecond)
	}
	total.Took = time.Since(began)
	for _, s := range c.subs {
		s.addTo(total)
	}
	if due := total.Sent * uint64(c.plan.Copies); total.Delivered < due {
		total.Lost = due - total.Delivered
	}
	return total, c.err()
}

// sent is how many messages all publishers have ever sent.
func (c *Crowd) sent() (n uint64) {
	for _, p := range c.pubs {
		p.mu.Lock()
		n += p.sent
		p.mu.Unlock()
	}
	return n
}

// settled reports whether everything sent is acknowledged and delivered.
func (c *Crowd) settled() bool {
	for _, p := range c.pubs {
		p.mu.Lock()
		settled := p.settled() >= p.sent
		p.mu.Unlock()
		if !settled {
			return false
		}
	}
	return true
}

func (s *subscriber) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally = Tally{}
}

func (s *subscriber) addTo(total *Tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total.Delivered += s.tally.Delivered
	total.Repeated += s.tally.Repeated
	total.Skipped += s.tally.Skipped
	total.Delays.Merge(&s.tally.Delays)
}
