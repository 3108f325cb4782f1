package broker

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"telltale/base/event"
)

// throttles are the quotas of an account. A limiter that is nil lets everything pass.
type throttles struct {
	connects, publishes, deliveries, subscriptions, queued, retained, directs *rate.Limiter

	mu             sync.Mutex
	clients        recent // connected lately, by client id
	topics         recent // retained lately, by topic
	requests       recent // about clients lately, by operation
	clientRequests recent // the same, by operation and client id
}

func (t *throttles) init(r *Rates) {
	t.connects, t.publishes, t.deliveries = limiter(r.Connects), limiter(r.AccountPublishes), limiter(r.AccountDeliveries)
	t.subscriptions, t.queued, t.retained = limiter(r.Subscriptions), limiter(r.Queued), limiter(r.Retained)
	t.directs = limiter(r.DirectMessages)
	t.clients.rate, t.topics.rate = r.ClientConnects, r.RetainedTopic
	t.requests.rate, t.clientRequests.rate = r.Requests, r.ClientRequests
}

// limiter lets so many pass in a second, all at once if need be; 0 has none.
func limiter(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), perSecond)
}

func allows(l *rate.Limiter, now time.Time, n int) bool { return l == nil || l.AllowN(now, n) }

// recent counts what happened to many names in the last second.
type recent struct {
	rate   int
	counts map[string]int
	since  time.Time
	before map[string]int // the second before
}

// allows counts a name and reports whether its rate allows it.
func (x *recent) allows(mu *sync.Mutex, now time.Time, name string) bool {
	if x.rate == 0 {
		return true
	}
	mu.Lock()
	defer mu.Unlock()
	if passed := now.Sub(x.since); passed >= time.Second {
		x.before = nil
		if passed < 2*time.Second {
			x.before = x.counts
		}
		x.counts, x.since = make(map[string]int), now
	}
	rest := 1 - now.Sub(x.since).Seconds() // the part of the second before that counts still
	if float64(x.counts[name])+float64(x.before[name])*rest >= float64(x.rate) {
		return false
	}
	x.counts[name]++
	return true
}

// throttled is the failure of an operation that a quota did not allow.
func throttled(format string, args ...any) event.Failure {
	return event.Failure{Outcome: event.Throttle, Reason: "THROTTLED", Details: fmt.Sprintf(format, args...)}
}

// slow makes a client that sends too many bytes wait: what it sends is read later. (aws: general/iot-core#message-broker-limits)
func (c *conn) slow(n int) {
	if c.bytes == nil {
		return
	}
	delay := c.bytes.ReserveN(c.now, min(n, c.bytes.Burst())).DelayFrom(c.now)
	if delay <= 0 {
		return
	}
	c.b.needs.Facts.Record(&c.origin, &Throttled{})
	wait := time.NewTimer(delay)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-c.ending:
	}
}
