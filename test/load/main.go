// Command load measures telltale beside mosquitto in the same run, and tells which of the demands on its performance are met.
//
// The figure of most loads is the broker's CPU-seconds per million delivered messages: all programs and the generator share the
// machine, and CPU time, read from the operating system, is steady where throughput is not. Programs alternate by rounds; the median
// counts; a round during which other processes used more than 0.2 core is repeated. mosquitto's logging is off. telltale runs twice:
// with levels DISABLED, and at INFO, where it writes the Publish-In and Publish-Out entries of every message to its durable log store
// meanwhile. Every delivery is checked: none lost, none twice, in order, no entry dropped, or the figure counts for nothing.
//
// Without flags it prints a table of all demands. The scenarios start, pair and shadows stand alone: the time to get ready, one
// publisher and one subscriber, durable shadow updates beside PostgreSQL.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"telltale/test/binary"
)

// options are the flags.
type options struct {
	scenario, peers, profile string
	binary                   string
	qos, size, rounds, rate  int
	tls, short, json         bool
	length                   time.Duration
	messages                 int
	updates                  int64
}

func main() {
	var o options
	flag.StringVar(&o.scenario, "scenario", "", "measure only "+strings.Join(scenarios(), ", "))
	flag.IntVar(&o.qos, "qos", 0, "QoS of a scenario: 0 or 1")
	flag.IntVar(&o.size, "size", 64, "payload bytes of a scenario, 20 at least")
	flag.BoolVar(&o.tls, "tls", false, "a scenario with TLS and client certificates")
	flag.IntVar(&o.rate, "rate", 0, "messages a second of a scenario, instead of as many as its windows allow; do not use more than a program can take")
	flag.StringVar(&o.peers, "peers", mosquitto+","+disabled+","+info, "the programs to measure")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, programs alternating; the median counts")
	flag.DurationVar(&o.length, "time", 0, "length of a round: 2s for one scenario, else 700ms, or 200ms with -short")
	flag.BoolVar(&o.short, "short", false, "shorter rounds, 64 B only, 1,000 idle connections, noisy rounds kept: a rough table")
	flag.StringVar(&o.binary, "binary", "", "a telltale that is built already, to compare one with another")
	flag.BoolVar(&o.json, "json", false, "print a JSON line for each result")
	flag.StringVar(&o.profile, "cpuprofile", "", "with -scenario: perf writes profiles of telltale to FILE.disabled and FILE.info; the top functions are printed")
	flag.IntVar(&o.messages, "messages", 400_000, "messages of one round of the scenario pair")
	flag.Int64Var(&o.updates, "updates", 200_000, "updates of one round of the scenario shadows")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// alone are the scenarios that are no load of the table.
var alone = map[string]func(telltale string, o *options) error{
	"start":   func(telltale string, _ *options) error { return measureStart(telltale) },
	"pair":    func(telltale string, o *options) error { return comparePairs(telltale, o.messages, o.rounds, o.size) },
	"shadows": func(telltale string, o *options) error { return measureShadows(telltale, o.updates, o.rounds) },
}

func scenarios() []string {
	names := []string{"connect", "evenlatency", "idle", "latency"}
	names = slices.AppendSeq(names, maps.Keys(plans))
	names = slices.AppendSeq(names, maps.Keys(alone))
	slices.Sort(names)
	return names
}

func (o *options) check() error {
	if o.scenario != "" && !slices.Contains(scenarios(), o.scenario) {
		return fmt.Errorf("nothing is called %q; the scenarios are %s", o.scenario, strings.Join(scenarios(), ", "))
	}
	for _, kind := range strings.Split(o.peers, ",") {
		if kind != mosquitto && kind != disabled && kind != info {
			return fmt.Errorf("there is no program %q; there are %s, %s and %s", kind, mosquitto, disabled, info)
		}
	}
	switch {
	case o.qos != 0 && o.qos != 1:
		return fmt.Errorf("QoS %d is not measured; 0 and 1 are", o.qos)
	case o.size < 20 || o.size > 2048:
		return fmt.Errorf("a payload of %d B is not measured; 20 to 2048 are", o.size)
	case o.rate < 0 || o.rate > 0 && (o.scenario == "" || o.scenario == "fanout" || plans[o.scenario].Copies == 0):
		return errors.New("-rate is for the scenarios fanin, pairs, subs and thin")
	case o.rounds < 1:
		return fmt.Errorf("%d rounds measure nothing", o.rounds)
	case o.profile != "" && (o.scenario == "" || alone[o.scenario] != nil):
		return errors.New("-cpuprofile needs a -scenario of the table")
	}
	return nil
}

func run(o *options) error {
	if err := o.check(); err != nil {
		return err
	}
	raiseDescriptors()
	dir, err := os.MkdirTemp("", "telltale-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	telltale, err := o.program(dir)
	if err != nil {
		return err
	}
	if f := alone[o.scenario]; f != nil {
		return f(telltale, o)
	}
	b := &bench{binary: telltale, kinds: strings.Split(o.peers, ","), rounds: o.rounds, length: o.length, rate: o.rate, idle: 10_000, calm: 2 * time.Second, patient: 45 * time.Second, profile: o.profile}
	if b.id, err = newIdentity(); err != nil {
		return err
	}
	if o.scenario != "" {
		return b.one(load{o.scenario, byte(o.qos), o.size, o.tls}, o)
	}
	return b.table(o)
}

// program is the telltale to measure.
func (o *options) program(dir string) (string, error) {
	switch {
	case o.binary != "":
		return o.binary, nil
	case o.profile != "":
		return buildProfiled(dir)
	}
	return binary.Build(dir)
}

// one measures one load.
func (b *bench) one(l load, o *options) error {
	if b.length == 0 {
		b.length = 2 * time.Second
	}
	results, err := b.measure(l)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(os.Stdout, results)
	}
	printResults(os.Stdout, results)
	return nil
}

// table measures everything that is demanded.
func (b *bench) table(o *options) error {
	if b.length == 0 {
		b.length = 700 * time.Millisecond
	}
	if o.short {
		b.idle, b.calm, b.patient = 1000, 700*time.Millisecond, 0
		if o.length == 0 {
			b.length = 200 * time.Millisecond
		}
	}
	if !o.json {
		printHead(os.Stdout)
	}
	all, met := rows(o.short), 0
	for _, r := range all {
		results, err := b.measure(r.load)
		switch {
		case err != nil:
			return fmt.Errorf("%v: %w", r.load, err)
		case o.json:
			if err := printJSON(os.Stdout, results); err != nil {
				return err
			}
		case printRow(os.Stdout, r, results):
			met++
		}
	}
	if !o.json {
		fmt.Printf("%d of %d rows meet their demands; \"noisy\": other processes disturbed a round that was repeated in vain\n", met, len(all))
	}
	return nil
}

// raiseDescriptors lets this process and those it starts open as many files as the system allows: ten thousand connections need them.
func raiseDescriptors() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
