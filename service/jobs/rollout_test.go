package jobs

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/shape/iot"
)

// crowd registers n things in a group. It writes straight through the registry, many calls, so n is small.
func (w *world) crowd(name string, n int) {
	w.t.Helper()
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("t%05d", i))
	}
	w.group(name, "", list...)
}

// until lets time pass until so many seconds after the beginning of the bubble, and checks how many things have been told then. Every
// turn at such a moment must be at least half a second away, as a fast rollout goes on once a second.
func (w *world) until(seconds float64, job string, want int64) {
	w.t.Helper()
	time.Sleep(time.Until(time.Unix(epoch, 0).Add(time.Duration(seconds * float64(time.Second)))))
	if got := w.told(job); got != want {
		w.t.Errorf("after %v seconds: got %d things told, want %d", seconds, got, want)
	}
}

func TestConstantRollout(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 130)
		in := order("j", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(50)}
		w.create(in)
		w.until(0, "j", 1)
		if j := w.describe("j"); !*j.IsConcurrent || len(j.JobProcessDetails.ProcessingTargets) != 1 {
			t.Errorf("while it rolls out: got %+v, %+v", j, j.JobProcessDetails)
		}
		w.until(59.5, "j", 50)
		w.until(119.5, "j", 100)
		w.until(180, "j", 130)
		if j := w.describe("j"); *j.IsConcurrent || len(j.JobProcessDetails.ProcessingTargets) != 0 {
			t.Errorf("when it has rolled out: got %+v, %+v", j, j.JobProcessDetails)
		}
	})
}

// The example of the reference with a tenth of its numbers: 50 a minute, twice as many after each 100 notified things.
func TestExponentialRollout(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 560)
		in := order("j", group("g"))
		in.JobExecutionsRolloutConfig = exponential(50, 2, 100, 0)
		w.create(in)
		for _, x := range []struct {
			rate, from, to float64 // per minute, seconds
			told           int64
		}{{50, 0, 120, 100}, {100, 120, 180, 200}, {200, 180, 210, 300}, {400, 210, 225, 400}, {800, 225, 232.5, 500}, {1000, 232.5, 236.1, 560}} {
			time.Sleep(time.Until(time.Unix(epoch, 0).Add(time.Duration(x.to * float64(time.Second)))))
			got, late := w.told("j"), int64(x.rate/60+1) // what became due in the last second
			if got > x.told+1 || got < x.told-late {
				t.Errorf("at second %v: got %d things told, want %d, or up to %d fewer", x.to, got, x.told, late)
			}
		}
		w.until(240, "j", 560)
	})
}

func TestRolloutBySuccess(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 100)
		in := order("j", group("g"))
		in.JobExecutionsRolloutConfig = exponential(2, 5, 0, 2)
		w.create(in)
		w.until(125, "j", 5) // at 0, 30, 60, 90, 120
		w.report("j", "t00000", succeeded)
		w.report("j", "t00001", failed)
		w.until(185, "j", 7)
		w.report("j", "t00002", succeeded)
		w.until(239, "j", 12) // at 210 for the last time by the old rate, then every 6 seconds
	})
}

func TestChangedRate(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 100)
		in := order("j", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in)
		w.until(70, "j", 2)
		ok(t, home, w.UpdateJob, &iot.UpdateJobInput{JobId: "j", JobExecutionsRolloutConfig: &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1000)}})
		w.until(80, "j", 100)
	})
}

func TestRestartInRollout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		w := newWorld(t, db, Default())
		stop := w.start()
		w.crowd("g", 120)
		in := order("j", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(60)}
		w.create(in)
		w.until(59.5, "j", 60)
		stop()
		time.Sleep(time.Hour)
		w = newWorld(t, db, Default())
		defer w.start()()
		w.until(3659.5, "j", 61) // what was missed is not caught up with
		w.until(3719, "j", 120)
		for _, x := range ok(t, home, w.ListJobExecutionsForJob, &iot.ListJobExecutionsForJobInput{JobId: "j"}).ExecutionSummaries {
			if *x.JobExecutionSummary.ExecutionNumber != 1 {
				t.Errorf("%s was told twice", x.ThingArn)
			}
		}
	})
}

// The program ends after any of the changes that a rollout makes.
func TestRestartAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		w := newWorld(t, db, Default())
		w.crowd("g", 2*portion+10)
		ok(t, home, w.CreateJob, order("j", group("g")))
		for steps := 0; ; steps++ {
			w = newWorld(t, db, Default())
			j, err := w.soonest(context.Background())
			if err != nil || steps > 20 {
				t.Fatal(j, err)
			}
			if j == nil {
				break
			}
			if err := w.advanceOne(context.Background(), j); err != nil {
				t.Fatal(err)
			}
		}
		if _, things := w.counts("j"); things[queued] != 2*portion+10 || len(things) != 1 {
			t.Errorf("got %v", things)
		}
	})
}

func TestTenThousandThings(t *testing.T) {
	if raced {
		t.Skip("the race detector makes the database twenty times slower; smaller tests run the same code with it")
	}
	const n = 10_000
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		w := newWorld(t, db, Default())
		for i := range 100 {
			ok(t, home, w.reg.CreateThingGroup, &iot.CreateThingGroupInput{ThingGroupName: fmt.Sprint("g", i)})
			for k := range n / 100 {
				name := fmt.Sprintf("t%05d", 100*i+k)
				w.things(name)
				w.enter(name, fmt.Sprint("g", i))
			}
		}
		in := continuous("j")
		for i := range 100 {
			in.Targets = append(in.Targets, group(fmt.Sprint("g", i)))
		}
		defer w.start()()
		w.create(in)
		if got := w.told("j"); got != n {
			t.Errorf("%d things were told, want %d", got, n)
		}
		notified := map[string]int{}
		w.mu.Lock()
		for _, m := range w.messages {
			notified[m.Topic]++
		}
		w.mu.Unlock()
		if len(notified) != 2*n {
			t.Errorf("%d topics got notifications, want %d", len(notified), 2*n)
		}
		for topic, count := range notified {
			if count != 1 {
				t.Errorf("%s got %d notifications", topic, count)
			}
		}
	})
}

func TestConcurrentJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Concurrent = 2
		w := newWorld(t, memory(t), cfg)
		defer w.start()()
		w.crowd("g", 3)
		for i := range 4 {
			in := order(fmt.Sprint("j", i), group("g"))
			in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
			w.create(in)
			minutes(0.1)
		}
		f := func(want ...int64) {
			t.Helper()
			for i, n := range want {
				if got := w.told(fmt.Sprint("j", i)); got != n {
					t.Errorf("j%d has told %d things, want %d", i, got, n)
				}
			}
		}
		f(1, 1, 0, 0)
		if *w.describe("j2").IsConcurrent {
			t.Error("a job that waits counts as concurrent")
		}
		minutes(2) // the first two are done
		f(3, 3, 1, 1)
		minutes(2)
		f(3, 3, 3, 3)
		w.create(order("j4", group("g")))
		f(3, 3, 3, 3, 3)
	})
}
