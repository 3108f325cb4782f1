package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"telltale/base/arn"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/logs"
)

// (aws: iot/cloudwatch-logs-rule-action)
var cloudwatchLogsKind = newKind(Kind{
	Key: "cloudwatchLogs", Name: "CloudwatchLogsAction", Metric: "Cloudwatch Logs", Templates: []string{"logGroupName"},
	Text: "Writes the result to a group of CloudWatch Logs, as one entry or as many.",
}, func(a *iot.Action) *iot.CloudwatchLogsAction { return a.CloudwatchLogs }, compileCloudwatchLogs)

type cloudwatchLogsAction struct {
	remote
	logs   LogWriter
	group  value
	stream string // one for each rule, and another one whenever it is compiled: streams are never shared
	batch  bool
}

func compileCloudwatchLogs(c *Compiler, p *iot.CloudwatchLogsAction) (Action, error) {
	a := &cloudwatchLogsAction{logs: c.Needs.Logs, stream: c.Rule + "_" + uuid.NewString(), batch: p.BatchMode != nil && *p.BatchMode}
	if a.logs == nil {
		return nil, errors.New("no logs are kept here")
	}
	var err error
	if a.remote, err = c.local(p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(parameter{to: &a.group, name: "logGroupName", text: p.LogGroupName})
}

// Render makes the entries.
func (a *cloudwatchLogsAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	in := &logs.PutLogEventsInput{LogGroupName: f.text(a.group), LogStreamName: a.stream}
	var err error
	in.LogEvents, err = a.entries(r.Payload)
	f.object(err)
	return f.task(call{
		action: "cloudwatchLogs", failed: "Failed to put CloudWatch log events",
		resources:  []Resource{{"LogGroupName", in.LogGroupName}},
		permission: a.may("logs:PutLogEvents", arn.LogStream(a.scope, in.LogGroupName, a.stream)),
		explain:    refusal,
		run:        func(ctx context.Context) error { return a.put(a.as(ctx), in) },
	})
}

// entries are the payload, or with batchMode the elements of the array that it is.
func (a *cloudwatchLogsAction) entries(payload []byte) ([]logs.InputLogEvent, error) {
	if !utf8.Valid(payload) {
		return nil, errors.New("the payload is not UTF-8 text")
	}
	if !a.batch {
		return []logs.InputLogEvent{{Timestamp: time.Now().UnixMilli(), Message: string(payload)}}, nil
	}
	var list []struct {
		Timestamp *int64  `json:"timestamp"`
		Message   *string `json:"message"`
	}
	const want = `with batchMode the payload must be an array of objects such as {"timestamp":1700000000000,"message":"text"}`
	if err := json.Unmarshal(payload, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", want, err)
	}
	events := make([]logs.InputLogEvent, 0, len(list))
	for i, x := range list {
		if x.Timestamp == nil || x.Message == nil {
			return nil, fmt.Errorf("%s: element %d has no timestamp or no message", want, i)
		}
		events = append(events, logs.InputLogEvent{Timestamp: *x.Timestamp, Message: *x.Message})
	}
	return events, nil
}

// put writes the entries. The stream is made when it is first missed.
func (a *cloudwatchLogsAction) put(ctx context.Context, in *logs.PutLogEventsInput) error {
	out, err := a.logs.PutLogEvents(ctx, in)
	if fault.Is(err, fault.NotFound) {
		made := &logs.CreateLogStreamInput{LogGroupName: in.LogGroupName, LogStreamName: in.LogStreamName}
		if _, err := a.logs.CreateLogStream(ctx, made); err != nil && !fault.Is(err, fault.Exists) {
			return err
		}
		out, err = a.logs.PutLogEvents(ctx, in)
	}
	if err == nil && out.RejectedLogEventsInfo != nil {
		return errors.New("some log events are too old, expired or too far in the future, and were not stored")
	}
	return err
}
