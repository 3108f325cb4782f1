package action

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"telltale/lang/shape/cloudwatch"
	"telltale/lang/wire"
	"telltale/lang/wire/rpccbor"
)

// api is a service of AWS on a socket: it reads what the SDK sends, and replies as it is told.
type api struct {
	t      testing.TB
	accent accent
	url    string // with an access key

	mu      sync.Mutex
	replies []reply  // in order; the last one again and again
	calls   []string // "Operation body"
	signed  []string // "region/service" that calls were signed for
}

// reply is a status, and for failures the name of an error.
type reply struct {
	status int
	name   string
	body   string // of a success
}

// accent is a protocol.
type accent struct {
	read  func(*http.Request, []byte) string // the operation and its input
	write func(http.ResponseWriter, reply)
}

func newAPI(t testing.TB, a accent, success string) *api {
	x := &api{t: t, accent: a, replies: []reply{{status: 200, body: success}}}
	s := httptest.NewServer(x)
	t.Cleanup(s.Close)
	x.url = strings.Replace(s.URL, "http://", "http://AKIDTEST:secret@", 1)
	return x
}

var credential = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIDTEST/\d{8}/([^/]+/[^/]+)/aws4_request, SignedHeaders=[^ ]*host[^ ]*, Signature=[0-9a-f]{64}$`)

func (x *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		x.t.Errorf("reading %s: %v", r.URL, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	signature := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if signature == nil {
		x.t.Errorf("%s %s is signed by %q", r.Method, r.URL, r.Header.Get("Authorization"))
		signature = []string{"", ""}
	}
	x.signed = append(x.signed, signature[1])
	x.calls = append(x.calls, x.accent.read(r, body))
	next := x.replies[0]
	if len(x.replies) > 1 {
		x.replies = x.replies[1:]
	}
	w.Header().Set("X-Amzn-Requestid", "REQ1")
	x.accent.write(w, next)
}

// replying sets the replies to come.
func (x *api) replying(list ...reply) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.replies, x.calls, x.signed = list, nil, nil
}

// called returns the calls since the last time, and for what they were signed.
func (x *api) called() (calls, signed []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	calls, signed = x.calls, x.signed
	x.calls, x.signed = nil, nil
	return calls, signed
}

func failure(a reply) string {
	b, _ := json.Marshal(map[string]string{"__type": a.name, "message": "it is " + a.name})
	return string(b)
}

var awsJSON = accent{
	read: func(r *http.Request, body []byte) string {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		return operation + " " + sorted(body)
	},
	write: func(w http.ResponseWriter, a reply) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(a.status)
		if a.name != "" {
			a.body = failure(a)
		}
		io.WriteString(w, a.body)
	},
}

// sorted is JSON with the members of objects in order.
func sorted(body []byte) string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return string(body)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

var restJSON = accent{
	read: func(r *http.Request, body []byte) string {
		text := r.Method + " " + r.URL.Path
		if kind := r.Header.Get("X-Amz-Invocation-Type"); kind != "" {
			text += " " + kind
		}
		return text + " " + string(body)
	},
	write: func(w http.ResponseWriter, a reply) {
		w.Header().Set("Content-Type", "application/json")
		if a.name != "" {
			w.Header().Set("X-Amzn-Errortype", a.name)
			a.body = failure(a)
		}
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	},
}

var query = accent{
	read: func(_ *http.Request, body []byte) string {
		form, _ := url.ParseQuery(string(body))
		operation := form.Get("Action")
		form.Del("Action")
		form.Del("Version")
		text, _ := url.QueryUnescape(form.Encode())
		return operation + " " + text
	},
	write: func(w http.ResponseWriter, a reply) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(a.status)
		if a.name != "" {
			a.body = fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>it is %s</Message></Error><RequestId>REQ1</RequestId></ErrorResponse>", a.name, a.name)
		}
		io.WriteString(w, a.body)
	},
}

var restXML = accent{
	read: func(r *http.Request, body []byte) string { return r.Method + " " + r.URL.Path + " " + string(body) },
	write: func(w http.ResponseWriter, a reply) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "REQ1")
		w.WriteHeader(a.status)
		if a.name != "" {
			a.body = fmt.Sprintf("<Error><Code>%s</Code><Message>it is %s</Message><RequestId>REQ1</RequestId></Error>", a.name, a.name)
		}
		io.WriteString(w, a.body)
	},
}

// cbor is the accent of CloudWatch, read by our own kit.
var cbor = accent{
	read: func(r *http.Request, body []byte) string {
		m := wire.Match{Service: cloudwatch.Service, Op: cloudwatch.SetAlarmState.Op, Codec: rpccbor.Codec{}}
		in, err := m.Decode(r, body)
		if err != nil {
			return err.Error()
		}
		b, _ := json.Marshal(in)
		return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:] + " " + string(b)
	},
	write: func(w http.ResponseWriter, a reply) {
		w.Header().Set("Content-Type", "application/cbor")
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.WriteHeader(a.status)
		if a.name != "" {
			text := func(s string) string { return string([]byte{0x78, byte(len(s))}) + s }
			a.body = "\xa2" + text("__type") + text(a.name) + text("message") + text("it is "+a.name)
		}
		io.WriteString(w, a.body)
	},
}

const (
	r1        = `"roleArn":"` + role + `"`
	published = "<PublishResponse><PublishResult><MessageId>m1</MessageId></PublishResult></PublishResponse>"
)

// remoteCase is an action that calls an API, what it does, and how its service fails.
type remoteCase struct {
	endpoint   string
	accent     accent
	action     string
	payload    string
	success    string // answer of the service
	call       string // what reaches it
	signed     string
	resources  string
	permission string
	failed     string // the beginning of its failures
	refusal    string // an error of the service that is final
	throttling string // and one that passes
}

var remoteCases = []remoteCase{
	{"sns", query, `{"sns":{` + r1 + `,"targetArn":"arn:aws:sns:eu-west-2:123456789012:${t}"}}`, `{"t":"alarms"}`, published,
		`Publish Message={"t":"alarms"}&TopicArn=arn:aws:sns:eu-west-2:123456789012:alarms`, "eu-west-2/sns",
		"TargetArn=arn:aws:sns:eu-west-2:123456789012:alarms", "sns:Publish on arn:aws:sns:eu-west-2:123456789012:alarms",
		"Failed to publish SNS message", "AuthorizationError", "Throttling"},
	{"sqs", awsJSON, `{"sqs":{` + r1 + `,"queueUrl":"https://sqs.eu-west-3.amazonaws.com/111111111111/${q}"}}`, `{"q":"jobs"}`,
		fmt.Sprintf(`{"MessageId":"m1","MD5OfMessageBody":"%x"}`, md5.Sum([]byte(`{"q":"jobs"}`))),
		`SendMessage {"MessageBody":"{\"q\":\"jobs\"}","QueueUrl":"https://sqs.eu-west-3.amazonaws.com/111111111111/jobs"}`, "eu-west-3/sqs",
		"QueueUrl=https://sqs.eu-west-3.amazonaws.com/111111111111/jobs", "sqs:SendMessage on arn:aws:sqs:eu-west-3:111111111111:jobs",
		"Failed to send message to SQS queue", "QueueDoesNotExist", "RequestThrottled"},
	{"kinesis", awsJSON, `{"kinesis":{` + r1 + `,"streamName":"s-${topic(2)}","partitionKey":"${k}"}}`, `{"k":"a"}`, `{"SequenceNumber":"1","ShardId":"shard-0"}`,
		`PutRecord {"Data":"eyJrIjoiYSJ9","PartitionKey":"a","StreamName":"s-7"}`, "eu-west-1/kinesis",
		"StreamName=s-7 PartitionKey=a", "kinesis:PutRecord on arn:aws:kinesis:eu-west-1:123456789012:stream/s-7",
		"Failed to put Kinesis record", "ResourceNotFoundException", "ProvisionedThroughputExceededException"},
	{"firehose", awsJSON, `{"firehose":{` + r1 + `,"deliveryStreamName":"d-${k}","separator":"\n"}}`, `{"k":"a"}`, `{"RecordId":"1"}`,
		`PutRecord {"DeliveryStreamName":"d-a","Record":{"Data":"eyJrIjoiYSJ9Cg=="}}`, "eu-west-1/firehose",
		"DeliveryStreamName=d-a", "firehose:PutRecord on arn:aws:firehose:eu-west-1:123456789012:deliverystream/d-a",
		"Failed to put Firehose record", "ResourceNotFoundException", "ThrottlingException"},
	{"dynamodb", awsJSON, `{"dynamoDB":{` + r1 + `,"tableName":"t","hashKeyField":"id","hashKeyValue":"${topic(2)}","hashKeyType":"NUMBER","rangeKeyField":"at","rangeKeyValue":"${timestamp()}","payloadField":"p"}}`,
		`{"n":12345678901234567890123456789.10,"l":[true,null,"x",{}]}`, `{}`,
		`PutItem {"Item":{"at":{"S":"1700000000123"},"id":{"N":"7"},"p":{"M":{"l":{"L":[{"BOOL":true},{"NULL":true},{"S":"x"},{"M":{}}]},"n":{"N":"12345678901234567890123456789.10"}}}},"TableName":"t"}`,
		"eu-west-1/dynamodb", "ItemHashKeyField=id Table=t Operation=INSERT ItemHashKeyValue=7 IsPayloadJSON=true",
		"dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:123456789012:table/t",
		"Dynamo Insert record failed", "ValidationException", "ProvisionedThroughputExceededException"},
	{"dynamodb", awsJSON, `{"dynamoDBv2":{` + r1 + `,"putItem":{"tableName":"t-${id}"}}}`, `{"id":"a","n":1e2,"o":{"x":[1.50]}}`, `{}`,
		`PutItem {"Item":{"id":{"S":"a"},"n":{"N":"1e2"},"o":{"M":{"x":{"L":[{"N":"1.50"}]}}}},"TableName":"t-a"}`, "eu-west-1/dynamodb",
		"Table=t-a", "dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:123456789012:table/t-a",
		"Dynamo Insert record failed", "ResourceNotFoundException", "ThrottlingException"},
	{"lambda", restJSON, `{"lambda":{"functionArn":"arn:aws:lambda:us-east-2:123456789012:function:${f}:live"}}`, `{"f":"alarm"}`, ``,
		`POST /2015-03-31/functions/arn:aws:lambda:us-east-2:123456789012:function:alarm:live/invocations Event {"f":"alarm"}`, "us-east-2/lambda",
		"FunctionArn=arn:aws:lambda:us-east-2:123456789012:function:alarm:live", "",
		"Failed to invoke lambda function. Received Server error from Lambda. The error code is ", "AccessDeniedException", "TooManyRequestsException"},
	{"cloudwatch", cbor, `{"cloudwatchAlarm":{` + r1 + `,"alarmName":"a-${topic(2)}","stateReason":"it is ${temp} degrees","stateValue":"${s}"}}`, `{"temp":41,"s":"ALARM"}`, "\xa0",
		`SetAlarmState {"AlarmName":"a-7","StateValue":"ALARM","StateReason":"it is 41 degrees","StateReasonData":""}`, "eu-west-1/monitoring",
		"AlarmName=a-7", "cloudwatch:SetAlarmState on arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a-7",
		"Failed to set the state of the CloudWatch alarm", "ResourceNotFound", "ThrottlingException"},
	{"location", restJSON, `{"location":{` + r1 + `,"trackerName":"tr","deviceId":"${topic(2)}","latitude":"${lat}","longitude":"${lon}","timestamp":{"value":"${at}","unit":"SECONDS"}}}`,
		`{"lat":52.5,"lon":13.4,"at":1700000000}`, `{"Errors":[]}`,
		`POST /tracking/v0/trackers/tr/positions {"Updates":[{"DeviceId":"7","Position":[13.4,52.5],"SampleTime":"2023-11-14T22:13:20Z"}]}`, "eu-west-1/geo",
		"TrackerName=tr DeviceId=7", "geo:BatchUpdateDevicePosition on arn:aws:geo:eu-west-1:123456789012:tracker/tr",
		"Failed to update the position of the device", "ResourceNotFoundException", "ThrottlingException"},
	{"s3", restXML, `{"s3":{` + r1 + `,"bucketName":"b-${k}","key":"${topic()}/${k}.json","cannedAcl":"public-read"}}`, `{"k":"a"}`, ``,
		`PUT /b-a/sensors/7/a.json {"k":"a"}`, "eu-west-1/s3", "Bucket=b-a Key=sensors/7/a.json", "s3:PutObject on arn:aws:s3:::b-a/sensors/7/a.json",
		"Failed to put S3 object", "AccessDenied", "SlowDown"},
}

func TestRemote(t *testing.T) {
	for _, c := range remoteCases {
		t.Run(c.action[2:strings.Index(c.action, `":`)], func(t *testing.T) {
			t.Parallel()
			service := newAPI(t, c.accent, c.success)
			w := newWorld(t, &Needs{Endpoints: endpoints(t, c.endpoint, service.url)})
			compiled := w.compile(c.action)
			good := reply{status: 200, body: c.success}
			f := func(times int, list ...reply) outcome {
				t.Helper()
				service.replying(list...)
				got := w.do(compiled, c.payload)
				calls, signed := service.called()
				if len(calls) != times {
					t.Errorf("%d calls, want %d", len(calls), times)
				}
				for i, call := range calls {
					if call != c.call || signed[i] != c.signed {
						t.Errorf("\n got %s signed for %s\nwant %s signed for %s", call, signed[i], c.call, c.signed)
					}
				}
				return got
			}
			w.want(f(1, good), c.resources, c.permission)
			w.want(f(2, reply{status: 400, name: c.throttling}, good), c.resources, c.permission)
			w.want(f(3, reply{status: 500, name: "InternalFailure"}, reply{status: 503, name: "InternalFailure"}, good), c.resources, c.permission)

			got := f(1, reply{status: 403, name: c.refusal})
			w.wantError(got, c.failed)
			w.wantError(got, "The error received was it is "+c.refusal+" (Service: ")
			w.wantError(got, "; Status Code: 403; Error Code: "+c.refusal+"; Request ID: REQ1). Message arrived on: sensors/7, Action: ")
			w.wantError(f(3, reply{status: 500, name: "InternalFailure"}), "Status Code: 500; Error Code: InternalFailure")
		})
	}
}

// An endpoint that is down fails the action with words that tell where it was looked for.
func TestRemoteIsDown(t *testing.T) {
	for _, c := range remoteCases {
		t.Run(c.action[2:strings.Index(c.action, `":`)], func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.NotFoundHandler())
			s.Close()
			w := newWorld(t, &Needs{Endpoints: endpoints(t, c.endpoint, s.URL)})
			got := w.run(c.action, c.payload)
			w.wantError(got, "The error received was The request could not be made: ")
			w.wantError(got, "connection refused")
			w.wantError(got, s.URL)
		})
	}
}

// Without an endpoint the rule is refused.
func TestNoEndpoint(t *testing.T) {
	for _, c := range remoteCases {
		w := newWorld(t, &Needs{})
		if c.endpoint == "lambda" {
			c.action = strings.ReplaceAll(c.action, "${f}", "f")
		}
		w.refused(c.action, "no endpoint for "+c.endpoint+" is configured: start telltale with --endpoint "+c.endpoint+"=URL")
	}
}
