package action

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/kinesis-firehose-rule-action)
var firehoseKind = newKind(Kind{
	Key: "firehose", Name: "FirehoseAction", Metric: "Firehose", Endpoint: "firehose", Templates: []string{"deliveryStreamName"},
	Text: "Writes the result, or each element of it, to a Firehose stream.",
}, func(a *iot.Action) *iot.FirehoseAction { return a.Firehose }, compileFirehose)

// maxRecords limits a batch. (aws: iot/kinesis-firehose-rule-action#kinesis-firehose-rule-action-parameters)
const maxRecords = 500

type firehoseAction struct {
	remote
	stream    value
	separator string
	batch     bool
}

func compileFirehose(c *Compiler, p *iot.FirehoseAction) (Action, error) {
	a := &firehoseAction{separator: p.Separator, batch: p.BatchMode != nil && *p.BatchMode}
	var err error
	if a.remote, err = c.remote("firehose", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(parameter{to: &a.stream, name: "deliveryStreamName", text: p.DeliveryStreamName})
}

// Render makes the records: in batch mode one of each element of a result that is an Array, else one.
func (a *firehoseAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	stream := f.text(a.stream)
	c := call{
		action: "firehose", failed: "Failed to put Firehose record",
		resources:  []Resource{{"DeliveryStreamName", stream}},
		permission: a.may("firehose:PutRecord", a.arn("firehose", "deliverystream/"+stream)),
	}
	var elements []json.RawMessage
	if a.batch && json.Unmarshal(r.Payload, &elements) == nil && elements != nil {
		if len(elements) == 0 || len(elements) > maxRecords {
			f.object(fmt.Errorf("the result has %d elements; in batch mode 1 to %d are allowed", len(elements), maxRecords))
		}
		c.permission.Action = "firehose:PutRecordBatch"
		records := make([]types.Record, len(elements))
		for i, e := range elements {
			records[i] = a.record(e)
		}
		c.run = func(ctx context.Context) error { return a.putBatch(ctx, stream, records) }
		return f.task(c)
	}
	record := a.record(r.Payload)
	c.run = func(ctx context.Context) error {
		_, err := connect.Client(a.endpoint, a.scope.Region, firehose.NewFromConfig).PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: &stream, Record: &record})
		return err
	}
	return f.task(c)
}

func (a *firehoseAction) record(data []byte) types.Record {
	return types.Record{Data: slices.Concat(data, []byte(a.separator))}
}

// putBatch puts records. Those that are not accepted are put again.
func (a *firehoseAction) putBatch(ctx context.Context, stream string, records []types.Record) error {
	client, total := connect.Client(a.endpoint, a.scope.Region, firehose.NewFromConfig), len(records)
	return connect.Retry(ctx, func(ctx context.Context) error {
		out, err := client.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: &stream, Records: records})
		if err != nil {
			return err
		}
		var left []types.Record
		var why types.PutRecordBatchResponseEntry
		for i, answer := range out.RequestResponses {
			if answer.ErrorCode != nil && i < len(records) {
				left, why = append(left, records[i]), answer
			}
		}
		if len(left) == 0 {
			return nil
		}
		records = left
		return connect.Transient(fmt.Errorf("%d of %d records were not accepted: %s (Error Code: %s)",
			len(left), total, aws.ToString(why.ErrorMessage), aws.ToString(why.ErrorCode)))
	})
}
