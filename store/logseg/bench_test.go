//go:build unix

package logseg

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"telltale/lang/predicate"
)

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkAppend stores broker entries by 256 and seals them in the background.
func BenchmarkAppend(b *testing.B) {
	for _, seal := range []bool{false, true} {
		b.Run(fmt.Sprintf("seal=%t", seal), func(b *testing.B) {
			cfg := Config{Dir: b.TempDir(), SealRows: 1 << 30, MemBytes: 1 << 40}
			if seal {
				cfg.SealRows, cfg.MemBytes = 0, 0
			}
			l, err := Open(cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			tmpl, err := l.Template(publishIn)
			if err != nil {
				b.Fatal(err)
			}
			entries := brokerEntries(tmpl, 256*64)
			b.ReportAllocs()
			b.ResetTimer()
			start, n := cpu(), 0
			for i := 0; b.Loop(); i++ {
				part := entries[i%64*256:][:256]
				for k := range part {
					part[k].TS++
					part[k].Ingested = 0
				}
				if err := l.Append(context.Background(), part); err != nil {
					b.Fatal(err)
				}
				n += 256
			}
			if seal {
				if err := l.Flush(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu()-start).Nanoseconds())/float64(n), "cpu-ns/entry")
			if s := l.Stats(); seal {
				b.ReportMetric(float64(s.SegmentBytes)/float64(s.SegmentRows), "sealed-B/entry")
			} else {
				b.ReportMetric(float64(s.WALBytes)/float64(n), "wal-B/entry")
			}
		})
	}
}

// BenchmarkScan reads 512k sealed broker entries.
func BenchmarkScan(b *testing.B) {
	l, err := Open(Config{InMemory: true})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	tmpl, err := l.Template(publishIn)
	if err != nil {
		b.Fatal(err)
	}
	const rows = 512 << 10
	entries := brokerEntries(tmpl, rows)
	for part := range slices.Chunk(entries, 4096) {
		if err := l.Append(context.Background(), part); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	var one Row
	for row := range l.Scan(context.Background(), ScanReq{Groups: []uint32{1}, From: entries[rows/2].TS, Limit: 1}) {
		one.Message = append(one.Message, row.Message...)
	}
	_, trace, _ := strings.Cut(string(one.Message), `"traceId":"`)
	for _, c := range []struct {
		name string
		r    ScanReq
	}{
		{"all", ScanReq{}},
		{"page of 10000 from the middle", ScanReq{From: entries[rows/2].TS, Limit: 10000}},
		{"one client", ScanReq{Pred: predicate.Contains("device-00042")}},
		{"one trace", ScanReq{Pred: predicate.Contains(trace[:36])}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.r.Groups = []uint32{1}
			for b.Loop() {
				n := 0
				for _, err := range l.Scan(context.Background(), c.r) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				b.ReportMetric(float64(n), "rows")
			}
		})
	}
}
