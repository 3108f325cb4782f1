package action

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/uuid"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/stepfunctions-rule-action)
var stepFunctionsKind = newKind(Kind{
	Key: "stepFunctions", Name: "StepFunctionsAction", Metric: "Step Functions", Endpoint: "stepfunctions",
	Templates: []string{"stateMachineName", "executionNamePrefix"},
	Text:      "Starts an execution of a Step Functions state machine with the result.",
}, func(a *iot.Action) *iot.StepFunctionsAction { return a.StepFunctions }, compileStepFunctions)

type stepFunctionsAction struct {
	remote
	machine, prefix value
}

func compileStepFunctions(c *Compiler, p *iot.StepFunctionsAction) (Action, error) {
	a := &stepFunctionsAction{}
	var err error
	if a.remote, err = c.remote("stepfunctions", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(
		parameter{to: &a.machine, name: "stateMachineName", text: p.StateMachineName},
		parameter{to: &a.prefix, name: "executionNamePrefix", text: p.ExecutionNamePrefix, optional: true})
}

// Render makes the execution. Its name is the prefix and an UUID.
func (a *stepFunctionsAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	machine, name, input := f.text(a.machine), f.text(a.prefix)+uuid.NewString(), string(r.Payload)
	if !r.JSON {
		f.object(errors.New("the payload is not JSON: SELECT encode(*, 'base64') AS data makes an input of it"))
	}
	target := a.arn("states", "stateMachine:"+machine)
	return f.task(call{
		action: "stepFunctions", failed: "Failed to start the execution of the state machine",
		resources:  []Resource{{"StateMachineName", machine}, {"ExecutionName", name}},
		permission: a.may("states:StartExecution", target),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, a.scope.Region, sfn.NewFromConfig).StartExecution(ctx,
				&sfn.StartExecutionInput{StateMachineArn: &target, Name: &name, Input: &input})
			return err
		},
	})
}
