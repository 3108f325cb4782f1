package action

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/dynamodb-rule-action)
var dynamoDBKind = newKind(Kind{
	Key: "dynamoDB", Name: "DynamoAction", Metric: "DynamoDB", Target: "Table", Endpoint: "dynamodb",
	Templates: []string{"tableName", "operation", "hashKeyField", "hashKeyValue", "rangeKeyField", "rangeKeyValue", "payloadField"},
	Text:      "Writes the result to one attribute of an item of a DynamoDB table.",
}, func(a *iot.Action) *iot.DynamoDBAction { return a.DynamoDB }, compileDynamoDB)

type dynamoDBAction struct {
	remote
	table, operation, payload value
	hash, sort                keyAttribute
}

// keyAttribute is an attribute of the key of an item.
type keyAttribute struct {
	field, value value
	number       bool
}

// writes are the operations, each with what DynamoDB calls it and how its failure is told.
var writes = map[string]struct {
	permission, failed string
	run                func(ctx context.Context, d *dynamodb.Client, w *itemWrite) error
}{
	"INSERT": {"dynamodb:PutItem", "Dynamo Insert record failed", insertItem},
	"UPDATE": {"dynamodb:UpdateItem", "Dynamo Update record failed", updateItem},
	"DELETE": {"dynamodb:DeleteItem", "Dynamo Delete record failed", deleteItem},
}

func compileDynamoDB(c *Compiler, p *iot.DynamoDBAction) (Action, error) {
	a := &dynamoDBAction{}
	var err error
	if a.remote, err = c.remote("dynamodb", p.RoleArn); err != nil {
		return nil, err
	}
	if (p.RangeKeyField == "") != (p.RangeKeyValue == "") || p.RangeKeyType != "" && p.RangeKeyField == "" {
		return nil, errors.New("rangeKeyField and rangeKeyValue go together: one is missing")
	}
	payload, operation := cmp.Or(p.PayloadField, "payload"), cmp.Or(p.Operation, "INSERT")
	for _, key := range []string{p.HashKeyField, p.RangeKeyField} {
		if key == payload {
			return nil, errors.New("payloadField " + strconv.Quote(key) + " is not allowed: it is a field of the key")
		}
	}
	if p.HashKeyField == p.RangeKeyField {
		return nil, errors.New("rangeKeyField " + strconv.Quote(p.RangeKeyField) + " is not allowed: it is the hashKeyField")
	}
	a.hash.number, a.sort.number = p.HashKeyType == iot.DynamoKeyTypeNumber, p.RangeKeyType == iot.DynamoKeyTypeNumber
	sorted := p.RangeKeyField != ""
	return a, c.parameters(
		parameter{to: &a.table, name: "tableName", text: p.TableName},
		parameter{to: &a.operation, name: "operation", text: operation, check: oneOf("INSERT", "UPDATE", "DELETE")},
		parameter{to: &a.hash.field, name: "hashKeyField", text: p.HashKeyField},
		parameter{to: &a.hash.value, name: "hashKeyValue", text: p.HashKeyValue, check: a.hash.check},
		parameter{to: &a.sort.field, name: "rangeKeyField", text: p.RangeKeyField, optional: !sorted},
		parameter{to: &a.sort.value, name: "rangeKeyValue", text: p.RangeKeyValue, optional: !sorted, check: a.sort.check},
		parameter{to: &a.payload, name: "payloadField", text: payload})
}

var number = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?$`)

func (k *keyAttribute) check(text string) error {
	if k.number && !number.MatchString(text) {
		return errors.New("the key is of type NUMBER")
	}
	return nil
}

// add puts the attribute into a key.
func (k *keyAttribute) add(field, text string, key map[string]types.AttributeValue) {
	switch {
	case field == "":
	case k.number:
		key[field] = &types.AttributeValueMemberN{Value: text}
	default:
		key[field] = &types.AttributeValueMemberS{Value: text}
	}
}

// itemWrite is an item as it is to be written.
type itemWrite struct {
	table, field string
	key          map[string]types.AttributeValue
	payload      types.AttributeValue
}

// Render makes the item.
func (a *dynamoDBAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	w := &itemWrite{table: f.text(a.table), key: map[string]types.AttributeValue{}}
	operation := f.text(a.operation)
	field, text := f.text(a.hash.field), f.text(a.hash.value)
	a.hash.add(field, text, w.key)
	a.sort.add(f.text(a.sort.field), f.text(a.sort.value), w.key)
	w.field = f.text(a.payload)
	w.payload = payloadAttribute(r)
	write, ok := writes[operation]
	if !ok { // there is an objection, or the template failed
		write = writes["INSERT"]
	}
	return f.task(call{
		action: "dynamoDB", failed: write.failed,
		resources: []Resource{{"ItemHashKeyField", field}, {"Table", w.table}, {"Operation", operation}, {"ItemHashKeyValue", text},
			{"IsPayloadJSON", strconv.FormatBool(r.JSON)}},
		permission: a.may(write.permission, a.arn("dynamodb", "table/"+w.table)),
		run: func(ctx context.Context) error {
			return write.run(ctx, connect.Client(a.endpoint, a.scope.Region, dynamodb.NewFromConfig), w)
		},
	})
}

// payloadAttribute is the result as an attribute: of its own type if it is JSON, else binary.
func payloadAttribute(r *Rendering) types.AttributeValue {
	if r.JSON {
		if v, err := connect.Attribute(r.Payload); err == nil {
			return v
		}
	}
	return &types.AttributeValueMemberB{Value: r.Payload}
}

func insertItem(ctx context.Context, d *dynamodb.Client, w *itemWrite) error {
	item := maps.Clone(w.key)
	item[w.field] = w.payload
	_, err := d.PutItem(ctx, &dynamodb.PutItemInput{TableName: &w.table, Item: item})
	return err
}

func updateItem(ctx context.Context, d *dynamodb.Client, w *itemWrite) error {
	_, err := d.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &w.table, Key: w.key, UpdateExpression: aws.String("SET #field = :payload"),
		ExpressionAttributeNames: map[string]string{"#field": w.field}, ExpressionAttributeValues: map[string]types.AttributeValue{":payload": w.payload}})
	return err
}

func deleteItem(ctx context.Context, d *dynamodb.Client, w *itemWrite) error {
	_, err := d.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &w.table, Key: w.key})
	return err
}
