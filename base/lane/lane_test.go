package lane

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"telltale/base/caller"
)

var (
	errCrowded = errors.New("crowded")
	errClosed  = errors.New("closed")
	home       = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger   = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

type request struct {
	talk Talk
	n    int
	err  error
}

func (r *request) Talk() Talk { return r.talk }

func (r *request) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func lanes(n, inFlight, waiting int) *Lanes[*request] {
	return New[*request](Config{Lanes: n, InFlight: inFlight, Waiting: waiting, Crowded: errCrowded, Closed: errClosed})
}

// unanswered is how many talks are counted.
func (l *Lanes[R]) unanswered() (n int) {
	for _, q := range l.queues {
		n += len(q.asked)
	}
	return n
}

func TestVerdicts(t *testing.T) {
	l := lanes(1, 2, 3)
	f := func(what, client string, wantFailed, wantRefused error) {
		t.Helper()
		r := &request{talk: Talk{home, "lamp", client}}
		if err := l.Add(r); err != wantRefused || r.err != wantFailed {
			t.Errorf("%s: refused with %v and failed with %v, want %v and %v", what, err, r.err, wantRefused, wantFailed)
		}
	}
	f("the first", "dev1", nil, nil)
	f("the second", "dev1", nil, nil)
	f("one too many of a connection", "dev1", errCrowded, nil)
	f("the lane is full", "dev2", errCrowded, nil)
	f("the lane is full for everybody", "", errCrowded, nil)
	f("the last to be told in turn", "dev2", errCrowded, nil)
	f("the lane is more than full", "dev2", nil, errCrowded)
	l.queues[0].close()
	f("the lane is closed", "dev3", nil, errClosed)
}

// A connection may ask again about a thing when it is about to be answered.
func TestInFlight(t *testing.T) {
	f := func(what string, talk func(i int) Talk, wantFailed int) {
		t.Helper()
		l := lanes(2, 10, 100)
		for range 2 {
			failed := 0
			for i := range 12 {
				r := &request{talk: talk(i)}
				if err := l.Add(r); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if r.err != nil {
					failed++
				}
			}
			if failed != wantFailed {
				t.Errorf("%s: %d of 12 failed, want %d", what, failed, wantFailed)
			}
			for _, q := range l.queues {
				l.Served(q.take(nil))
			}
			if n := l.unanswered(); n != 0 {
				t.Errorf("%s: %d talks are still counted as unanswered", what, n)
			}
		}
	}
	f("one client, one thing", func(int) Talk { return Talk{home, "lamp", "dev1"} }, 2)
	f("one client, several things", func(i int) Talk { return Talk{home, fmt.Sprint(i), "dev1"} }, 0)
	f("several clients", func(i int) Talk { return Talk{home, "lamp", fmt.Sprint(i)} }, 0)
	f("two accounts", func(i int) Talk { return Talk{[]caller.Scope{home, stranger}[i%2], "lamp", "dev1"} }, 0)
	f("no client", func(int) Talk { return Talk{home, "lamp", ""} }, 0)
}

// Requests about one thing are served by one lane in their order, in batches that are not too long, and what waits at the end is served.
func TestOrder(t *testing.T) {
	const n, things = 3000, 7
	l := lanes(4, n, n)
	for i := range n {
		if err := l.Add(&request{talk: Talk{home, fmt.Sprint(i % things), "dev1"}, n: i}); err != nil {
			t.Fatal(err)
		}
	}
	served := make([][]*request, 4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx, func(lane int, batch []*request) {
		if len(batch) > maxBatch {
			t.Errorf("a batch of %d, want at most %d", len(batch), maxBatch)
		}
		served[lane] = append(served[lane], batch...)
		l.Served(batch)
	})
	lane, count := map[string]int{}, 0
	for i, list := range served {
		count += len(list)
		if !slices.IsSortedFunc(list, func(a, b *request) int { return a.n - b.n }) {
			t.Errorf("lane %d did not serve in order", i)
		}
		for _, r := range list {
			if was, known := lane[r.talk.Thing]; known && was != i {
				t.Fatalf("thing %s was served by the lanes %d and %d", r.talk.Thing, was, i)
			}
			lane[r.talk.Thing] = i
		}
	}
	if count != n || l.unanswered() != 0 {
		t.Errorf("served %d of %d, %d talks are still counted as unanswered", count, n, l.unanswered())
	}
	if err := l.Add(&request{talk: Talk{home, "lamp", "dev1"}}); err != errClosed {
		t.Errorf("after the end: %v, want %v", err, errClosed)
	}
}
