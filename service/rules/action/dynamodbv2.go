package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/dynamodb-v2-rule-action)
var dynamoDBv2Kind = newKind(Kind{
	Key: "dynamoDBv2", Name: "DynamoDBv2Action", Metric: "DynamoDBv2", Endpoint: "dynamodb", Templates: []string{"putItem.tableName"},
	Text: "Writes the result to a DynamoDB table, an attribute for each of its members.",
}, func(a *iot.Action) *iot.DynamoDBv2Action { return a.DynamoDBv2 }, compileDynamoDBv2)

type dynamoDBv2Action struct {
	remote
	table value
}

func compileDynamoDBv2(c *Compiler, p *iot.DynamoDBv2Action) (Action, error) {
	a := &dynamoDBv2Action{}
	if p.PutItem == nil {
		return nil, errors.New("putItem is missing")
	}
	var err error
	if a.remote, err = c.remote("dynamodb", p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(parameter{to: &a.table, name: "putItem.tableName", text: p.PutItem.TableName})
}

// Render makes the item.
func (a *dynamoDBv2Action) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	table := f.text(a.table)
	item, err := connect.Attributes(r.Payload)
	if err != nil {
		f.object(fmt.Errorf("the payload cannot be an item: %w", err))
	}
	return f.task(call{
		action: "dynamoDBv2", failed: "Dynamo Insert record failed",
		resources:  []Resource{{"Table", table}},
		permission: a.may("dynamodb:PutItem", a.arn("dynamodb", "table/"+table)),
		run: func(ctx context.Context) error {
			_, err := connect.Client(a.endpoint, a.scope.Region, dynamodb.NewFromConfig).PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
			return err
		},
	})
}
