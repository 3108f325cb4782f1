package connect

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"telltale/lang/rulesql"
)

// Item reads an item of a table as a JSON object, after all writes before. (aws: iot/iot-sql-functions#iot-sql-function-get-dynamodb)
func (o *Outside) Item(ctx context.Context, region string, key rulesql.ItemKey) ([]byte, error) {
	e, err := o.Endpoints.Need("dynamodb")
	if err != nil {
		return nil, err
	}
	wanted := map[string]types.AttributeValue{}
	for _, x := range []struct{ name, value string }{{key.PartitionName, key.PartitionValue}, {key.SortName, key.SortValue}} {
		if x.name == "" {
			continue
		}
		if wanted[x.name], err = Attribute([]byte(x.value)); err != nil {
			return nil, fmt.Errorf("the value of the key attribute %s: %w", x.name, err)
		}
	}
	out, err := Client(e, region, dynamodb.NewFromConfig).GetItem(ctx, &dynamodb.GetItemInput{TableName: &key.Table, Key: wanted, ConsistentRead: aws.Bool(true)})
	switch {
	case err != nil:
		return nil, fmt.Errorf("table %s: %s", key.Table, Reason(err))
	case len(out.Item) == 0:
		return nil, fmt.Errorf("table %s has no item with %s = %s", key.Table, key.PartitionName, key.PartitionValue)
	}
	return itemJSON(out.Item)
}
