package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"telltale/test/updater"
)

// writers is how many devices, and how many connections to PostgreSQL, write at once; underWay is how many writes each of them may have
// unanswered: as many as the shadow service allows.
const (
	writers  = 64
	underWay = 10
)

// document is what is written each time.
const document = `{"state":{"reported":{"temperature":21.5,"humidity":45,"battery":{"level":80,"charging":true},"firmware":"1.2.3","count":%d}},"clientToken":"t-%d"}`

// durable is a program that keeps documents durably: telltale or PostgreSQL.
type durable interface {
	title() string
	cpu() (time.Duration, error)
	write(total int64) error // so many documents, by all writers together
}

// measureShadows writes documents in alternating rounds, and kills telltale in the last one.
func measureShadows(binary string, updates int64, rounds int) error {
	ours, err := startTelltale(binary)
	if err != nil {
		return err
	}
	defer func() { ours.stop() }()
	fleet := &fleet{broker: ours}
	peers := []durable{fleet}
	if postgres, err := startPostgres(); err != nil {
		fmt.Printf("no PostgreSQL to compare with: %v\n", err)
	} else {
		defer postgres.stop()
		peers = append(peers, postgres)
	}
	rates, costs := make([][]float64, len(peers)), make([][]float64, len(peers))
	for range rounds + 1 {
		for i, p := range peers {
			rate, cost, err := measureDurable(p, updates)
			if err != nil {
				return fmt.Errorf("%s: %w", p.title(), err)
			}
			rates[i], costs[i] = append(rates[i], rate), append(costs[i], cost)
			fmt.Printf("%-10s %7.0f durable writes/s   %6.2f CPU-s per million\n", p.title(), rate, cost)
		}
	}
	fmt.Printf("\n%d clients, %d updates under way each, %d B, every one acknowledged when it is on the disk, median of %d rounds of %d:\n",
		writers, underWay, len(document), rounds, updates)
	fmt.Printf("  %s, shadow updates over MQTT, versions contiguous, history kept, entries stored   %6.0f /s   %6.2f CPU-s per million\n",
		ours.version, median(rates[0][1:]), median(costs[0][1:]))
	if len(peers) > 1 {
		fmt.Printf("  %s, pipelined prepared inserts, each its own transaction, synchronous_commit=on   %6.0f /s   %6.2f CPU-s per million\n",
			peers[1].(*postgres).version, median(rates[1][1:]), median(costs[1][1:]))
		fmt.Printf("  ratio of writes/s %.2f (above 1 is better), of CPU %.2f (below 1 is better)\n",
			median(rates[0][1:])/median(rates[1][1:]), median(costs[0][1:])/median(costs[1][1:]))
	}
	return fleet.killed(binary)
}

func measureDurable(p durable, total int64) (rate, cost float64, err error) {
	before, err := p.cpu()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := p.write(total); err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	time.Sleep(300 * time.Millisecond) // what still waits to be written belongs to the round
	after, err := p.cpu()
	return float64(total) / took.Seconds(), (after - before).Seconds() / float64(total) * 1e6, err
}

// fleet is the devices of a telltale.
type fleet struct {
	*broker
	devices []updater.Device
}

func (f *fleet) title() string { return f.name }

func (f *fleet) write(total int64) error {
	if err := f.connect(); err != nil {
		return err
	}
	defer f.close()
	return together(func(i int) error { return f.devices[i].Update(context.Background(), total/writers) })
}

func (f *fleet) connect() error {
	for i := range writers {
		if i == len(f.devices) {
			f.devices = append(f.devices, updater.Device{Name: fmt.Sprintf("load-%d", i), Window: underWay, Payload: document})
		}
		if err := f.devices[i].Connect(f.addr); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) close() {
	for i := range f.devices {
		_ = f.devices[i].Close()
	}
}

// killed kills the program while all devices update, starts it again, and counts the accepted updates that are lost.
func (f *fleet) killed(binary string) error {
	if err := f.connect(); err != nil {
		return err
	}
	defer f.close()
	kill := time.AfterFunc(2*time.Second, func() { _ = f.cmd.Process.Kill() })
	defer kill.Stop()
	err := together(func(i int) error {
		if err := f.devices[i].Update(context.Background(), 1<<40); updater.IsWrong(err) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	_ = f.cmd.Wait()
	again, err := runTelltale(binary, f.dir)
	if err != nil {
		return err
	}
	defer again.stop()
	var accepted, lost int64
	for i := range f.devices {
		d := &f.devices[i]
		version, err := again.version64(d.Name)
		if err != nil {
			return err
		}
		accepted += d.Version
		lost += max(0, d.Version-version)
	}
	fmt.Printf("  kill -9 under load: %d of %d accepted updates lost\n\n", lost, accepted)
	if lost > 0 {
		return fmt.Errorf("%d accepted updates are lost", lost)
	}
	return nil
}

// version64 asks for the version of a shadow over HTTP.
func (b *broker) version64(thing string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(b.dir, "run.json"))
	if err != nil {
		return 0, err
	}
	var run struct{ Gateway string }
	if err := json.Unmarshal(text, &run); err != nil {
		return 0, err
	}
	res, err := http.Get("http://" + run.Gateway + "/things/" + thing + "/shadow")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var d struct{ Version int64 }
	err = json.NewDecoder(res.Body).Decode(&d)
	return d.Version, err
}

// together runs all writers at once and returns the first error.
func together(f func(i int) error) error {
	var running sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		running.Go(func() { errs[i] = f(i) })
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
