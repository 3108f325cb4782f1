package jobs

import (
	"context"
	"encoding/json"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/store/state"
)

// announcements is the outbox topic of event messages.
const announcements = "jobs.announcements"

// announcement is an event message that is sent when the change it tells of is durable.
type announcement struct {
	Scope   caller.Scope
	Type    string // JOB or JOB_EXECUTION
	Topic   string
	Payload json.RawMessage
}

// announceLater sends an event message when the change is durable.
func (c *change) announceLater(s caller.Scope, eventType, topic string, payload any) error {
	if c.needs.Announcer == nil {
		return nil
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return c.tx.Outbox(announcements, announcement{s, eventType, topic, body})
}

// executionEvent is the message about an execution that has come to its end. (aws: iot/events-jobs)
type executionEvent struct {
	EventType     string            `json:"eventType"`
	EventID       string            `json:"eventId"`
	Timestamp     int64             `json:"timestamp"`
	Operation     string            `json:"operation"`
	JobID         string            `json:"jobId"`
	ThingARN      string            `json:"thingArn"`
	Status        status            `json:"status"`
	StatusDetails map[string]string `json:"statusDetails"`
}

// deleted is the status that the message about an erased execution tells.
const deleted status = "DELETED"

// announceExecution sends the event message about an execution that ended, or was deleted.
func (c *change) announceExecution(e *execution, s status) error {
	details := e.Details
	if details == nil {
		details = map[string]string{}
	}
	operation := strings.ToLower(string(s))
	return c.announceLater(e.Scope, "JOB_EXECUTION", "$aws/events/jobExecution/"+e.Job+"/"+operation, executionEvent{
		EventType: "JOB_EXECUTION", EventID: caller.NewTrace().String(), Timestamp: c.now.Unix(), Operation: operation, JobID: e.Job,
		ThingARN: arn.IoT(e.Scope, "thing", e.Thing), Status: s, StatusDetails: details,
	})
}

// announce sends event messages until ctx ends.
func (s *Jobs) announce(ctx context.Context) {
	if s.needs.Announcer == nil {
		return
	}
	err := s.needs.State.Consume(ctx, announcements, func(ctx context.Context, item *state.Item) error {
		var a announcement
		if err := item.Decode(&a); err != nil {
			s.needs.Diary.Error("an event message about a job cannot be read and is skipped", "error", err)
			return nil
		}
		return s.needs.Announcer.Announce(ctx, a.Scope, a.Type, a.Topic, a.Payload)
	})
	if err != nil {
		s.needs.Diary.Error("event messages about jobs are not sent any more", "error", err)
	}
}
