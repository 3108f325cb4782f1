package shadow

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/store/state"
)

// waiters is a publisher that tells clients of their accepted updates and drops everything else.
type waiters struct{ accepted map[string]chan struct{} }

func (w *waiters) Publish(_ context.Context, m *message.Message) error {
	if topic, ok := strings.CutSuffix(m.Topic, "/accepted"); ok {
		w.accepted[topic] <- struct{}{}
	}
	return nil
}

func cpu() time.Duration {
	var use syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkUpdate measures durable updates of 64 clients, each of which has some requests under way: about its own thing, or about one
// of many things after the other, more than are remembered.
func BenchmarkUpdate(b *testing.B) {
	for _, lanes := range []int{2, 4} {
		for _, window := range []int{1, 10} {
			for _, things := range []int{64, 64_000} {
				b.Run(fmt.Sprintf("lanes=%d/inflight=%d/things=%d", lanes, window, things), func(b *testing.B) { benchmarkUpdate(b, lanes, window, things) })
			}
		}
	}
}

func benchmarkUpdate(b *testing.B, lanes, window, things int) {
	const clients = 64
	cfg, dbConfig := Default(), state.Default()
	cfg.Lanes = lanes
	dbConfig.Path = filepath.Join(b.TempDir(), "state.db")
	db, err := state.Open(dbConfig, Tables()...)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	w, topics := &waiters{accepted: map[string]chan struct{}{}}, make([][]string, clients)
	for i := range things {
		topic := fmt.Sprintf("$aws/things/thing-%06d/shadow/update", i)
		topics[i%clients] = append(topics[i%clients], topic)
		w.accepted[topic] = w.accepted[topics[i%clients][0]]
		if i < clients {
			w.accepted[topic] = make(chan struct{}, window)
		}
	}
	s, err := New(b.Context(), cfg, Needs{State: db, Publisher: w})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var running, working sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	for i := range clients {
		working.Go(func() {
			updates, own := (b.N+i)/clients, topics[i]
			m := &message.Message{Origin: caller.Origin{Scope: home, ClientID: own[0], Trace: caller.NewTrace()}}
			for n := range updates + window {
				if n >= window && n-window < updates {
					<-w.accepted[own[0]]
				}
				if n < updates {
					m.Topic = own[n%len(own)]
					m.Payload = fmt.Appendf(nil, `{"state":{"reported":{"temperature":%d.5,"humidity":%d,"battery":{"level":%d,"charging":true},"firmware":"1.2.3"}},"clientToken":"t-%d"}`, n%40, n%100, n%100, n)
					s.HandleMessage(ctx, m)
				}
			}
		})
	}
	working.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
	stop()
	running.Wait()
}
