package traffic

import (
	"runtime"
	"syscall"
	"time"
)

// pace sends at a fixed rate for a while, as far as the windows allow. It sleeps in the kernel: the timers of Go are as coarse as a
// millisecond in an idle process, and messages would come in bursts.
func (c *Crowd) pace(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, sent, turn := time.Now(), 0, 0
	pause := syscall.NsecToTimespec(int64(50 * time.Microsecond))
	for elapsed := time.Duration(0); elapsed < d && c.running.Load(); elapsed = time.Since(began) {
		due := int(elapsed.Seconds()*float64(c.plan.Rate)) - sent
		for full := 0; due > 0 && full < len(c.pubs); turn++ {
			n := 1
			if c.plan.Batched {
				n = due
			}
			if n = c.pubs[turn%len(c.pubs)].offer(n); n == 0 {
				full++
				continue
			}
			full = 0
			sent += n
			due -= n
		}
		_ = syscall.Nanosleep(&pause, nil)
	}
}

// offer sends up to n messages, as far as the window allows, and returns how many.
func (p *publisher) offer(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n = min(n, p.room()); n > 0 {
		p.send(n)
	}
	return n
}
