package action

import (
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"telltale/service/rules/connect"
)

// callOf runs an action on a message and returns the one call that reaches its service.
func callOf(t *testing.T, endpoint string, a accent, success, action, payload string) (call string, got outcome) {
	t.Helper()
	service := newAPI(t, a, success)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, endpoint, service.url)})
	got = w.run(action, payload)
	calls, _ := service.called()
	if got.err != nil || len(calls) != 1 {
		t.Fatalf("%s\n%d calls and error %v", action, len(calls), got.err)
	}
	return calls[0], got
}

func TestSNSMessages(t *testing.T) {
	f := func(parameters, payload, want string) {
		t.Helper()
		if got, _ := callOf(t, "sns", query, published, `{"sns":{`+r1+`,`+parameters+`}}`, payload); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	f(`"targetArn":"arn:aws:sns:r:1:a","messageFormat":"RAW"`, "hello", "Publish Message=hello&TopicArn=arn:aws:sns:r:1:a")
	f(`"targetArn":"arn:aws:sns:r:1:a","messageFormat":"JSON"`, `{"default":"d","sms":"s"}`, `Publish Message={"default":"d","sms":"s"}&MessageStructure=json&TopicArn=arn:aws:sns:r:1:a`)
	f(`"targetArn":"arn:aws:sns:r:1:endpoint/APNS/app/1"`, "hello", "Publish Message=hello&TargetArn=arn:aws:sns:r:1:endpoint/APNS/app/1")
}

func TestSQSMessages(t *testing.T) {
	f := func(parameters, payload, body, queue string) {
		t.Helper()
		call, got := callOf(t, "sqs", awsJSON, fmt.Sprintf(`{"MD5OfMessageBody":"%x"}`, md5.Sum([]byte(body))), `{"sqs":{`+r1+`,`+parameters+`}}`, payload)
		if !strings.HasPrefix(call, `SendMessage {"MessageBody":"`+body+`","QueueUrl":`) || got.permission != "sqs:SendMessage on "+queue {
			t.Errorf("\n got %s, needs %s\nwant %s, needs %s", call, got.permission, body, queue)
		}
	}
	f(`"queueUrl":"http://127.0.0.1:9324/queue/alarms"`, "hello", "hello", "arn:aws:sqs:eu-west-1:123456789012:alarms")
	f(`"queueUrl":"http://127.0.0.1:9324/alarms","useBase64":true`, "\xff\x00", "/wA=", "arn:aws:sqs:eu-west-1:123456789012:alarms")
	f(`"queueUrl":"https://us-west-2.queue.amazonaws.com/111111111111/alarms","useBase64":false`, "hello", "hello", "arn:aws:sqs:us-west-2:111111111111:alarms")
}

func TestKinesisWithoutPartitionKey(t *testing.T) {
	call, got := callOf(t, "kinesis", awsJSON, `{"SequenceNumber":"1","ShardId":"s"}`, `{"kinesis":{`+r1+`,"streamName":"s"}}`, "\xff")
	if !regexp.MustCompile(`^PutRecord {"Data":"/w==","PartitionKey":"[0-9a-f-]{36}","StreamName":"s"}$`).MatchString(call) || !strings.HasPrefix(got.resources, "StreamName=s PartitionKey=") {
		t.Errorf("got %s about %s", call, got.resources)
	}
}

func TestFirehoseBatches(t *testing.T) {
	const batch = `{"firehose":{` + r1 + `,"deliveryStreamName":"d","batchMode":true,"separator":","}}`
	service := newAPI(t, awsJSON, `{"FailedPutCount":0,"RequestResponses":[{"RecordId":"1"},{"RecordId":"2"}]}`)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "firehose", service.url)})
	f := func(sql, payload string, want ...string) outcome {
		t.Helper()
		w.sql = sql
		got := w.run(batch, payload)
		calls, _ := service.called()
		if strings.Join(calls, "\n") != strings.Join(want, "\n") {
			t.Errorf("\n got %s\nwant %s", strings.Join(calls, "\n     "), strings.Join(want, "\n     "))
		}
		return got
	}
	const all = `PutRecordBatch {"DeliveryStreamName":"d","Records":[{"Data":"MS41MCw="},{"Data":"eyJhIjoyfSw="}]}` // 1.50, and {"a":2},
	const second = `PutRecordBatch {"DeliveryStreamName":"d","Records":[{"Data":"eyJhIjoyfSw="}]}`
	got := f("SELECT * FROM 'sensors/+'", `[1.50,{"a":2}]`, all)
	w.want(got, "DeliveryStreamName=d", "firehose:PutRecordBatch on arn:aws:firehose:eu-west-1:123456789012:deliverystream/d")

	// Records that were not accepted are put again, and only those.
	refused := reply{status: 200, body: `{"FailedPutCount":1,"RequestResponses":[{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"slow down"}]}`}
	half := reply{status: 200, body: `{"FailedPutCount":1,"RequestResponses":[{"RecordId":"1"},{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"slow down"}]}`}
	service.replying(half, reply{status: 200, body: `{"FailedPutCount":0,"RequestResponses":[{"RecordId":"2"}]}`})
	w.want(f("SELECT * FROM 'sensors/+'", `[1.50,{"a":2}]`, all, second), got.resources, got.permission)
	service.replying(half, refused)
	w.wantError(f("SELECT * FROM 'sensors/+'", `[1.50,{"a":2}]`, all, second, second),
		"The error received was 1 of 2 records were not accepted: slow down (Error Code: ServiceUnavailableException). Message arrived on")

	// A result that is no Array is one record.
	service.replying(reply{status: 200, body: `{"RecordId":"1"}`})
	w.want(f("SELECT a FROM 'sensors/+'", `{"a":2}`, `PutRecord {"DeliveryStreamName":"d","Record":{"Data":"eyJhIjoyfSw="}}`),
		"DeliveryStreamName=d", "firehose:PutRecord on arn:aws:firehose:eu-west-1:123456789012:deliverystream/d")
}

func TestDynamoDBOperations(t *testing.T) {
	f := func(parameters, payload, want, permission string) {
		t.Helper()
		call, got := callOf(t, "dynamodb", awsJSON, `{}`, `{"dynamoDB":{`+r1+`,"tableName":"t","hashKeyField":"id","hashKeyValue":"7"`+parameters+`}}`, payload)
		if call != want || !strings.HasPrefix(got.permission, permission+" on ") {
			t.Errorf("\n got %s, needs %s\nwant %s, needs %s", call, got.permission, want, permission)
		}
	}
	f(``, `[1]`, `PutItem {"Item":{"id":{"S":"7"},"payload":{"L":[{"N":"1"}]}},"TableName":"t"}`, "dynamodb:PutItem")
	f(``, "\xff", `PutItem {"Item":{"id":{"S":"7"},"payload":{"B":"/w=="}},"TableName":"t"}`, "dynamodb:PutItem")
	f(`,"operation":"UPDATE","rangeKeyField":"r","rangeKeyValue":"1e3","rangeKeyType":"NUMBER"`, `{"a":1}`,
		`UpdateItem {"ExpressionAttributeNames":{"#field":"payload"},"ExpressionAttributeValues":{":payload":{"M":{"a":{"N":"1"}}}},"Key":{"id":{"S":"7"},"r":{"N":"1e3"}},"TableName":"t","UpdateExpression":"SET #field = :payload"}`, "dynamodb:UpdateItem")
	f(`,"operation":"${op}"`, `{"op":"DELETE"}`, `DeleteItem {"Key":{"id":{"S":"7"}},"TableName":"t"}`, "dynamodb:DeleteItem")
}

func TestLocationRefusesAPosition(t *testing.T) {
	service := newAPI(t, restJSON, `{"Errors":[{"DeviceId":"7","SampleTime":"2023-11-14T22:13:20Z","Error":{"Code":"ValidationError","Message":"too old"}}]}`)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "location", service.url)})
	got := w.run(`{"location":{`+r1+`,"trackerName":"tr","deviceId":"7","latitude":"1","longitude":"-2.5","timestamp":{"value":"1700000000000"}}}`, `{}`)
	w.wantError(got, "Failed to update the position of the device. The error received was too old (Service: Location; Error Code: ValidationError). Message arrived on")
	calls, _ := service.called()
	if len(calls) != 1 || !strings.HasSuffix(calls[0], `{"Updates":[{"DeviceId":"7","Position":[-2.5,1],"SampleTime":"2023-11-14T22:13:20Z"}]}`) {
		t.Errorf("got %s", calls)
	}
}

func TestStepFunctions(t *testing.T) {
	f := func(parameters, resources string) {
		t.Helper()
		call, got := callOf(t, "stepfunctions", awsJSON, `{"executionArn":"arn","startDate":1}`, `{"stepFunctions":{`+r1+`,`+parameters+`}}`, `{"x":"lamp"}`)
		name := regexp.MustCompile(`^` + resources + `[0-9a-f-]{36}$`)
		_, execution, _ := strings.Cut(got.resources, "ExecutionName=")
		want := `StartExecution {"input":"{\"x\":\"lamp\"}","name":"` + execution + `","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:m-lamp"}`
		if !name.MatchString(got.resources) || call != want || got.permission != "states:StartExecution on arn:aws:states:eu-west-1:123456789012:stateMachine:m-lamp" {
			t.Errorf("\n got %s about %s, needs %s\nwant %s", call, got.resources, got.permission, want)
		}
	}
	f(`"stateMachineName":"m-${x}"`, "StateMachineName=m-lamp ExecutionName=")
	f(`"stateMachineName":"m-${x}","executionNamePrefix":"p-${topic(2)}-"`, "StateMachineName=m-lamp ExecutionName=p-7-")
}

// A function that is configured by name is called there, whatever the endpoint lambda is.
func TestLambdaFunctions(t *testing.T) {
	var events, statuses = []string{}, []int{200}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		events = append(events, string(b))
		w.WriteHeader(statuses[0])
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		io.WriteString(w, "done")
	}))
	t.Cleanup(hook.Close)
	functions, err := connect.ParseFunctions(map[string]string{"alarm": hook.URL})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, &Needs{Functions: functions})
	compiled := w.compile(`{"lambda":{"functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:${f}"}}`)
	f := func(times int, answers ...int) outcome {
		t.Helper()
		events, statuses = nil, answers
		got := w.do(compiled, `{"f":"alarm"}`)
		if len(events) != times || events[0] != `{"f":"alarm"}` {
			t.Errorf("got events %s, want %d", events, times)
		}
		return got
	}
	const resources = "FunctionArn=arn:aws:lambda:eu-west-1:123456789012:function:alarm"
	w.want(f(1, 200), resources, "")
	w.want(f(2, 503, 202), resources, "")
	w.wantError(f(3, 500), "Failed to invoke lambda function. The error received was http://127.0.0.1:")
	w.wantError(f(1, 404), "answered 404 Not Found: done. Message arrived on: sensors/7, Action: lambda, FunctionArn: arn:")
	w.refused(`{"lambda":{"functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:other"}}`,
		"the function is not configured (--function NAME=URL or NAME=exec:PROGRAM), and no endpoint for lambda is configured")
	w.wantError(w.do(compiled, `{"f":"other"}`), "the function is not configured")
}

// The objects of the s3 action are as another S3 server reads them.
func TestS3Objects(t *testing.T) {
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	if err := backend.CreateBucket("readings"); err != nil {
		t.Fatal(err)
	}
	configured := endpoints(t, "s3", server.URL)
	w := newWorld(t, &Needs{Endpoints: configured})
	client := connect.S3(configured["s3"], home.Region)
	f := func(sql, key, payload, written, want, format string) {
		t.Helper()
		w.sql = sql
		w.want(w.run(`{"s3":{`+r1+`,"bucketName":"readings","key":"`+key+`"}}`, payload), "Bucket=readings Key="+written, "s3:PutObject on arn:aws:s3:::readings/"+written)
		bucket := "readings"
		object, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &written})
		if err != nil {
			t.Fatal(err)
		}
		defer object.Body.Close()
		b, _ := io.ReadAll(object.Body)
		if string(b) != want || object.ContentType == nil || *object.ContentType != format {
			t.Errorf("%s holds %q, want %q of %s", written, b, want, format)
		}
	}
	f("SELECT temp FROM 'sensors/+'", "${topic()}/${parse_time('yyyy-MM-dd', timestamp())}", `{"temp":21,"x":1}`, "sensors/7/2023-11-14", `{"temp":21}`, "application/json")
	f("SELECT * FROM 'sensors/+'", "raw +&%ü/${clientid()}", "\xff\x00", "raw +&%ü/dev1", "\xff\x00", "application/octet-stream")
	w.wantError(w.run(`{"s3":{`+r1+`,"bucketName":"none","key":"k"}}`, `{}`),
		"Failed to put S3 object. The error received was The specified bucket does not exist (Service: S3; Status Code: 404; Error Code: NoSuchBucket; ")
}
