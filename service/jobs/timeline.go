package jobs

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iotjobsdata"
	"telltale/store/state"
)

// happening is one line of an execution's history: what telltale job why prints.
type happening struct {
	caller.Scope
	Job, Thing string
	Number     int64
	Seq        uint64 // of the change, then place within it
	Place      int64
	At         time.Time

	What  string // one of the happened… constants
	By    actor  `json:",omitempty"`
	From  status `json:",omitempty"`
	To    status `json:",omitempty"` // of a refusal, the status that was asked for
	Code  string `json:",omitempty"` // of a refusal
	Why   string `json:",omitempty"`
	Topic string `json:",omitempty"` // of a message that was sent

	Reached []string `json:",omitempty"` // clients that the message was delivered to
	More    int64    `json:",omitempty"` // further clients, too many to name

	Protocol    string `json:",omitempty"`
	ClientID    string `json:",omitempty"`
	PrincipalID string `json:",omitempty"`
	SourceIP    string `json:",omitempty"`
	Trace       string `json:",omitempty"`
}

// What happens to an execution.
const (
	happenedStatus  = "STATUS"  // it got a status, or new details
	happenedRefusal = "REFUSED" // a request was refused
	happenedMessage = "MESSAGE" // the thing was told
	happenedTimer   = "TIMER"   // the step timer was set without a change of status
)

var happenings = state.Table[happening]{
	Name: "jobs_happenings",
	Key: func(h *happening) state.Key {
		return at(h.Scope, h.Job, h.Thing, h.Number, h.Seq, h.Place)
	},
}

// of adds who caused a happening.
func (h happening) of(o *caller.Origin) happening {
	h.Protocol, h.ClientID, h.PrincipalID, h.SourceIP = o.Protocol, o.ClientID, o.PrincipalID, o.SourceIP
	if !o.Trace.IsZero() {
		h.Trace = o.Trace.String()
	}
	return h
}

// say adds a line to the history of an execution.
func (c *change) say(e *execution, h happening) error {
	seq, err := c.sequence()
	if err != nil {
		return err
	}
	h.Scope, h.Job, h.Thing, h.Number, h.Seq, h.Place, h.At = e.Scope, e.Job, e.Thing, e.Number, seq, c.said, c.now
	c.said++
	if err := happenings.Put(c.tx, &h); err != nil {
		return err
	}
	if h.What == happenedMessage || h.By == byRollout {
		return nil // these are few
	}
	return c.shorten(e)
}

// keepFirst is how many of the oldest lines of a history that is too long are kept: they tell how it began.
const keepFirst = 8

// shorten removes the oldest line that may go when a history has become too long.
func (c *change) shorten(e *execution) error {
	prefix := at(e.Scope, e.Job, e.Thing, e.Number)
	n, err := happenings.Count(c.tx, prefix)
	if err != nil || n <= c.cfg.Timeline {
		return err
	}
	i := 0
	for h, err := range happenings.Scan(c.tx, prefix, state.Key{}, keepFirst+1) {
		if err != nil {
			return err
		}
		if i++; i > keepFirst {
			return happenings.Delete(c.tx, happenings.Key(h))
		}
	}
	return nil
}

// silence removes the history of an execution.
func (c *change) silence(e *execution) error {
	for h, err := range happenings.Scan(c.tx, at(e.Scope, e.Job, e.Thing, e.Number), state.Key{}, 0) {
		if err != nil {
			return err
		}
		if err := happenings.Delete(c.tx, happenings.Key(h)); err != nil {
			return err
		}
	}
	return nil
}

// ListJobExecutionTimeline tells what happened to an execution, and why, the oldest first. It is an operation of our own, beyond AWS.
func (s *Jobs) ListJobExecutionTimeline(ctx context.Context, in *iotjobsdata.ListJobExecutionTimelineInput) (*iotjobsdata.ListJobExecutionTimelineOutput, error) {
	scope := caller.From(ctx).Scope
	out := &iotjobsdata.ListJobExecutionTimelineOutput{Events: []iotjobsdata.JobExecutionEvent{}}
	err := s.view(ctx, func(c *change) error {
		var number int64
		if in.ExecutionNumber != nil {
			number = *in.ExecutionNumber
		}
		e, err := c.execution(scope, in.JobId, in.ThingName, number)
		if err == nil && e == nil {
			err = c.absence(scope, in.JobId, in.ThingName, number)
		}
		if err != nil {
			return err
		}
		out.Status, out.ExecutionNumber = string(e.Status), &e.Number
		for h, err := range happenings.Scan(c.tx, at(e.Scope, e.Job, e.Thing, e.Number), state.Key{}, 0) {
			if err != nil {
				return err
			}
			out.Events = append(out.Events, h.shape())
		}
		return nil
	})
	if err != nil {
		return nil, faultOf("ListJobExecutionTimeline", err)
	}
	return out, nil
}

func (h *happening) shape() iotjobsdata.JobExecutionEvent {
	return iotjobsdata.JobExecutionEvent{Time: new(h.At.UnixMilli()), What: h.What, Actor: string(h.By), From: string(h.From), To: string(h.To),
		Code: h.Code, Reason: h.Why, Topic: h.Topic, DeliveredTo: h.Reached, FurtherReceivers: &h.More,
		Protocol: h.Protocol, ClientId: h.ClientID, PrincipalId: h.PrincipalID, SourceIp: h.SourceIP, TraceId: h.Trace}
}
