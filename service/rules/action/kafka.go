package action

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

// (aws: iot/apache-kafka-rule-action)
var kafkaKind = newKind(Kind{
	Key: "kafka", Name: "KafkaAction", Metric: "Kafka",
	Templates: []string{"topic", "key", "partition", "headers.key", "headers.value", "clientProperties"},
	Text:      "Sends the result to a topic of Apache Kafka.",
}, func(a *iot.Action) *iot.KafkaAction { return a.Kafka }, compileKafka)

// kafkaTime is what a record may take, further tries included; kafkaTries are those.
const (
	kafkaTime  = 8 * time.Second
	kafkaTries = 3
)

type kafkaAction struct {
	destination           string
	topic, key, partition value
	headers               []kafkaHeader
	properties            []kafkaSetting
	brokers               *kafkaBrokers
	connection            kafkaConnection
}

type kafkaHeader struct{ key, value value }

func compileKafka(c *Compiler, p *iot.KafkaAction) (Action, error) {
	a := &kafkaAction{destination: p.DestinationArn}
	if err := checkVPC(p.DestinationArn); err != nil {
		return nil, err
	}
	list := []parameter{
		{to: &a.topic, name: "topic", text: p.Topic, check: checkKafkaTopic},
		{to: &a.key, name: "key", text: p.Key, optional: true},
		{to: &a.partition, name: "partition", text: p.Partition, optional: p.Partition == "", check: checkPartition},
	}
	a.headers = make([]kafkaHeader, len(p.Headers))
	for i, h := range p.Headers {
		list = append(list,
			parameter{to: &a.headers[i].key, name: fmt.Sprintf("headers[%d].key", i), text: h.Key, optional: true},
			parameter{to: &a.headers[i].value, name: fmt.Sprintf("headers[%d].value", i), text: h.Value, optional: true})
	}
	if err := c.parameters(list...); err != nil {
		return nil, err
	}
	var err error
	if a.brokers, err = configuredBrokers(c.Needs.Endpoints["kafka"]); err != nil {
		return nil, err
	}
	a.properties, err = compileProperties(c, p.ClientProperties, a.brokers)
	return a, err
}

// checkVPC checks the form of a destination. It need not exist: this program reaches brokers as the host it runs on does.
func checkVPC(destination string) error {
	a, err := arn.Parse(destination)
	if err != nil || a.Service != "iot" || !strings.HasPrefix(a.Resource, "ruledestination/vpc/") {
		return fmt.Errorf("destinationArn %q is not allowed: want arn:aws:iot:REGION:ACCOUNT:ruledestination/vpc/ID; none has to exist here", destination)
	}
	return nil
}

var kafkaTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

func checkKafkaTopic(text string) error {
	if !kafkaTopic.MatchString(text) || text == "." || text == ".." {
		return errors.New("want 1 to 249 letters, digits, dots, underscores and hyphens")
	}
	return nil
}

func checkPartition(text string) error {
	if n, err := strconv.ParseInt(text, 10, 32); err != nil || n < 0 {
		return errors.New("want the number of a partition, 0 or more")
	}
	return nil
}

// Render makes the record.
func (a *kafkaAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	record := &kgo.Record{Topic: f.text(a.topic), Value: r.Payload}
	if key := f.text(a.key); key != "" {
		record.Key = []byte(key)
	}
	n, _ := strconv.ParseInt(f.text(a.partition), 10, 32) // checked
	record.Partition = int32(n)
	for _, h := range a.headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: f.text(h.key), Value: []byte(f.text(h.value))})
	}
	properties := map[string]string{}
	for _, p := range a.properties {
		properties[p.name] = f.text(p.value)
	}
	return f.task(call{
		action: "kafka", failed: "Failed to send Kafka record",
		resources: []Resource{{"Topic", record.Topic}, {"DestinationArn", a.destination}},
		explain:   refusal,
		run: func(ctx context.Context) error {
			return a.connection.use(properties, a.open, func(client *kgo.Client) error {
				return client.ProduceSync(ctx, record).FirstErr()
			})
		},
	})
}

// open makes a client, which connects when it is used.
func (a *kafkaAction) open(properties map[string]string) (*kgo.Client, error) {
	options, err := kafkaOptions(properties, a.brokers)
	if err != nil {
		return nil, err
	}
	options = append(options, kgo.ClientID("telltale"), kgo.DisableIdempotentWrite(), kgo.AllowAutoTopicCreation(), kgo.ProducerLinger(0),
		kgo.RetryBackoffFn(kafkaPause), kgo.MetadataMinAge(kafkaPause(2)),
		kgo.RequestRetries(kafkaTries-1), kgo.RecordRetries(kafkaTries-1), kgo.UnknownTopicRetries(kafkaTries-1), kgo.RecordDeliveryTimeout(kafkaTime))
	if a.partition.template != nil {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	return kgo.NewClient(options...)
}

// kafkaPause is what to wait after a failed try.
func kafkaPause(failures int) time.Duration {
	return betweenTries[min(max(failures, 1), len(betweenTries))-1]
}

// Close closes the connections.
func (a *kafkaAction) Close() { a.connection.close() }
