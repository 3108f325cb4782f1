package main

import (
	"fmt"
	"math/rand/v2"

	"telltale/test/load/traffic"
)

// load is what is measured: a scenario and its variables.
type load struct {
	Scenario string `json:"scenario"`
	QoS      byte   `json:"qos"`
	Size     int    `json:"size"`
	TLS      bool   `json:"tls"`
}

func (l load) String() string {
	transport := "plain"
	if l.TLS {
		transport = "TLS"
	}
	if l.Scenario == "idle" || l.Scenario == "connect" {
		return fmt.Sprintf("%s %s", l.Scenario, transport)
	}
	return fmt.Sprintf("%s %d B QoS %d %s", l.Scenario, l.Size, l.QoS, transport)
}

// window is how many messages of one publisher may be on their way. The hundred publishers of fanin together stay below the thousand
// messages that AWS lets wait for one client.
const (
	window      = 32
	faninWindow = 8
)

// plans are the scenarios in which messages flow. Topics begin with load/, which the devices' policy allows.
var plans = map[string]traffic.Plan{
	"pairs": {
		Publishers: 50, Subscribers: 50, Window: window, Copies: 1, Whole: true,
		Filters: func(i int) []string { return []string{fmt.Sprintf("load/pairs/%d", i)} },
		Topics:  func(i int) []string { return []string{fmt.Sprintf("load/pairs/%d", i)} },
	},
	"fanin": {
		Publishers: 100, Subscribers: 1, Window: faninWindow, Copies: 1, Whole: true,
		Filters: func(int) []string { return []string{"load/fanin/+"} },
		Topics:  func(i int) []string { return []string{fmt.Sprintf("load/fanin/%d", i)} },
	},
	"fanout": {
		Publishers: 1, Subscribers: 500, Window: window, Copies: 500, Whole: true,
		Filters: func(int) []string { return []string{"load/fanout"} },
		Topics:  func(int) []string { return []string{"load/fanout"} },
	},
	"thin": {
		Publishers: 500, Subscribers: 500, Window: window, Rate: 20_000, Copies: 1, Whole: true,
		Filters: func(i int) []string { return []string{fmt.Sprintf("load/thin/%d", i)} },
		Topics:  func(i int) []string { return []string{fmt.Sprintf("load/thin/%d", i)} },
	},
	"subs": {
		Publishers: 50, Subscribers: 2000, Window: window, Copies: 1,
		Filters: wildcards, Topics: scattered,
	},
}

// filtersEach is how many subscriptions each client of subs has: as many as AWS allows.
const filtersEach = 50

// wildcards are the filters of a client of subs: one half with + in the middle, one with # at the end.
func wildcards(subscriber int) (filters []string) {
	for k := range filtersEach {
		if k < filtersEach/2 {
			filters = append(filters, fmt.Sprintf("load/subs/+/d%d/k%d", subscriber, k))
		} else {
			filters = append(filters, fmt.Sprintf("load/subs/r%d/d%d/#", k, subscriber))
		}
	}
	return filters
}

// scattered are the topics of a publisher of subs, in an order that is the same each time: every topic matches exactly one filter of
// all clients, and no two publishers share one.
func scattered(publisher int) (topics []string) {
	for d := publisher; d < 2000; d += 50 {
		for k := range filtersEach / 2 {
			topics = append(topics, fmt.Sprintf("load/subs/r%d/d%d/k%d", k, d, k), fmt.Sprintf("load/subs/r%d/d%d/k%d", k+filtersEach/2, d, k+filtersEach/2))
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(publisher)))
	r.Shuffle(len(topics), func(i, j int) { topics[i], topics[j] = topics[j], topics[i] })
	return topics
}
