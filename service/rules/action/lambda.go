package action

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/lambda-rule-action)
var lambdaKind = newKind(Kind{
	Key: "lambda", Name: "LambdaAction", Metric: "Lambda", Endpoint: "lambda", Templates: []string{"functionArn"},
	Text: "Calls a Lambda function, or a program or URL that stands for one, with the result.",
}, func(a *iot.Action) *iot.LambdaAction { return a.Lambda }, compileLambda)

type lambdaAction struct {
	functions *connect.Functions
	endpoint  *connect.Endpoint // nil if only functions are configured
	region    string
	function  value
}

func compileLambda(c *Compiler, p *iot.LambdaAction) (Action, error) {
	a := &lambdaAction{functions: c.Needs.Functions, endpoint: c.Needs.Endpoints["lambda"], region: c.Scope.Region}
	return a, c.parameters(parameter{to: &a.function, name: "functionArn", text: p.FunctionArn, check: a.check})
}

// check checks that there is somebody who answers for a function.
func (a *lambdaAction) check(function string) error {
	if a.functions.Knows(function) {
		return nil
	}
	parsed, err := arn.Parse(function)
	switch {
	case err != nil:
		return err
	case parsed.Service != "lambda" || !strings.HasPrefix(parsed.Resource, "function:"):
		return errors.New("it is not the ARN of a Lambda function")
	case a.endpoint == nil:
		_, err := connect.Endpoints(nil).Need("lambda")
		return fmt.Errorf("the function is not configured (--function NAME=URL or NAME=exec:PROGRAM), and %w", err)
	}
	return nil
}

// Render makes the event.
func (a *lambdaAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	function, event := f.text(a.function), r.Payload
	if !r.JSON {
		f.object(errors.New("the payload is not JSON: SELECT encode(*, 'base64') AS data makes an event of it"))
	}
	c := call{
		action: "lambda", failed: "Failed to invoke lambda function", explain: explainLambda,
		resources: []Resource{{"FunctionArn", function}}, // no role: the function's own policy says who may call it
	}
	if a.functions.Knows(function) {
		c.run = func(ctx context.Context) error {
			return connect.Retry(ctx, func(ctx context.Context) error {
				_, err := a.functions.Invoke(ctx, function, event)
				return err
			})
		}
		return f.task(c)
	}
	c.run = func(ctx context.Context) error { return a.invoke(ctx, function, event) }
	return f.task(c)
}

// invoke hands an event to a Lambda API, which does not wait for the function.
func (a *lambdaAction) invoke(ctx context.Context, function string, event []byte) error {
	_, err := connect.Client(a.endpoint, connect.RegionOf(function, a.region), lambda.NewFromConfig).Invoke(ctx,
		&lambda.InvokeInput{FunctionName: &function, Payload: event, InvocationType: types.InvocationTypeEvent})
	return err
}

func explainLambda(err error) string {
	if code := connect.StatusCode(err); code != 0 {
		return fmt.Sprintf("Received Server error from Lambda. The error code is %d. %s", code, received(err))
	}
	return received(err)
}
