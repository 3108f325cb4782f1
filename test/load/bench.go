package main

import (
	"errors"
	"fmt"
	"time"

	"telltale/test/load/traffic"
)

// bench is how loads are measured.
type bench struct {
	binary  string
	id      *identity
	kinds   []string // the programs compared
	rounds  int
	length  time.Duration // of one round
	rate    int           // messages a second instead of what a scenario has; 0: that
	idle    int           // connections of the scenario idle
	calm    time.Duration // that idle connections get before their memory is measured
	patient time.Duration // what repeating noisy rounds may still take
	profile string        // file for the CPU profiles of telltale; "" makes none
}

// result is what was measured of one program under one load: medians of all rounds.
type result struct {
	load
	Peer      string  `json:"peer"`
	Rounds    int     `json:"rounds"`
	Figure    float64 `json:"figure"` // what the demand is about
	Unit      string  `json:"unit"`
	Rate      float64 `json:"perSecond,omitempty"` // deliveries or connects
	P50       float64 `json:"p50us,omitempty"`
	P99       float64 `json:"p99us,omitempty"`
	P999      float64 `json:"p999us,omitempty"`
	Delivered uint64  `json:"delivered,omitempty"`
	Resident  float64 `json:"residentMiB,omitempty"` // at the end
	Noisy     int     `json:"noisyRounds,omitempty"` // rounds that others disturbed, repeated in vain
	Entries   float64 `json:"entriesDropped"`        // part of the log entries that were dropped: such a figure meets no demand
	Wrong     string  `json:"wrong,omitempty"`       // why the figure counts for nothing
}

// round is the figures of one round.
type round struct {
	cost, rate float64
	tally      *traffic.Tally
	noisy      bool
	dropped    int // log entries
}

// subject is one program during a measurement.
type subject struct {
	*peer
	result result
	rounds []round
	once   func() (round, error) // one round, CPU time left out
	close  func()
}

// costPerMillion is the unit of most figures.
const costPerMillion = "CPU-s per million"

// measure measures a load with every program.
func (b *bench) measure(l load) ([]result, error) {
	switch l.Scenario {
	case "idle":
		return b.each(l, b.holdIdle)
	case "connect":
		return b.alternate(l, b.length, "connects per CPU-s", connecting)
	case "latency", "evenlatency":
		return b.latency(l)
	}
	plan := plans[l.Scenario]
	plan.QoS, plan.Size = l.QoS, l.Size
	if b.rate > 0 {
		plan.Rate, plan.Batched = b.rate, l.Scenario != "thin"
	}
	return b.alternate(l, b.length, costPerMillion, flowing(func(string) traffic.Plan { return plan }))
}

// prepare readies a program for rounds of a length.
type prepare func(s *subject, l load, length time.Duration) error

// flowing are rounds of a plan, which may depend on the program.
func flowing(plan func(kind string) traffic.Plan) prepare {
	return func(s *subject, l load, length time.Duration) error {
		crowd, err := traffic.Open(plan(s.kind), s.target(l))
		if err != nil {
			return err
		}
		s.close = crowd.Close
		s.once = func() (round, error) {
			tally, err := crowd.Run(length)
			if err != nil {
				return round{}, err
			}
			return round{tally: tally, rate: float64(tally.Delivered) / tally.Took.Seconds()}, nil
		}
		return nil
	}
}

// connecting are rounds of connects.
func connecting(s *subject, l load, length time.Duration) error {
	s.close = func() {}
	s.once = func() (round, error) {
		made, err := traffic.Connects(s.target(l), length)
		return round{rate: float64(made) / length.Seconds(), tally: &traffic.Tally{Delivered: uint64(made)}}, err
	}
	return nil
}

// alternate starts all programs and measures them in alternating rounds. A program that does wrong is left out from there on.
func (b *bench) alternate(l load, length time.Duration, unit string, ready prepare) ([]result, error) {
	peers, stop, err := b.start()
	if err != nil {
		return nil, err
	}
	defer stop()
	subjects := make([]*subject, len(peers))
	for i, p := range peers {
		s := &subject{peer: p, result: result{load: l, Peer: p.kind, Unit: unit}, close: func() {}}
		subjects[i] = s
		if err := ready(s, l, length); err != nil {
			s.result.Wrong = err.Error()
			continue
		}
		defer s.close()
		if _, err := s.once(); err != nil { // warms up
			s.result.Wrong = err.Error()
		}
	}
	profiles, err := b.startProfiles(subjects)
	if err != nil {
		return nil, err
	}
	for range b.rounds {
		for _, s := range subjects {
			if s.result.Wrong == "" {
				b.round(s, peers)
			}
		}
	}
	if err := endProfiles(profiles); err != nil {
		return nil, err
	}
	results := make([]result, len(subjects))
	for i, s := range subjects {
		s.conclude()
		results[i] = s.result
	}
	return results, nil
}

// start starts all programs, and returns what stops them.
func (b *bench) start() (peers []*peer, stop func(), err error) {
	stop = func() {
		for _, p := range peers {
			p.stop()
		}
	}
	for _, kind := range b.kinds {
		p, err := startPeer(kind, b.binary, b.id)
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("starting %s: %w", kind, err)
		}
		peers = append(peers, p)
	}
	return peers, stop, nil
}

// repeats is how many times a round is repeated that others disturbed.
const repeats = 3

// round measures one round of a program, again when others disturbed it.
func (b *bench) round(s *subject, peers []*peer) {
	for try := 0; ; try++ {
		began, noise := time.Now(), listen(peers)
		r, err := s.charged()
		if err != nil {
			s.result.Wrong = err.Error()
			return
		}
		r.noisy = noise.cores() > quiet
		if r.noisy && try < repeats && b.patient > 0 {
			b.patient -= time.Since(began)
			continue
		}
		s.rounds = append(s.rounds, r)
		return
	}
}

// charged is one round with the CPU time it took, including that of what still had to be written.
func (s *subject) charged() (round, error) {
	before, err := s.cpu()
	if err != nil {
		return round{}, err
	}
	dropped := s.diary.drops()
	r, err := s.once()
	if err != nil {
		return r, err
	}
	after, err := s.rest()
	if err != nil {
		return r, err
	}
	r.cost = (after - before).Seconds() / float64(max(r.tally.Delivered, 1)) * 1e6
	if wrong := r.tally.Wrong(); wrong != "" {
		return r, errors.New(wrong)
	}
	r.dropped = s.diary.drops() - dropped
	return r, nil
}

// rest waits until a program has nothing to do any more and returns its CPU time.
func (s *subject) rest() (time.Duration, error) {
	latest, err := s.cpu()
	for range 25 {
		if err != nil {
			break
		}
		time.Sleep(60 * time.Millisecond)
		var now time.Duration
		if now, err = s.cpu(); now-latest <= 10*time.Millisecond { // one tick
			return now, err
		}
		latest = now
	}
	return latest, err
}

// conclude makes the medians of all rounds.
func (s *subject) conclude() {
	r := &s.result
	r.Resident, _ = s.resident()
	if r.Rounds = len(s.rounds); r.Rounds == 0 {
		return
	}
	of := func(value func(round) float64) float64 {
		var values []float64
		for _, one := range s.rounds {
			values = append(values, value(one))
		}
		return median(values)
	}
	delay := func(q float64) float64 {
		return of(func(one round) float64 { return float64(one.tally.Delays.Quantile(q).Nanoseconds()) / 1e3 })
	}
	r.Rate = of(func(one round) float64 { return one.rate })
	r.Figure = of(func(one round) float64 { return one.cost })
	if r.Unit != costPerMillion {
		r.Figure = 1e6 / max(r.Figure, 1e-9)
	} else {
		r.P50, r.P99, r.P999 = delay(0.5), delay(0.99), delay(0.999)
	}
	var entries, dropped float64
	for _, one := range s.rounds {
		r.Delivered += one.tally.Delivered
		entries += float64(one.tally.Sent + one.tally.Delivered) // a Publish-In and a Publish-Out
		dropped += float64(one.dropped)
		if one.noisy {
			r.Noisy++
		}
	}
	r.Entries = dropped / max(entries, 1)
}

// latency measures what every program delays messages at half of the rate at which it is saturated, or at which the slowest is.
func (b *bench) latency(l load) ([]result, error) {
	plan := plans["pairs"]
	plan.QoS, plan.Size = l.QoS, l.Size
	once := *b
	once.rounds, once.profile = 1, ""
	full, err := once.alternate(l, b.length, costPerMillion, flowing(func(string) traffic.Plan { return plan }))
	if err != nil {
		return nil, err
	}
	rates, slowest := map[string]float64{}, 1e9
	for _, r := range full {
		rates[r.Peer] = max(r.Rate, 1) // one that failed will fail again
		slowest = min(slowest, rates[r.Peer])
	}
	half := func(kind string) traffic.Plan {
		paced := plan
		paced.Batched, paced.Rate = true, int(rates[kind]/2)
		if l.Scenario == "evenlatency" {
			paced.Rate = int(slowest / 2)
		}
		return paced
	}
	results, err := b.alternate(l, b.length, costPerMillion, flowing(half))
	for i := range results {
		results[i].Figure, results[i].Unit = results[i].P99, "p99 us"
	}
	return results, err
}

// each measures programs one after the other, each alone.
func (b *bench) each(l load, one func(p *peer, l load) result) (results []result, err error) {
	for _, kind := range b.kinds {
		p, err := startPeer(kind, b.binary, b.id)
		if err != nil {
			return nil, fmt.Errorf("starting %s: %w", kind, err)
		}
		results = append(results, one(p, l))
		p.stop()
	}
	return results, nil
}

// holdIdle measures the memory of connections that do nothing, after a while and after each has pinged once.
func (b *bench) holdIdle(p *peer, l load) (r result) {
	r = result{load: l, Peer: p.kind, Rounds: 1, Unit: "KB each"}
	fail := func(err error) result {
		r.Wrong = err.Error()
		return r
	}
	time.Sleep(b.calm / 2)
	before, err := p.resident()
	if err != nil {
		return fail(err)
	}
	began := time.Now()
	herd, err := traffic.Gather(p.target(l), b.idle)
	if err != nil {
		return fail(err)
	}
	defer herd.Close()
	r.Rate = float64(b.idle) / time.Since(began).Seconds()
	time.Sleep(b.calm)
	if err := herd.Ping(); err != nil {
		return fail(err)
	}
	time.Sleep(b.calm)
	after, err := p.resident()
	if err != nil {
		return fail(err)
	}
	r.Resident, r.Figure = after, (after-before)*1024*1.024/float64(b.idle)
	r.Delivered = uint64(b.idle)
	return r
}
