package state_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"telltale/store/state"
)

type shadow struct {
	Account, Region, Thing, Type string
	Version                      int
	Document                     []byte
}

// bench opens a database of n shadows.
func bench(b *testing.B, sync state.Sync, n int, indexed bool) (*state.DB, *state.Table[shadow]) {
	b.Helper()
	table := &state.Table[shadow]{Name: "bench_shadows", Key: func(s *shadow) state.Key { return state.K(s.Account, s.Region, s.Thing) }}
	if indexed {
		table.Index = []state.Index[shadow]{{Name: "type", Key: func(s *shadow) []state.Key { return []state.Key{state.K(s.Account, s.Region, s.Type)} }}}
	}
	db, err := state.Open(state.Config{Path: filepath.Join(b.TempDir(), "state.db"), Sync: sync}, table)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	err = db.Update(context.Background(), func(tx *state.Tx) error {
		for i := range n {
			if err := table.Put(tx, newShadow(i, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return db, table
}

func newShadow(i, version int) *shadow {
	return &shadow{"123456789012", "eu-west-1", fmt.Sprintf("thing-%06d", i), fmt.Sprint("type-", i%50), version, make([]byte, 150)}
}

func cpu() time.Duration {
	var use syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// each runs f b.N times from the given number of goroutines and reports operations per second and CPU per operation.
func each(b *testing.B, goroutines int, f func(i int) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	for range goroutines {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if err := f(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func BenchmarkUpdate(b *testing.B) {
	const n = 100_000
	for _, sync := range []state.Sync{state.Full, state.Normal} {
		for _, indexed := range []bool{false, true} {
			for _, writers := range []int{1, 64} {
				b.Run(fmt.Sprintf("sync=%v/indexed=%v/writers=%d", sync, indexed, writers), func(b *testing.B) {
					db, table := bench(b, sync, n, indexed)
					each(b, writers, func(i int) error {
						return db.Update(context.Background(), func(tx *state.Tx) error {
							r, err := table.Get(tx, table.Key(newShadow(rand.IntN(n), 0)))
							if err != nil {
								return err
							}
							r.Version++
							return table.Put(tx, r)
						})
					})
				})
			}
		}
	}
}

func BenchmarkGet(b *testing.B) {
	const n = 100_000
	db, table := bench(b, state.Full, n, false)
	each(b, 4, func(i int) error {
		return db.View(context.Background(), func(tx *state.Tx) error {
			_, err := table.Get(tx, table.Key(newShadow(rand.IntN(n), 0)))
			return err
		})
	})
}

func BenchmarkPage250(b *testing.B) {
	db, table := bench(b, state.Full, 100_000, true)
	for _, index := range []bool{false, true} {
		b.Run(fmt.Sprintf("index=%v", index), func(b *testing.B) {
			each(b, 1, func(i int) error {
				return db.View(context.Background(), func(tx *state.Tx) (err error) {
					if index {
						_, _, err = table.PageIndex(tx, "type", state.K("123456789012", "eu-west-1", fmt.Sprint("type-", i%50)), state.Cursor{}, 250)
					} else {
						_, _, err = table.Page(tx, state.K("123456789012"), state.K("123456789012", "eu-west-1", fmt.Sprintf("thing-%06d", i%99_000)), 250)
					}
					return err
				})
			})
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	tables := make([]state.Schema, 40)
	for i := range tables {
		tables[i] = &state.Table[shadow]{
			Name:  fmt.Sprint("bench_table", i),
			Key:   func(s *shadow) state.Key { return state.K(s.Thing) },
			Index: []state.Index[shadow]{{Name: "type", Key: func(s *shadow) []state.Key { return []state.Key{state.K(s.Type)} }}},
		}
	}
	b.Run("fresh", func(b *testing.B) {
		dir := b.TempDir()
		for i := range b.N {
			db := openDir(b, filepath.Join(dir, fmt.Sprint(i)), tables...)
			b.StopTimer()
			db.Close()
			b.StartTimer()
		}
	})
	b.Run("again", func(b *testing.B) {
		dir := b.TempDir()
		openDir(b, dir, tables...).Close()
		b.ResetTimer()
		for range b.N {
			openDir(b, dir, tables...).Close()
		}
	})
	b.Run("memory", func(b *testing.B) {
		for range b.N {
			openMemory(b, tables...).Close()
		}
	})
}
