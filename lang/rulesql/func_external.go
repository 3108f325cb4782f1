package rulesql

import (
	"encoding/base64"
	"fmt"
)

// externalFunctions ask other services. A failure makes them Undefined and is told in Result.Calls.
var externalFunctions = []function{
	{name: "aws_lambda", parameters: "functionArn, input", least: 2, most: 2, since: V20151008, outside: true, run: awsLambda,
		doc: "What a Lambda function answers to a JSON value."},
	{name: "get_dynamodb", parameters: "table, key, value[, sortKey, sortValue], roleArn", least: 4, most: 6, since: V20160323, outside: true, fixed: fixedLast, run: getDynamoDB,
		doc: "An item of a DynamoDB table, 8 KB at most; once in a statement."},
	{name: "get_registry_data", parameters: "api, thingName, roleArn", least: 3, most: 3, since: V20160323, outside: true, fixed: fixedLast, run: getRegistryData,
		doc: "What the registry answers to DescribeThing or ListThingGroupsForThing; once in a statement."},
	{name: "get_secret", parameters: "secretId, type[, key], roleArn", least: 3, most: 4, since: V20160323, outside: true, fixed: fixedLast, run: getSecret,
		doc: "The SecretString, one key of it, or the SecretBinary in base64, of a secret."},
	{name: "get_thing_shadow", parameters: "thingName[, shadowName], roleArn", least: 2, most: 3, since: V20160323, outside: true, fixed: fixedLast, run: getThingShadow,
		doc: "The shadow document of a thing."},
	{name: "machinelearning_predict", parameters: "modelId, roleArn, record", least: 3, most: 3, since: V20151008, outside: true, fixed: fixedSecond, run: predict,
		doc: "What a machine learning model says about a record."},
}

// answer records a call and reads its answer.
func (e *Evaluator) answer(name, resource string, answer []byte, err error) value {
	var v value
	if err == nil {
		if v, err = e.read(string(answer)); err != nil {
			err = fmt.Errorf("the answer is not JSON: %w", err)
		}
	}
	e.calls = append(e.calls, Call{name, resource, err})
	return v
}

// first reports whether a function is called for the first time; a second call ends the evaluation.
func (e *Evaluator) first(name string) bool {
	if e.once[name] {
		e.fail("%s was called a second time; a statement may call it once", name)
		return false
	}
	if e.once == nil {
		e.once = map[string]bool{}
	}
	e.once[name] = true
	return true
}

// stringArgs are arguments that must all be Strings.
func stringArgs(args []value) (list [6]string, ok bool) {
	for i, v := range args {
		if v.kind != text {
			return list, false
		}
		list[i] = v.text
	}
	return list, true
}

func (e *Evaluator) jsonOf(v value) ([]byte, bool) {
	if v.kind == undefined {
		return nil, false
	}
	b := e.appendJSON(nil, v, MaxResult)
	return b, e.err == nil
}

func awsLambda(e *Evaluator, args []value) value {
	s, ok := stringArgs(args[:1])
	if !ok {
		return value{}
	}
	input, ok := e.jsonOf(args[1])
	if !ok {
		return value{}
	}
	answer, err := e.env.InvokeLambda(s[0], input)
	return e.answer("aws_lambda", s[0], answer, err)
}

func predict(e *Evaluator, args []value) value {
	s, ok := stringArgs(args[:2])
	if !ok || args[2].kind != object {
		return value{}
	}
	record, ok := e.jsonOf(args[2])
	if !ok {
		return value{}
	}
	answer, err := e.env.Predict(s[0], s[1], record)
	return e.answer("machinelearning_predict", s[0], answer, err)
}

func getThingShadow(e *Evaluator, args []value) value {
	s, ok := stringArgs(args)
	if !ok {
		return value{}
	}
	shadow, role := "", s[1]
	if len(args) == 3 {
		shadow, role = s[1], s[2]
	}
	answer, err := e.env.ThingShadow(s[0], shadow, role)
	return e.answer("get_thing_shadow", s[0], answer, err)
}

func getRegistryData(e *Evaluator, args []value) value {
	s, ok := stringArgs(args)
	if !ok || s[0] != "DescribeThing" && s[0] != "ListThingGroupsForThing" || !e.first("get_registry_data") {
		return value{}
	}
	answer, err := e.env.RegistryData(s[0], s[1], s[2])
	return e.answer("get_registry_data", s[1], answer, err)
}

func getDynamoDB(e *Evaluator, args []value) value {
	last := len(args) - 1
	table, okTable := stringArgs(args[:2])
	role, okRole := stringArgs(args[last:])
	if !okTable || !okRole || len(args) == 5 {
		return value{}
	}
	key := ItemKey{Table: table[0], PartitionName: table[1]}
	var ok bool
	if key.PartitionValue, ok = e.keyValue(args[2]); !ok {
		return value{}
	}
	if len(args) == 6 {
		if key.SortValue, ok = e.keyValue(args[4]); !ok || args[3].kind != text {
			return value{}
		}
		key.SortName = args[3].text
	}
	if !e.first("get_dynamodb") {
		return value{}
	}
	answer, err := e.env.DynamoDBItem(key, role[0])
	if err == nil && len(answer) > maxItem {
		err = fmt.Errorf("the item has %d bytes; at most %d are read", len(answer), maxItem)
	}
	return e.answer("get_dynamodb", key.Table, answer, err)
}

// keyValue is a String or number as JSON text.
func (e *Evaluator) keyValue(v value) (string, bool) {
	if v.kind != text && !v.isNumber() {
		return "", false
	}
	b, ok := e.jsonOf(v)
	return string(b), ok
}

func getSecret(e *Evaluator, args []value) value {
	s, ok := stringArgs(args)
	if !ok || s[1] != "SecretString" && (s[1] != "SecretBinary" || len(args) == 4) {
		return value{}
	}
	secret, err := e.env.Secret(s[0], s[1], s[len(args)-1])
	if err == nil && len(args) == 4 {
		v := e.answer("get_secret", s[0], secret, nil)
		v, _ = e.member(&v, s[2])
		return v
	}
	e.calls = append(e.calls, Call{"get_secret", s[0], err})
	if err != nil {
		return value{}
	}
	if s[1] == "SecretBinary" {
		return e.textOf(base64.StdEncoding.EncodeToString(secret))
	}
	return e.textOf(string(secret))
}
