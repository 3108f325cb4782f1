package action

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/cloudwatch-alarms-rule-action)
var cloudwatchAlarmKind = newKind(Kind{
	Key: "cloudwatchAlarm", Name: "CloudwatchAlarmAction", Metric: "Cloudwatch Alarm", Endpoint: "cloudwatch",
	Templates: []string{"alarmName", "stateReason", "stateValue"},
	Text:      "Changes the state of a CloudWatch alarm.",
}, func(a *iot.Action) *iot.CloudwatchAlarmAction { return a.CloudwatchAlarm }, compileCloudwatchAlarm)

type cloudwatchAlarmAction struct {
	remote
	name, reason, state value
}

func compileCloudwatchAlarm(c *Compiler, p *iot.CloudwatchAlarmAction) (Action, error) {
	a := &cloudwatchAlarmAction{}
	var err error
	if a.remote, err = c.remote("cloudwatch", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(
		parameter{to: &a.name, name: "alarmName", text: p.AlarmName},
		parameter{to: &a.reason, name: "stateReason", text: p.StateReason, optional: true},
		parameter{to: &a.state, name: "stateValue", text: p.StateValue, check: oneOf("OK", "ALARM", "INSUFFICIENT_DATA")})
}

// Render makes the change.
func (a *cloudwatchAlarmAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	name, reason, state := f.text(a.name), f.text(a.reason), types.StateValue(f.text(a.state))
	return f.task(call{
		action: "cloudwatchAlarm", failed: "Failed to set the state of the CloudWatch alarm",
		resources:  []Resource{{"AlarmName", name}},
		permission: a.may("cloudwatch:SetAlarmState", a.arn("cloudwatch", "alarm:"+name)),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, a.scope.Region, cloudwatch.NewFromConfig).SetAlarmState(ctx,
				&cloudwatch.SetAlarmStateInput{AlarmName: &name, StateReason: &reason, StateValue: state})
			return err
		},
	})
}
