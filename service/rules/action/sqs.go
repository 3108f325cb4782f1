package action

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/sqs-rule-action)
var sqsKind = newKind(Kind{
	Key: "sqs", Name: "SqsAction", Metric: "SQS", Endpoint: "sqs", Templates: []string{"queueUrl"},
	Text: "Sends the result to an SQS queue.",
}, func(a *iot.Action) *iot.SqsAction { return a.Sqs }, compileSQS)

type sqsAction struct {
	remote
	queue  value
	base64 bool
}

func compileSQS(c *Compiler, p *iot.SqsAction) (Action, error) {
	a := &sqsAction{base64: p.UseBase64 != nil && *p.UseBase64}
	var err error
	if a.remote, err = c.remote("sqs", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(parameter{to: &a.queue, name: "queueUrl", text: p.QueueUrl, check: checkQueue})
}

func checkQueue(queue string) error {
	u, err := url.Parse(queue)
	switch {
	case err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "":
		return errors.New("want an URL such as https://sqs.eu-west-1.amazonaws.com/123456789012/alarms")
	case strings.HasSuffix(u.Path, ".fifo"):
		return errors.New("rules cannot send to FIFO queues")
	}
	return nil
}

// Render makes the message of the queue.
func (a *sqsAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	queue, body := f.text(a.queue), string(r.Payload)
	if a.base64 {
		body = base64.StdEncoding.EncodeToString(r.Payload)
	} else {
		f.object(checkBody(body))
	}
	target := a.queueARN(queue)
	return f.task(call{
		action: "sqs", failed: "Failed to send message to SQS queue",
		resources:  []Resource{{"QueueUrl", queue}},
		permission: a.may("sqs:SendMessage", target.String()),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, target.Region, sqs.NewFromConfig).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &body})
			return err
		},
	})
}

// queueARN is the ARN of the queue at an URL https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or REGION.queue.amazonaws.com as it once was;
// what an URL of another form does not tell is as of the rule.
func (a *sqsAction) queueARN(queue string) arn.ARN {
	q := arn.ARN{Partition: arn.Partition, Service: "sqs", Region: a.scope.Region, Account: a.scope.Account}
	u, err := url.Parse(queue)
	if err != nil {
		return q
	}
	host, path := strings.Split(u.Hostname(), "."), strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case len(host) > 2 && host[0] == "sqs":
		q.Region = host[1]
	case len(host) > 2 && host[1] == "queue":
		q.Region = host[0]
	}
	q.Resource = path[len(path)-1]
	if len(path) > 1 && account.MatchString(path[len(path)-2]) {
		q.Account = path[len(path)-2]
	}
	return q
}

var account = regexp.MustCompile(`^\d{12}$`)

// checkBody checks for characters that SQS does not take. (aws: sqs/API_SendMessage)
func checkBody(body string) error {
	if !utf8.ValidString(body) {
		return errors.New("the payload is not UTF-8 text; useBase64 must be true for it")
	}
	bad := func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF }
	if strings.ContainsFunc(body, bad) {
		return errors.New("the payload has control characters; useBase64 must be true for it")
	}
	return nil
}
