package action

import (
	"slices"
	"strings"
	"testing"
)

// everywhere has an endpoint for every kind.
func everywhere(t testing.TB) *Needs {
	return &Needs{Endpoints: endpoints(t, "s3", "http://127.0.0.1:1", "sns", "http://127.0.0.1:1", "sqs", "http://127.0.0.1:1", "lambda", "http://127.0.0.1:1",
		"dynamodb", "http://127.0.0.1:1", "kinesis", "http://127.0.0.1:1", "firehose", "http://127.0.0.1:1", "cloudwatch", "http://127.0.0.1:1",
		"location", "http://127.0.0.1:1", "stepfunctions", "http://127.0.0.1:1")}
}

// TestRefused lists what is refused when the rule is made.
func TestRefused(t *testing.T) {
	w := newWorld(t, everywhere(t))
	f := func(kind, parameters, text string) {
		t.Helper()
		w.refused(`{"`+kind+`":{`+strings.ReplaceAll(parameters, "R!", r1)+`}}`, text)
	}
	for kind, rest := range map[string]string{
		"s3": `"bucketName":"b","key":"k"`, "sns": `"targetArn":"arn:aws:sns:r:1:t"`, "sqs": `"queueUrl":"https://sqs.r.amazonaws.com/1/q"`,
		"dynamoDB": `"tableName":"t","hashKeyField":"h","hashKeyValue":"v"`, "dynamoDBv2": `"putItem":{"tableName":"t"}`, "kinesis": `"streamName":"s"`,
		"firehose": `"deliveryStreamName":"d"`, "cloudwatchAlarm": `"alarmName":"a","stateReason":"r","stateValue":"OK"`,
		"location": `"trackerName":"t","deviceId":"d","latitude":"1","longitude":"1"`, "stepFunctions": `"stateMachineName":"m"`,
	} {
		w.compile(`{"` + kind + `":{` + r1 + `,` + rest + `}}`)
		f(kind, rest, "failed to satisfy constraint: Member must not be null")
		f(kind, `"roleArn":"rules",`+rest, kind+` action: roleArn "rules" is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME`)
	}

	f("s3", `R!,"bucketName":"","key":"k"`, `s3 action: bucketName "" is not allowed: it is empty`)
	f("s3", `R!,"bucketName":"b","key":""`, `s3 action: key "" is not allowed: it is empty`)
	f("s3", `R!,"bucketName":"b","key":"${"`, `s3 action: key: rule SQL, line 1`)
	f("s3", `R!,"bucketName":"b","key":"k","cannedAcl":"all"`, "Member must satisfy enum value set")

	f("sns", `R!,"targetArn":"alarms"`, `sns action: targetArn "alarms" is not allowed: "alarms" is not an ARN`)
	f("sns", `R!,"targetArn":"arn:aws:sqs:r:1:q"`, "it is not the ARN of an SNS topic or endpoint")
	f("sns", `R!,"targetArn":"arn:aws:sns:r:1:q.fifo"`, "rules cannot send to FIFO topics")
	f("sns", `R!,"targetArn":"arn:aws:sns:r:1:q","messageFormat":"XML"`, "Member must satisfy enum value set")

	f("sqs", `R!,"queueUrl":"alarms"`, "want an URL such as https://sqs.eu-west-1.amazonaws.com/123456789012/alarms")
	f("sqs", `R!,"queueUrl":"https://sqs.r.amazonaws.com/"`, "want an URL such as")
	f("sqs", `R!,"queueUrl":"https://sqs.r.amazonaws.com/1/q.fifo"`, "rules cannot send to FIFO queues")

	f("lambda", `"functionArn":"alarm"`, `lambda action: functionArn "alarm" is not allowed: "alarm" is not an ARN`)
	f("lambda", `"functionArn":"arn:aws:sns:r:1:t"`, "it is not the ARN of a Lambda function")

	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","hashKeyType":"NUMBER"`, `hashKeyValue "v" is not allowed: the key is of type NUMBER`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","hashKeyType":"BINARY"`, "Member must satisfy enum value set")
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","rangeKeyField":"r"`, "rangeKeyField and rangeKeyValue go together: one is missing")
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","rangeKeyValue":"r"`, "rangeKeyField and rangeKeyValue go together: one is missing")
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","rangeKeyField":"h","rangeKeyValue":"x"`, `rangeKeyField "h" is not allowed: it is the hashKeyField`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","rangeKeyField":"r","rangeKeyValue":"x","rangeKeyType":"NUMBER"`, `rangeKeyValue "x" is not allowed: the key is of type NUMBER`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","payloadField":"h"`, `payloadField "h" is not allowed: it is a field of the key`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"payload","hashKeyValue":"v"`, `payloadField "payload" is not allowed: it is a field of the key`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","operation":"UPSERT"`, `operation "UPSERT" is not allowed: allowed are INSERT, UPDATE, DELETE`)
	f("dynamoDBv2", `R!`, "Member must not be null")
	f("dynamoDBv2", `R!,"putItem":{"tableName":""}`, `putItem.tableName "" is not allowed: it is empty`)

	f("firehose", `R!,"deliveryStreamName":"d","separator":";"`, "Member must satisfy regular expression pattern")
	f("kinesis", `R!,"streamName":""`, `streamName "" is not allowed: it is empty`)
	f("cloudwatchAlarm", `R!,"alarmName":"a","stateReason":"r","stateValue":"RED"`, `stateValue "RED" is not allowed: allowed are OK, ALARM, INSUFFICIENT_DATA`)
	f("location", `R!,"trackerName":"t","deviceId":"d","latitude":"91","longitude":"1"`, `latitude "91" is not allowed: want degrees, -90 to 90`)
	f("location", `R!,"trackerName":"t","deviceId":"d","latitude":"1","longitude":"NaN"`, `longitude "NaN" is not allowed: want degrees, -180 to 180`)
	f("location", `R!,"trackerName":"t","deviceId":"d","latitude":"1","longitude":"1","timestamp":{"value":"noon"}`, `timestamp.value "noon" is not allowed: want a whole number`)
	f("location", `R!,"trackerName":"t","deviceId":"d","latitude":"1","longitude":"1","timestamp":{"value":"1","unit":"DAYS"}`, `timestamp.unit "DAYS" is not allowed: allowed are SECONDS`)
	f("stepFunctions", `R!,"stateMachineName":""`, `stateMachineName "" is not allowed: it is empty`)

	for kind, parameters := range map[string]string{
		"iotAnalytics": `R!,"channelName":"c"`, "iotEvents": `R!,"inputName":"c"`,
		"iotSiteWise": `R!,"putAssetPropertyValueEntries":[{"propertyAlias":"a","propertyValues":[{"value":{"integerValue":"1"},"timestamp":{"timeInSeconds":"1"}}]}]`,
		"salesforce":  `"token":"` + strings.Repeat("a", 40) + `","url":"https://ingestion-1.a.sfdcnow.com/streams/s/i/event"`,
	} {
		f(kind, parameters, kind+" action: this version of telltale does not run actions of this kind")
	}
	w.refused(`{}`, "an action must be of one of the kinds cloudwatchAlarm, ")
	w.refused(`{"kinesis":{`+r1+`,"streamName":"s"},"firehose":{`+r1+`,"deliveryStreamName":"s"}}`, "an action is of one kind; this one is both firehose and kinesis")

	w.errorAction = true
	f("s3", `R!,"bucketName":"b","key":"${get_thing_shadow('lamp','`+role+`').a}"`, "key: an error action may not use external functions such as get_thing_shadow")
}

// What only a message decides fails the action, and its entry tells what the action was about.
func TestObjections(t *testing.T) {
	w := newWorld(t, everywhere(t))
	f := func(kind, parameters, payload, resources, text string) {
		t.Helper()
		got := w.run(`{"`+kind+`":{`+strings.ReplaceAll(parameters, "R!", r1)+`}}`, payload)
		w.wantError(got, text+". Message arrived on: sensors/7, Action: "+kind+", ")
		if got.resources != resources {
			t.Errorf("got %s, want %s", got.resources, resources)
		}
	}
	f("s3", `R!,"bucketName":"b","key":"${x}"`, `{}`, "Bucket=b Key=", `Failed to put S3 object: key "" is not allowed: it is empty`)
	f("sns", `R!,"targetArn":"${x}"`, `{"x":"arn:aws:sns:r:1:a.fifo"}`, "TargetArn=arn:aws:sns:r:1:a.fifo", "rules cannot send to FIFO topics")
	f("sns", `R!,"targetArn":"arn:aws:sns:r:1:a"`, "\xff", "TargetArn=arn:aws:sns:r:1:a", "Failed to publish SNS message: the payload is not UTF-8 text")
	for _, payload := range []string{`{}`, `{"default":1}`, `["default"]`, `hello`} {
		f("sns", `R!,"targetArn":"arn:aws:sns:r:1:a","messageFormat":"JSON"`, payload, "TargetArn=arn:aws:sns:r:1:a",
			"with messageFormat JSON the payload must be a JSON object with the key default, which is a string")
	}
	f("sqs", `R!,"queueUrl":"${x}"`, `{"x":"https://sqs.r.amazonaws.com/1/q.fifo"}`, "QueueUrl=https://sqs.r.amazonaws.com/1/q.fifo", "rules cannot send to FIFO queues")
	f("sqs", `R!,"queueUrl":"http://127.0.0.1/q"`, "\xff", "QueueUrl=http://127.0.0.1/q", "the payload is not UTF-8 text; useBase64 must be true for it")
	f("sqs", `R!,"queueUrl":"http://127.0.0.1/q"`, "\x00", "QueueUrl=http://127.0.0.1/q", "the payload has control characters; useBase64 must be true for it")
	f("lambda", `"functionArn":"arn:aws:lambda:r:1:function:f"`, "hello", "FunctionArn=arn:aws:lambda:r:1:function:f", "Failed to invoke lambda function: the payload is not JSON: SELECT encode(*, 'base64') AS data makes an event of it")
	f("lambda", `"functionArn":"${f}"`, `{"f":"alarm"}`, "FunctionArn=alarm", `functionArn "alarm" is not allowed: "alarm" is not an ARN: want arn:partition:service:region:account:resource`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"${x}","hashKeyType":"NUMBER"`, `{"x":"a"}`,
		"ItemHashKeyField=h Table=t Operation=INSERT ItemHashKeyValue=a IsPayloadJSON=true", `Dynamo Insert record failed: hashKeyValue "a" is not allowed: the key is of type NUMBER`)
	f("dynamoDB", `R!,"tableName":"t","hashKeyField":"h","hashKeyValue":"v","operation":"${x}"`, `{"x":"DROP"}`,
		"ItemHashKeyField=h Table=t Operation=DROP ItemHashKeyValue=v IsPayloadJSON=true", `operation "DROP" is not allowed: allowed are INSERT, UPDATE, DELETE`)
	f("dynamoDBv2", `R!,"putItem":{"tableName":"t"}`, `[1]`, "Table=t", "Dynamo Insert record failed: the payload cannot be an item: it is not a JSON object")
	f("firehose", `R!,"deliveryStreamName":"d","batchMode":true`, `[]`, "DeliveryStreamName=d", "the result has 0 elements; in batch mode 1 to 500 are allowed")
	f("firehose", `R!,"deliveryStreamName":"d","batchMode":true`, `[`+strings.Repeat(`1,`, 500)+`1]`, "DeliveryStreamName=d", "the result has 501 elements; in batch mode 1 to 500 are allowed")
	f("cloudwatchAlarm", `R!,"alarmName":"a","stateReason":"r","stateValue":"${x}"`, `{"x":"RED"}`, "AlarmName=a", `stateValue "RED" is not allowed: allowed are OK, ALARM, INSUFFICIENT_DATA`)
	f("location", `R!,"trackerName":"t","deviceId":"d","latitude":"${lat}","longitude":"1"`, `{"lat":100}`, "TrackerName=t DeviceId=d", `latitude "100" is not allowed: want degrees, -90 to 90`)
}

func TestKindsAreInOrder(t *testing.T) {
	if !slices.IsSortedFunc(Kinds, func(a, b *Kind) int { return strings.Compare(a.Key, b.Key) }) {
		t.Error("sort Kinds by Key")
	}
	for _, k := range Kinds {
		if k.Text == "" || (k.Name == "") != (k.Metric == "") {
			t.Errorf("%+v is not complete", k)
		}
	}
}
