package rules

import (
	"context"
	"fmt"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
	"telltale/service/registry"
	"telltale/service/rules/action"
)

// functionTime is how long a statement waits for an answer. (aws: iot/iot-sql-functions#iot-func-aws-lambda)
const functionTime = 2 * time.Second

// external answers the functions that ask other services, for the rules of one scope.
type external struct {
	engine *Engine
	scope  caller.Scope
}

// requirements say for each external function what must be configured, nil if it can be used.
func (e *Engine) requirements() map[string]func() error {
	endpoint := func(name string) func() error {
		return func() error { _, err := e.needs.Actions.Endpoints.Need(name); return err }
	}
	return map[string]func() error{
		"aws_lambda": func() error {
			if e.needs.Outside.Functions.Configured() {
				return nil
			}
			return endpoint("lambda")()
		},
		"decode":       endpoint("s3"),
		"get_dynamodb": endpoint("dynamodb"),
		"get_secret":   endpoint("secretsmanager"),
		"machinelearning_predict": func() error {
			if e.needs.Outside.Models.Configured() {
				return nil
			}
			return fmt.Errorf("no model is configured: start telltale with --model NAME=URL")
		},
	}
}

// checkExternals refuses a statement that asks what is not configured.
func (e *Engine) checkExternals(q *rulesql.Query) error {
	needs := e.requirements()
	for _, name := range q.Externals() {
		if check := needs[name]; check != nil {
			if err := check(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// ask asks a service, with the time a statement has, in the name of a role.
func (x *external) ask(p action.Permission, question func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(x.engine.tasks, functionTime)
	defer cancel()
	if err := x.engine.allowed(ctx, p); err != nil {
		return nil, err
	}
	return question(caller.With(ctx, &caller.Caller{Scope: x.scope, Kind: caller.Service, PrincipalID: principal}))
}

// InvokeLambda calls a function.
func (x *external) InvokeLambda(functionARN string, input []byte) ([]byte, error) {
	return x.ask(action.Permission{}, func(ctx context.Context) ([]byte, error) {
		return x.engine.needs.Outside.Invoke(ctx, x.scope.Region, functionARN, input)
	})
}

// Predict asks a model.
func (x *external) Predict(model, roleARN string, record []byte) ([]byte, error) {
	p := action.Permission{Role: roleARN, Action: "machinelearning:Predict", Resource: x.arn("machinelearning", "mlmodel/"+model)}
	return x.ask(p, func(ctx context.Context) ([]byte, error) { return x.engine.needs.Outside.Predict(ctx, model, record) })
}

// ThingShadow reads a shadow.
func (x *external) ThingShadow(thing, shadow, roleARN string) ([]byte, error) {
	p := action.Permission{Role: roleARN, Action: "iot:GetThingShadow", Resource: arn.IoT(x.scope, "thing", thing)}
	return x.ask(p, func(ctx context.Context) ([]byte, error) {
		out, err := x.engine.needs.Shadows.GetThingShadow(ctx, &iotdata.GetThingShadowInput{ThingName: thing, ShadowName: shadow})
		if err != nil {
			return nil, err
		}
		return out.Payload, nil
	})
}

// DynamoDBItem reads an item.
func (x *external) DynamoDBItem(key rulesql.ItemKey, roleARN string) ([]byte, error) {
	p := action.Permission{Role: roleARN, Action: "dynamodb:GetItem", Resource: x.arn("dynamodb", "table/"+key.Table)}
	return x.ask(p, func(ctx context.Context) ([]byte, error) {
		return x.engine.needs.Outside.Item(ctx, x.scope.Region, key)
	})
}

// Secret reads a secret.
func (x *external) Secret(id, kind, roleARN string) ([]byte, error) {
	resource := id
	if _, err := arn.Parse(id); err != nil {
		resource = x.arn("secretsmanager", "secret:"+id)
	}
	p := action.Permission{Role: roleARN, Action: "secretsmanager:GetSecretValue", Resource: resource}
	return x.ask(p, func(ctx context.Context) ([]byte, error) {
		return x.engine.needs.Outside.Secret(ctx, x.scope.Region, id, kind)
	})
}

// RegistryData asks the registry.
func (x *external) RegistryData(api, thing, roleARN string) ([]byte, error) {
	p := action.Permission{Role: roleARN, Action: "iot:" + api, Resource: arn.IoT(x.scope, "thing", thing)}
	return x.ask(p, func(ctx context.Context) ([]byte, error) {
		if api == "DescribeThing" {
			return describeThing(ctx, x.engine.needs.Registry, thing)
		}
		return listGroups(ctx, x.engine.needs.Registry, thing)
	})
}

// DescriptorSet reads the descriptors of Protobuf messages from a bucket.
func (x *external) DescriptorSet(bucket, key string) ([]byte, error) {
	return x.ask(action.Permission{}, func(ctx context.Context) ([]byte, error) {
		return x.engine.needs.Outside.Fetch(ctx, x.scope.Region, bucket, key)
	})
}

func (x *external) arn(service, resource string) string {
	return arn.ARN{Partition: arn.Partition, Service: service, Region: x.scope.Region, Account: x.scope.Account, Resource: resource}.String()
}

// describeThing is the answer of DescribeThing, as the API gives it.
func describeThing(ctx context.Context, r *registry.Registry, thing string) ([]byte, error) {
	out, err := r.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: thing})
	if err != nil {
		return nil, err
	}
	return text(iot.DescribeThing.Op, out), nil
}

func listGroups(ctx context.Context, r *registry.Registry, thing string) ([]byte, error) {
	out, err := r.ListThingGroupsForThing(ctx, &iot.ListThingGroupsForThingInput{ThingName: thing})
	if err != nil {
		return nil, err
	}
	return text(iot.ListThingGroupsForThing.Op, out), nil
}

// text is an answer as JSON.
func text(op *wire.Op, out any) []byte {
	var w jsontext.Writer
	op.WriteOutput(&w, out)
	return w.Bytes()
}
