package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"telltale/base/arn"
)

// Outside answers the external functions of rule SQL that other services know the answer of. Its errors are told to customers.
type Outside struct {
	Endpoints Endpoints
	Functions *Functions
	Models    *Models

	secrets secrets
}

// Invoke calls a function and waits for its answer: one of Functions if it is known there, else one of the endpoint lambda.
// (aws: iot/iot-sql-functions#iot-func-aws-lambda)
func (o *Outside) Invoke(ctx context.Context, region, functionARN string, event []byte) ([]byte, error) {
	if o.Functions.Knows(functionARN) {
		return o.Functions.Invoke(ctx, functionARN, event)
	}
	e, err := o.Endpoints.Need("lambda")
	if err != nil {
		return nil, fmt.Errorf("function %s is not configured (--function NAME=URL or NAME=exec:PROGRAM), and %w", functionARN, err)
	}
	out, err := Client(e, RegionOf(functionARN, region), lambda.NewFromConfig).Invoke(ctx,
		&lambda.InvokeInput{FunctionName: &functionARN, Payload: event, InvocationType: lambdatypes.InvocationTypeRequestResponse})
	switch {
	case err != nil:
		return nil, fmt.Errorf("function %s: %s", functionARN, Reason(err))
	case out.FunctionError != nil:
		return nil, fmt.Errorf("function %s failed (%s): %s", functionARN, *out.FunctionError, functionError(out.Payload))
	}
	return out.Payload, nil
}

// functionError is what a function that failed says about it.
func functionError(answer []byte) string {
	var said struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(answer, &said) == nil && said.ErrorMessage != "" {
		return said.ErrorMessage
	}
	return start(answer)
}

// Predict asks a model. (aws: iot/iot-sql-functions#iot-sql-function-machine-learning)
func (o *Outside) Predict(ctx context.Context, model string, record []byte) ([]byte, error) {
	return o.Models.Predict(ctx, model, record)
}

// RegionOf is the region of a resource, if it is named by an ARN that has one, else the given region.
func RegionOf(resource, region string) string {
	if !strings.HasPrefix(resource, "arn:") {
		return region
	}
	if a, err := arn.Parse(resource); err == nil && a.Region != "" {
		return a.Region
	}
	return region
}
