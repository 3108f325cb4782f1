package action

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/google/uuid"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/kinesis-rule-action)
var kinesisKind = newKind(Kind{
	Key: "kinesis", Name: "KinesisAction", Metric: "Kinesis", Endpoint: "kinesis", Templates: []string{"streamName", "partitionKey"},
	Text: "Writes the result to a stream of Kinesis Data Streams.",
}, func(a *iot.Action) *iot.KinesisAction { return a.Kinesis }, compileKinesis)

type kinesisAction struct {
	remote
	stream, partition value
}

func compileKinesis(c *Compiler, p *iot.KinesisAction) (Action, error) {
	a := &kinesisAction{}
	var err error
	if a.remote, err = c.remote("kinesis", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(
		parameter{to: &a.stream, name: "streamName", text: p.StreamName},
		parameter{to: &a.partition, name: "partitionKey", text: p.PartitionKey, optional: true})
}

// Render makes the record. Without a partition key any shard will do.
func (a *kinesisAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	stream, key, payload := f.text(a.stream), f.text(a.partition), r.Payload
	if key == "" {
		key = uuid.NewString()
	}
	return f.task(call{
		action: "kinesis", failed: "Failed to put Kinesis record",
		resources:  []Resource{{"StreamName", stream}, {"PartitionKey", key}},
		permission: a.may("kinesis:PutRecord", a.arn("kinesis", "stream/"+stream)),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, a.scope.Region, kinesis.NewFromConfig).PutRecord(ctx,
				&kinesis.PutRecordInput{StreamName: &stream, PartitionKey: &key, Data: payload})
			return err
		},
	})
}
