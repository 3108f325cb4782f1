package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// quiet is how much of one core other processes may use during a run before it is repeated.
const quiet = 0.2

// noise tells how much CPU time other processes have used since it was made.
type noise struct {
	peers  []*peer
	began  time.Time
	others time.Duration
}

func listen(peers []*peer) *noise {
	return &noise{peers: peers, began: time.Now(), others: others(peers)}
}

// cores is how many cores' worth of time other processes have used.
func (n *noise) cores() float64 {
	return (others(n.peers) - n.others).Seconds() / time.Since(n.began).Seconds()
}

// others is the CPU time of the machine that neither this process nor a peer has used. Time in interrupts is left out: no process is
// charged with it.
func others(peers []*peer) time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[:strings.IndexByte(string(text), '\n')]))
	var busy time.Duration
	for _, i := range []int{1, 2, 3, 8} { // user, nice, system, stolen
		ticks, _ := strconv.ParseInt(fields[i], 10, 64)
		busy += time.Duration(ticks) * 10 * time.Millisecond
	}
	var self syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	busy -= time.Duration(self.Utime.Nano() + self.Stime.Nano())
	for _, p := range peers {
		used, _ := p.cpu()
		busy -= used
	}
	return busy
}
