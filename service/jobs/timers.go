package jobs

import (
	"context"
	"fmt"
	"time"

	"telltale/store/state"
)

// timeoutBatch is how many executions time out in one transaction.
const timeoutBatch = 256

// watchTimers lets executions time out until ctx ends. The earliest deadline is always the first entry of an index, so that none is
// forgotten when the program ends: what is overdue when it starts again times out at once.
func (s *Jobs) watchTimers(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.timers:
		case <-ctx.Done():
			return
		}
		next, err := s.timeOut(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.needs.Diary.Error("executions that are overdue could not time out; it is tried again", "error", err)
			timer.Reset(retryPause)
		case next.IsZero():
			timer.Stop()
		default:
			timer.Reset(time.Until(next))
		}
	}
}

// timeOut times out what is overdue and returns the earliest deadline that is to come, zero if there is none.
func (s *Jobs) timeOut(ctx context.Context) (next time.Time, err error) {
	for {
		overdue := false
		err := s.view(ctx, func(c *change) error {
			e, err := c.firstDeadline()
			if e != nil {
				next, overdue = e.deadline(), !e.deadline().After(c.now)
			}
			return err
		})
		if err != nil || !overdue {
			return next, err
		}
		next = time.Time{}
		if err := s.update(ctx, (*change).timeOutBatch); err != nil {
			return next, err
		}
	}
}

func (c *change) firstDeadline() (*execution, error) {
	for e, err := range executions.ScanIndex(c.tx, "deadline", state.Key{}, state.Cursor{}, 1) {
		return e, err
	}
	return nil, nil
}

func (c *change) timeOutBatch() error {
	for e, err := range executions.ScanIndex(c.tx, "deadline", state.Key{}, state.Cursor{}, timeoutBatch) {
		if err != nil {
			return err
		}
		if e.deadline().After(c.now) {
			return nil
		}
		if err := c.timeOutOne(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) timeOutOne(e *execution) error {
	j, err := c.job(e.Scope, e.Job)
	if err != nil {
		return err
	}
	if j == nil {
		return c.erase(e) // its job is being deleted
	}
	why := fmt.Sprintf("the in-progress timer of %d minutes ran out", j.Timeout)
	if e.deadline().Equal(e.StepDeadline) {
		why = fmt.Sprintf("the step timer ran out at %s", e.StepDeadline.Format(time.RFC3339))
	}
	return c.move(j, e, timedOut, cause{by: byTimer, why: why})
}
