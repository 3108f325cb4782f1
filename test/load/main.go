// Command load measures telltale beside mosquitto in the same run: broker CPU-seconds per million delivered messages, time from
// start to ready, and resident memory when idle. Both brokers and the generator share the machine; CPU time is read from the
// operating system, so it is the steady figure. telltale writes every message's Publish-In and Publish-Out entries to its durable
// log store meanwhile; mosquitto's logging is off. Beside PostgreSQL it measures durable shadow updates, and counts what a kill -9 loses.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"telltale/test/binary"
)

func main() {
	messages := flag.Int("messages", 400_000, "messages of one round")
	rounds := flag.Int("rounds", 5, "rounds, brokers alternating; the median counts")
	size := flag.Int("size", 64, "payload bytes")
	updates := flag.Int64("updates", 200_000, "shadow updates of one round")
	only := flag.String("only", "", "measure only start, pairs or shadows")
	flag.Parse()
	if err := run(*only, *messages, *updates, *rounds, *size); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// measure is one thing to measure.
type measure struct {
	name string
	run  func() error
}

func run(only string, messages int, updates int64, rounds, size int) error {
	dir, err := os.MkdirTemp("", "telltale-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	telltale, err := binary.Build(dir)
	if err != nil {
		return err
	}
	measures := []measure{
		{"start", func() error { return measureStart(telltale) }},
		{"pairs", func() error { return comparePairs(telltale, messages, rounds, size) }},
		{"shadows", func() error { return measureShadows(telltale, updates, rounds) }},
	}
	if only != "" && !slices.ContainsFunc(measures, func(m measure) bool { return m.name == only }) {
		return fmt.Errorf("nothing is called %q; there are start, pairs and shadows", only)
	}
	for _, m := range measures {
		if only != "" && only != m.name {
			continue
		}
		if err := m.run(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// comparePairs measures telltale and mosquitto side by side.
func comparePairs(telltale string, messages, rounds, size int) error {
	ours, err := startTelltale(telltale)
	if err != nil {
		return err
	}
	defer ours.stop()
	peer, err := startMosquitto()
	if err != nil {
		return err
	}
	defer peer.stop()
	return measurePairs([]*broker{ours, peer}, messages, rounds, size)
}

// measurePairs sends messages from one publisher to one subscriber, QoS 0, with a window, in alternating rounds.
func measurePairs(brokers []*broker, messages, rounds, size int) error {
	cost := make([][]float64, len(brokers))
	for range rounds + 1 {
		for i, b := range brokers {
			before, err := b.cpu()
			if err != nil {
				return err
			}
			result, err := pair(b.addr, messages, size)
			if err != nil {
				return fmt.Errorf("%s: %w", b.name, err)
			}
			time.Sleep(300 * time.Millisecond) // what still waits to be written belongs to the round
			after, err := b.cpu()
			if err != nil {
				return err
			}
			if result.delivered != messages || result.disordered != 0 {
				return fmt.Errorf("%s: %d of %d messages delivered, %d out of order", b.name, result.delivered, messages, result.disordered)
			}
			cost[i] = append(cost[i], (after-before).Seconds()/float64(messages)*1e6)
			fmt.Printf("%-10s %7.0f messages/s   %6.2f CPU-s per million   p50 %v p99 %v\n", b.name, result.rate, cost[i][len(cost[i])-1], result.p50, result.p99)
		}
	}
	ours, peer := median(cost[0][1:]), median(cost[1][1:]) // the first round warms up
	fmt.Printf("\none publisher, one subscriber, %d B, QoS 0, median of %d rounds of %d messages:\n", size, rounds, messages)
	fmt.Printf("  %s, INFO entries of every message stored   %6.2f CPU-s per million\n", brokers[0].version, ours)
	fmt.Printf("  %s, logging off                %6.2f CPU-s per million\n", brokers[1].version, peer)
	fmt.Printf("  ratio %.2f (below 1 is better)\n", ours/peer)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
