package action

import (
	"context"
	"fmt"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/service/rules/connect"
)

// remote is what all actions have that call an API of AWS.
type remote struct {
	endpoint *connect.Endpoint // nil for a service of our own
	role     string
	scope    caller.Scope
}

// remote finds the endpoint of an action, and checks its role.
func (c *Compiler) remote(endpoint, role string) (remote, error) {
	a, err := c.local(role)
	if err == nil {
		a.endpoint, err = c.Needs.Endpoints.Need(endpoint)
	}
	return a, err
}

// local is remote for an action that needs no endpoint.
func (c *Compiler) local(role string) (remote, error) {
	if a, err := arn.Parse(role); err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return remote{}, fmt.Errorf("roleArn %q is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME", role)
	}
	return remote{role: role, scope: c.Scope}, nil
}

// may is a permission that the role must have.
func (a *remote) may(action, resource string) Permission {
	return Permission{Role: a.role, Action: action, Resource: resource}
}

// as is a context for a service of our own, which it finds called by a service of the rule's account.
func (a *remote) as(ctx context.Context) context.Context {
	return caller.With(ctx, &caller.Caller{Scope: a.scope, Kind: caller.Service})
}

// arn is the ARN of a resource in the account and region of the rule.
func (a *remote) arn(service, resource string) string {
	return arn.ARN{Partition: arn.Partition, Service: service, Region: a.scope.Region, Account: a.scope.Account, Resource: resource}.String()
}

// call is a task that calls an API of AWS.
type call struct {
	action     string // key of its kind
	resources  []Resource
	permission Permission
	failed     string // what it means that the call failed: "Failed to put S3 object"
	run        func(context.Context) error
	explain    func(error) string // why run failed; nil for "The error received was …"

	topic     string
	objection error
}

// task completes a call.
func (f *filling) task(c call) (Task, error) {
	if f.Err() != nil {
		return nil, f.Err()
	}
	c.topic, c.objection = f.Topic, f.objection
	return &c, nil
}

func (c *call) Resources() []Resource  { return c.resources }
func (c *call) Permission() Permission { return c.permission }

func (c *call) Run(ctx context.Context) error {
	if c.objection != nil {
		return c.failure(c.failed+": "+c.objection.Error(), c.objection)
	}
	err := c.run(ctx)
	if err == nil {
		return nil
	}
	explain := c.explain
	if explain == nil {
		explain = received
	}
	return c.failure(c.failed+". "+explain(err), err)
}

// received words an error as the service does. (aws: iot/rule-error-handling)
func received(err error) string { return "The error received was " + connect.Reason(err) }

// failure completes the words with what the task was about.
func (c *call) failure(text string, cause error) *Error {
	text = strings.TrimSuffix(text, ".") + ". Message arrived on: " + c.topic + ", Action: " + c.action
	for _, r := range c.resources {
		text += ", " + r.Name + ": " + r.Value
	}
	return &Error{Text: text, Cause: cause}
}
