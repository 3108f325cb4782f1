package jobs

import (
	"fmt"
	"strings"

	"telltale/base/event"
)

// Kinds lists every kind of fact the service records.
var Kinds = []*event.Kind{kindGetPending, kindDescribe, kindStartNext, kindUpdate, kindFinalCount, kindCounts}

// No metric counts requests by kind, so the kinds have no stem of their own.
var (
	kindGetPending = event.NewKind(event.Kind{Name: "GetPendingJobExecution", Component: "jobs", Success: event.Debug})
	kindDescribe   = event.NewKind(event.Kind{Name: "DescribeJobExecution", Component: "jobs", Success: event.Debug})
	kindStartNext  = event.NewKind(event.Kind{Name: "StartNextPendingJobExecution", Component: "jobs", Success: event.Debug})
	kindUpdate     = event.NewKind(event.Kind{Name: "UpdateJobExecution", Component: "jobs", Success: event.Debug})
	kindFinalCount = event.NewKind(event.Kind{Name: "ReportFinalJobExecutionCount", Component: "jobs", Success: event.Info})
	kindCounts     = event.NewKind(event.Kind{Component: "jobs"})
)

// Access is the fact that a device asked for executions or changed one, or that this was refused.
// Entries: GetPendingJobExecution and the others (aws: iot/cwl-format#log-job). Metrics: ClientErrorCount, ServerErrorCount.
type Access struct {
	event.Failure
	verb     *verb
	Protocol string
	Job      string // "" if the request names none
	Topic    string // of the request; for HTTP the topic that would have been used
	Token    string // the client token
	Version  int64  // of the execution afterwards
	Known    bool   // there is such an execution: what was never made gets no metric of its own
	Status   string // that was asked for
}

func (e *Access) Kind() *event.Kind { return e.verb.kind }
func (e *Access) Fields(w *event.Writer) {
	w.Str("protocol", e.Protocol)
	w.Str("clientId", w.Origin.ClientID)
	if e.verb.job {
		w.Str("jobId", e.Job)
	}
	w.Str("topicName", e.Topic)
	w.OptStr("clientToken", e.Token)
	if e.verb == update {
		w.Str("versionNumber", fmt.Sprint(e.Version))
	}
	w.Str("details", e.details())
	w.OptStr("reason", e.Reason)
}

// details is the sentence that the entry tells.
func (e *Access) details() string {
	switch {
	case e.Outcome != event.Success:
		return e.Details
	case e.verb == update:
		return "The destination status is " + e.Status + ". The request status is SUCCESS."
	}
	return "The request status is SUCCESS."
}

func (e *Access) Count(c *event.Counter) {
	name := "ClientErrorCount"
	switch {
	case e.Outcome == event.Success || !e.Known:
		return
	case e.Outcome == event.ServerError:
		name = "ServerErrorCount"
	}
	c.Add(name, 1, event.Dim{Name: "JobId", Value: e.Job})
}

// FinalCount is the fact that a job is complete. Entry: ReportFinalJobExecutionCount.
type FinalCount struct {
	event.Failure
	Job    string
	counts map[status]int64
}

func newFinalCount(t *tally) *FinalCount { return &FinalCount{Job: t.Job, counts: t.All} }

func (*FinalCount) Kind() *event.Kind { return kindFinalCount }
func (e *FinalCount) Fields(w *event.Writer) {
	w.Str("jobId", e.Job)
	var b strings.Builder
	fmt.Fprintf(&b, "Job %s completed.", e.Job)
	for _, s := range statuses {
		n := e.counts[s]
		switch s {
		case timedOut: // has no figure in the entry
			continue
		case failed:
			n += e.counts[timedOut]
		}
		fmt.Fprintf(&b, " %s job execution count: %d", s, n)
	}
	w.Str("details", b.String())
}

// Counts is the fact that executions of a job came to other statuses. It makes no entry.
// Metrics: for each status but TIMED_OUT, how many came to it and how many there are now.
type Counts struct {
	event.Failure
	Job       string
	came, all map[status]int64
}

// metricStems are the names of the statuses in metrics, where one is spelled like nowhere else.
var metricStems = map[status]string{queued: "Queued", inProgress: "InProgress", failed: "Failed", succeeded: "Succeded", canceled: "Canceled",
	rejected: "Rejected", removed: "Removed"}

func (*Counts) Kind() *event.Kind    { return kindCounts }
func (*Counts) Fields(*event.Writer) {}
func (e *Counts) Count(c *event.Counter) {
	dim := event.Dim{Name: "JobId", Value: e.Job}
	for _, s := range statuses {
		stem := metricStems[s]
		if stem == "" {
			continue
		}
		if n := e.came[s]; n > 0 {
			c.Add(stem+"JobExecutionCount", float64(n), dim)
		}
		c.Add(stem+"JobExecutionTotalCount", float64(e.all[s]), dim)
	}
}

func newCounts(t *tallying) *Counts { return &Counts{Job: t.Job, came: t.came, all: t.All} }
