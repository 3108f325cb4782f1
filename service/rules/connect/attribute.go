package connect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Attributes are the members of a JSON object as attributes of an item. Numbers keep all their digits.
func Attributes(object []byte) (map[string]types.AttributeValue, error) {
	v, err := Attribute(object)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return nil, fmt.Errorf("it is not a JSON object")
	}
	return m.Value, nil
}

// Attribute is a JSON value as an attribute.
func Attribute(value []byte) (types.AttributeValue, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("it is not JSON: there is more after the value")
	}
	return attribute(v), nil
}

func attribute(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return &types.AttributeValueMemberS{Value: v}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i, x := range v {
			list[i] = attribute(x)
		}
		return &types.AttributeValueMemberL{Value: list}
	case map[string]any:
		m := make(map[string]types.AttributeValue, len(v))
		for name, x := range v {
			m[name] = attribute(x)
		}
		return &types.AttributeValueMemberM{Value: m}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// itemJSON is an item as a JSON object. Sets become arrays, and binary values text in base64.
func itemJSON(item map[string]types.AttributeValue) ([]byte, error) {
	return json.Marshal(plain(&types.AttributeValueMemberM{Value: item}))
}

func plain(a types.AttributeValue) any {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		return a.Value
	case *types.AttributeValueMemberN:
		return json.Number(a.Value)
	case *types.AttributeValueMemberBOOL:
		return a.Value
	case *types.AttributeValueMemberB:
		return base64.StdEncoding.EncodeToString(a.Value)
	case *types.AttributeValueMemberSS:
		return a.Value
	case *types.AttributeValueMemberNS:
		return each(a.Value, func(s string) any { return json.Number(s) })
	case *types.AttributeValueMemberBS:
		return each(a.Value, func(b []byte) any { return base64.StdEncoding.EncodeToString(b) })
	case *types.AttributeValueMemberL:
		return each(a.Value, plain)
	case *types.AttributeValueMemberM:
		m := make(map[string]any, len(a.Value))
		for name, x := range a.Value {
			m[name] = plain(x)
		}
		return m
	}
	return nil
}

func each[T any](list []T, f func(T) any) []any {
	all := make([]any, len(list))
	for i, x := range list {
		all[i] = f(x)
	}
	return all
}
