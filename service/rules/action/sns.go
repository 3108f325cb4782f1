package action

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/sns-rule-action)
var snsKind = newKind(Kind{
	Key: "sns", Name: "SnsAction", Metric: "SNS", Endpoint: "sns", Templates: []string{"targetArn"},
	Text: "Sends the result to an SNS topic or to one device.",
}, func(a *iot.Action) *iot.SnsAction { return a.Sns }, compileSNS)

type snsAction struct {
	remote
	target value
	json   bool
}

func compileSNS(c *Compiler, p *iot.SnsAction) (Action, error) {
	a := &snsAction{json: p.MessageFormat == iot.MessageFormatJson}
	var err error
	if a.remote, err = c.remote("sns", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(parameter{to: &a.target, name: "targetArn", text: p.TargetArn, check: checkTarget})
}

func checkTarget(target string) error {
	a, err := arn.Parse(target)
	switch {
	case err != nil:
		return err
	case a.Service != "sns":
		return errors.New("it is not the ARN of an SNS topic or endpoint")
	case strings.HasSuffix(a.Resource, ".fifo"):
		return errors.New("rules cannot send to FIFO topics")
	}
	return nil
}

// Render makes the notification.
func (a *snsAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	target, text := f.text(a.target), string(r.Payload)
	in := &sns.PublishInput{Message: &text}
	if strings.Contains(target, ":endpoint/") {
		in.TargetArn = &target
	} else {
		in.TopicArn = &target
	}
	if a.json {
		in.MessageStructure = aws.String("json")
	}
	f.object(a.checkMessage(r.Payload))
	return f.task(call{
		action: "sns", failed: "Failed to publish SNS message",
		resources:  []Resource{{"TargetArn", target}},
		permission: a.may("sns:Publish", target),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, connect.RegionOf(target, a.scope.Region), sns.NewFromConfig).Publish(ctx, in)
			return err
		},
	})
}

func (a *snsAction) checkMessage(payload []byte) error {
	if !utf8.Valid(payload) {
		return errors.New("the payload is not UTF-8 text")
	}
	if !a.json {
		return nil
	}
	var platforms struct {
		Default *string `json:"default"`
	}
	if err := json.Unmarshal(payload, &platforms); err != nil || platforms.Default == nil {
		return errors.New("with messageFormat JSON the payload must be a JSON object with the key default, which is a string")
	}
	return nil
}
