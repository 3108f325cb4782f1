package jobs

import (
	"strings"
	"time"

	"telltale/base/caller"
)

// jobEvent is the message about a job that ended, is ending or is gone. Unlike its own, its times are in milliseconds.
// (aws: iot/events-jobs)
type jobEvent struct {
	EventType       string         `json:"eventType"`
	EventID         string         `json:"eventId"`
	Timestamp       int64          `json:"timestamp"`
	Operation       string         `json:"operation"`
	JobID           string         `json:"jobId"`
	Status          string         `json:"status"`
	TargetSelection string         `json:"targetSelection"`
	Targets         []string       `json:"targets"`
	Description     string         `json:"description"`
	CompletedAt     int64          `json:"completedAt,omitempty"`
	CreatedAt       int64          `json:"createdAt"`
	LastUpdatedAt   int64          `json:"lastUpdatedAt"`
	Comment         string         `json:"comment,omitempty"`
	Details         *jobEventCount `json:"jobProcessDetails,omitempty"`
}

// jobEventCount counts the things of a completed job by how they ended. Those that timed out have no number of their own and count as
// failed.
type jobEventCount struct {
	Canceled  int64 `json:"numberOfCanceledThings"`
	Rejected  int64 `json:"numberOfRejectedThings"`
	Failed    int64 `json:"numberOfFailedThings"`
	Removed   int64 `json:"numberOfRemovedThings"`
	Succeeded int64 `json:"numberOfSucceededThings"`
}

// announceJob sends the event message about a job. The operation in capitals is the status it tells.
func (c *change) announceJob(j *job, operation string) error {
	e := jobEvent{
		EventType: "JOB", EventID: caller.NewTrace().String(), Timestamp: c.now.Unix(), Operation: operation, JobID: j.ID,
		Status: strings.ToUpper(operation), TargetSelection: j.Selection, Targets: j.Targets, Description: j.Description,
		CompletedAt: millis(j.Completed), CreatedAt: millis(j.Created), LastUpdatedAt: millis(j.Updated), Comment: j.Comment,
	}
	if operation == "completed" {
		t, err := c.tally(j.Scope, j.ID)
		if err != nil {
			return err
		}
		e.Details = &jobEventCount{Canceled: t.Things[canceled], Rejected: t.Things[rejected], Failed: t.Things[failed] + t.Things[timedOut],
			Removed: t.Things[removed], Succeeded: t.Things[succeeded]}
	}
	return c.announceLater(j.Scope, "JOB", "$aws/events/job/"+j.ID+"/"+operation, e)
}

// millis is a time in epoch milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
