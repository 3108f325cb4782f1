package series

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Counter is a series that is counted on from hot paths: one value costs a reading of the clock and one atomic operation, no lock and no
// allocation. Any number of goroutines may use it; it lives as long as its store.
type Counter struct {
	store  *Store
	stream *stream
	own    cell
	spread atomic.Pointer[[spreadCells]cell] // nil until two goroutines have met at own
}

// cell holds a minute in the upper half and the ones counted in it in the lower half, so that both change together: a count cannot land
// in the wrong minute, and nobody has to empty the cell at the full minute.
type cell struct {
	word atomic.Uint64
	_    [56]byte // one cache line each
}

const spreadCells = 16

// Counter returns the counter of a series, always the same one.
func (s *Store) Counter(m Metric, unit string) *Counter {
	var c *Counter
	s.with(&m, unit, func(st *stream) {
		st.mu.Lock()
		defer st.mu.Unlock()
		if st.counter == nil {
			st.counter = &Counter{store: s, stream: st}
		}
		c = st.counter
	})
	return c
}

// Inc counts the value 1, now.
func (c *Counter) Inc() { c.count(1) }

// count counts the value 1 several times, now.
func (c *Counter) count(times uint32) {
	minute := uint64(c.store.clock.minute())
	at := &c.own
	if spread := c.spread.Load(); spread != nil {
		at = &spread[rand.Uint32()%spreadCells]
	}
	word := at.word.Load()
	if word>>32 != minute || uint32(word) > math.MaxUint32-times {
		c.turn(at, minute, times)
	} else if !at.word.CompareAndSwap(word, word+uint64(times)) {
		c.spread.CompareAndSwap(nil, new([spreadCells]cell))
		c.turn(at, minute, times)
	}
}

// turn counts where the cell may belong to another minute, which it then leaves behind in its bucket.
func (c *Counter) turn(at *cell, minute uint64, times uint32) {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	for {
		word := at.word.Load()
		if word>>32 == minute && uint32(word) <= math.MaxUint32-times {
			if at.word.CompareAndSwap(word, word+uint64(times)) {
				return
			}
		} else if at.word.CompareAndSwap(word, minute<<32|uint64(times)) {
			c.store.settle(c.stream, word)
			return
		}
	}
}

// Add adds a finite value, now. Any other is ignored: there is nobody to tell.
func (c *Counter) Add(v float64) { c.AddTimes(v, 1) }

// AddTimes adds the same value several times.
func (c *Counter) AddTimes(v float64, times uint32) {
	if v == 1 {
		c.count(times)
		return
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	minute := c.store.clock.minute() * 60
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	c.store.bucket(c.stream, minute).Add(v, float64(times))
}

// drain moves what was counted into the buckets. The caller holds the stream's mu: counts leave the cells only under it, so whoever holds
// it and has drained sees everything that was counted before.
func (c *Counter) drain() {
	c.store.settle(c.stream, c.own.word.Swap(0))
	if spread := c.spread.Load(); spread != nil {
		for i := range spread {
			c.store.settle(c.stream, spread[i].word.Swap(0))
		}
	}
}

// settle puts a cell's count into the bucket of its minute. The caller holds the stream's mu.
func (s *Store) settle(st *stream, word uint64) {
	if n := uint32(word); n > 0 {
		s.bucket(st, int64(word>>32)*60).Add(1, float64(n))
	}
}

// clock tells the minute from the monotonic clock, which is read in half the time; set takes the wall clock's word for it now and then,
// so steps of the wall clock and sleep of the machine are followed.
type clock struct{ anchor atomic.Pointer[anchor] }

type anchor struct {
	at   time.Time
	nano int64
}

func (c *clock) set() {
	now := time.Now()
	c.anchor.Store(&anchor{now, now.UnixNano()})
}

// minute is the number of whole minutes since 1970.
func (c *clock) minute() int64 {
	a := c.anchor.Load()
	return (a.nano + int64(time.Since(a.at))) / int64(time.Minute)
}
