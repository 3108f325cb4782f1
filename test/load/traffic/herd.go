package traffic

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"telltale/lang/mqtt"
)

// Herd is connections that do nothing.
type Herd struct{ clients []*client }

// Gather connects n clients.
func Gather(t Target, n int) (*Herd, error) {
	h := &Herd{clients: make([]*client, n)}
	err := Each(n, func(i int) (err error) {
		if h.clients[i], err = dial(t, fmt.Sprintf("load-idle-%d", i), 64); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		return nil
	})
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// Ping lets every client ping and waits for all answers.
func (h *Herd) Ping() error {
	return Each(len(h.clients), func(i int) error {
		c := h.clients[i]
		_ = c.nc.SetDeadline(time.Now().Add(patience))
		if _, err := c.ask(mqtt.AppendPingreq(nil), mqtt.TypePingresp); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		return c.nc.SetDeadline(time.Time{})
	})
}

// Close ends all connections.
func (h *Herd) Close() {
	for _, c := range h.clients {
		if c != nil {
			_ = c.nc.Close()
		}
	}
}

// visits counts clients that came to leave again: each has an id of its own, because AWS allows one CONNECT a second for each.
var visits atomic.Int64

// Connects connects and leaves again, several clients at once, for a while, and returns how many times.
func Connects(t Target, d time.Duration) (int, error) {
	var made atomic.Int64
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	until := time.Now().Add(d)
	for range workers {
		running.Go(func() {
			for time.Now().Before(until) && failed.Load() == nil {
				c, err := dial(t, fmt.Sprintf("load-connect-%d", visits.Add(1)), 64)
				if err == nil {
					err = c.leave()
				}
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				made.Add(1)
			}
		})
	}
	running.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(made.Load()), nil
}
