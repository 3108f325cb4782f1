package jobs

import (
	"testing"
	"time"

	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
)

func (w *world) wantStatus(job, thing string, want status, version, number int64) {
	w.t.Helper()
	if e := w.newest(job, thing); e.Status != want || e.Version != version || e.Number != number {
		w.t.Errorf("%s on %s is %s in version %d of execution %d, want %s, %d and %d", job, thing, e.Status, e.Version, e.Number, want, version, number)
	}
}

func TestInProgressTimer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1", Settings: plan.Settings{Timeout: 5}}, "lamp")
		minutes(60) // a queued execution has no timer
		w.published()
		w.send(lamp+"start-next", `{}`)
		minutes(4)
		w.send(lamp+"j1/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":60}`) // neither extends the timer
		minutes(0.99)
		w.wantStatus("j1", "lamp", inProgress, 3, 1)
		minutes(0.01)
		w.wantStatus("j1", "lamp", timedOut, 4, 1)
		w.want("told", w.published(), `notify {"timestamp":946688700,"jobs":{}}`, `notify-next {"timestamp":946688700}`)
		w.want("too late", w.send(lamp+"j1/update", `{"status":"SUCCEEDED"}`),
			`to dev1: j1/update/rejected {"code":"TerminalStateReached","message":"The job execution has reached the terminal state TIMED_OUT and cannot be changed.","timestamp":946688700}`)
	})
}

func TestStepTimer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		w.send(lamp+"start-next", `{"stepTimeoutInMinutes":2}`)
		minutes(1)
		w.send(lamp+"j1/update", `{"status":"IN_PROGRESS"}`) // it stays
		if got := w.newest("j1", "lamp").remaining(time.Now()); got == nil || *got != 60 {
			t.Errorf("an update without a step timer leaves %v seconds, want 60", got)
		}
		w.send(lamp+"j1/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":3}`) // it is replaced
		minutes(2.5)
		w.send(lamp+"start-next", `{"stepTimeoutInMinutes":1}`) // and again, without a new version
		w.wantStatus("j1", "lamp", inProgress, 4, 1)
		minutes(0.9)
		w.send(lamp+"j1/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":-1}`) // it is gone
		minutes(100000)
		w.wantStatus("j1", "lamp", inProgress, 5, 1)
		w.send(lamp+"j1/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":1}`)
		minutes(1)
		w.wantStatus("j1", "lamp", timedOut, 7, 1)
	})
}

// A timer that starts later may end earlier.
func TestTimersInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		things := []string{"a", "b", "c"}
		w.give(job{ID: "j1"}, things...)
		for i, thing := range things {
			w.send("$aws/things/"+thing+"/jobs/start-next", `{"stepTimeoutInMinutes":`+string(rune('7'-i))+`}`)
		}
		for i := range things {
			minutes(map[int]float64{0: 5, 1: 1, 2: 1}[i])
			for k, thing := range things {
				want := inProgress
				if k >= 2-i {
					want = timedOut
				}
				if e := w.newest("j1", thing); e.Status != want {
					t.Errorf("after %d timers %s is %s, want %s", i+1, thing, e.Status, want)
				}
			}
		}
	})
}

func TestRetries(t *testing.T) {
	type end struct {
		to     status
		queues bool
	}
	f := func(what string, rules []plan.RetryRule, ends ...end) {
		t.Helper()
		bubble(t, func(t *testing.T, w *world) {
			w.give(job{ID: "j1", Settings: plan.Settings{Retry: rules}}, "lamp")
			for i, e := range ends {
				w.moveTo("j1", "lamp", inProgress, byDevice)
				by := byDevice
				if e.to == timedOut {
					by = byTimer
				}
				w.moveTo("j1", "lamp", e.to, by)
				last := w.newest("j1", "lamp")
				wantNumber, wantStatus := int64(i+1), e.to
				if e.queues {
					wantNumber, wantStatus = wantNumber+1, queued
				}
				if last.Number != wantNumber || last.Status != wantStatus || last.Attempt != wantNumber-1 {
					t.Errorf("%s: end %d leaves execution %d %s attempt %d, want %d %s", what, i+1, last.Number, last.Status, last.Attempt, wantNumber, wantStatus)
				}
			}
			all, things := w.counts("j1")
			var n, m int64
			for s := range all {
				n += all[s]
			}
			for s := range things {
				m += things[s]
			}
			if n != w.newest("j1", "lamp").Number || m != 1 {
				t.Errorf("%s: %d executions and %d things are counted: %v, %v", what, n, m, all, things)
			}
		})
	}
	f("none", nil, end{failed, false})
	f("failed only", []plan.RetryRule{{Failure: "FAILED", Times: 1}}, end{failed, true}, end{failed, false})
	f("not timed out", []plan.RetryRule{{Failure: "FAILED", Times: 1}}, end{timedOut, false})
	f("each its own", []plan.RetryRule{{Failure: "FAILED", Times: 1}, {Failure: "TIMED_OUT", Times: 2}}, end{timedOut, true}, end{failed, true}, end{timedOut, true}, end{timedOut, false})
	f("all", []plan.RetryRule{{Failure: "ALL", Times: 2}}, end{timedOut, true}, end{failed, true}, end{failed, false})
	f("success ends it", []plan.RetryRule{{Failure: "ALL", Times: 2}}, end{failed, true}, end{succeeded, false})
	f("rejection is final", []plan.RetryRule{{Failure: "ALL", Times: 2}}, end{rejected, false})
	f("zero", []plan.RetryRule{{Failure: "ALL", Times: 0}}, end{failed, false})
	ten := []end{}
	for range 10 {
		ten = append(ten, end{failed, true})
	}
	f("ten in all", []plan.RetryRule{{Failure: "FAILED", Times: 10}, {Failure: "TIMED_OUT", Times: 10}}, append(ten, end{timedOut, false})...)
}

// A retry is a new execution of which the thing is told.
func TestRetryIsAnnounced(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1", Settings: plan.Settings{Retry: []plan.RetryRule{{Failure: iot.RetryableFailureTypeFailed, Times: 1}}}}, "lamp")
		w.published()
		w.want("failure", w.send(lamp+"j1/update", `{"status":"FAILED"}`),
			`to dev1: j1/update/accepted {"timestamp":946684800}`,
			`notify {"timestamp":946684800,"jobs":{"QUEUED":[{"jobId":"j1","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":2}]}}`,
			`notify-next {"timestamp":946684800,"execution":{"jobId":"j1","status":"QUEUED","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":2,"jobDocument":{"do":"j1"}}}`)
		w.want("the old one", w.send(lamp+"j1/update", `{"status":"SUCCEEDED","executionNumber":1}`),
			`to dev1: j1/update/rejected {"code":"TerminalStateReached","message":"The job execution has reached the terminal state FAILED and cannot be changed.","timestamp":946684800}`)
		w.want("the new one", w.send(lamp+"j1/update", `{"status":"SUCCEEDED","includeJobExecutionState":true}`),
			`to dev1: j1/update/accepted {"executionState":{"status":"SUCCEEDED","statusDetails":{},"versionNumber":2},"timestamp":946684800}`,
			`notify {"timestamp":946684800,"jobs":{}}`, `notify-next {"timestamp":946684800}`)
	})
}
