package jobs

import (
	"testing"

	"telltale/base/event"
)

func TestFinalCount(t *testing.T) {
	e := newFinalCount(&tally{Job: "j1", All: map[status]int64{queued: 1, inProgress: 2, failed: 3, succeeded: 4, canceled: 5, rejected: 6, removed: 7, timedOut: 8}})
	var w event.Writer
	e.Fields(&w)
	want := "Job j1 completed. QUEUED job execution count: 1 IN_PROGRESS job execution count: 2 FAILED job execution count: 11 SUCCEEDED job execution count: 4 " +
		"CANCELED job execution count: 5 REJECTED job execution count: 6 REMOVED job execution count: 7"
	if got := w.List(); len(got) != 2 || got[0].Str != "j1" || got[1].Str != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
}

func TestCountMetrics(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "a", "b")
		totals := func(queued, running, succeeded string) []string {
			dim := " [{JobId j1}]"
			return []string{"QueuedJobExecutionTotalCount " + queued + dim, "InProgressJobExecutionTotalCount " + running + dim, "FailedJobExecutionTotalCount 0" + dim,
				"SuccededJobExecutionTotalCount " + succeeded + dim, "CanceledJobExecutionTotalCount 0" + dim, "RejectedJobExecutionTotalCount 0" + dim, "RemovedJobExecutionTotalCount 0" + dim}
		}
		w.want("queued", w.take(&w.samples), append([]string{"QueuedJobExecutionCount 2 [{JobId j1}]"}, totals("2", "0", "0")...)...)
		w.moveTo("j1", "a", inProgress, byDevice)
		started := totals("1", "1", "0")
		w.want("started", w.take(&w.samples), append([]string{started[0], "InProgressJobExecutionCount 1 [{JobId j1}]"}, started[1:]...)...)
		w.moveTo("j1", "a", inProgress, byDevice)
		w.want("details", w.take(&w.samples))
		w.moveTo("j1", "a", succeeded, byDevice)
		ended := totals("1", "0", "1")
		w.want("ended", w.take(&w.samples), append(append(append([]string{}, ended[:3]...), "SuccededJobExecutionCount 1 [{JobId j1}]"), ended[3:]...)...)
	})
}
