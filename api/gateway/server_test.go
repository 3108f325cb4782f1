package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"telltale/base/caller"
	"telltale/lang/shape/cloudtrail"
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/service/trail"
	"telltale/store/logseg"
	"telltale/store/state"
)

func TestSteps(t *testing.T) {
	var names []string
	for _, s := range steps {
		names = append(names, s.name)
	}
	if want := []string{"read", "route", "authenticate", "decode", "authorize", "invoke"}; !slices.Equal(names, want) {
		t.Errorf("steps = %v, want %v: nobody unknown is served, nothing is done that is not allowed", names, want)
	}
}

func (d *door) iot(t *testing.T) *awsiot.Client {
	return awsiot.NewFromConfig(d.client("eu-west-1", key("test", "test")))
}

func TestNotImplementedNamesTheOperation(t *testing.T) {
	d := open(t, dev, nil)
	_, err := d.iot(t).CreateJob(t.Context(), &awsiot.CreateJobInput{JobId: aws.String("j"), Targets: []string{"t"}})
	refused(t, err, wire.NotImplemented, "iot.CreateJob is not implemented")
	if c := d.audit("iot.CreateJob", wire.NotImplemented); c.Input != nil {
		t.Errorf("input = %+v, want none: it was not looked at", c.Input)
	}
	_, err = awsiam.NewFromConfig(d.client("eu-west-1", key("test", "test"))).ListGroups(t.Context(), &awsiam.ListGroupsInput{})
	refused(t, err, wire.NotImplemented, "iam.ListGroups is not implemented")
}

func TestInvalidInputSaysWhat(t *testing.T) {
	d := open(t, dev, nil)
	_, err := d.iot(t).CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("no spaces please")})
	refused(t, err, "InvalidRequestException", "'no spaces please' at 'thingName' failed to satisfy constraint")
	c := d.audit("iot.CreateThing", "InvalidRequestException")
	if in, ok := c.Input.(*iot.CreateThingInput); !ok || in.ThingName != "no spaces please" {
		t.Errorf("input = %+v, want it in the audit though it is refused", c.Input)
	}
	status, text, _ := d.raw("POST", "/things/lamp", `{"thingTypeName":`)
	if status != http.StatusBadRequest || !strings.Contains(text, "message") {
		t.Errorf("broken JSON is answered %d %s", status, text)
	}
	d.audit("iot.CreateThing", wire.SerializationException)
}

func TestModelledErrors(t *testing.T) {
	d := open(t, dev, nil)
	_, err := d.iot(t).DescribeThing(t.Context(), &awsiot.DescribeThingInput{ThingName: aws.String("lamp")})
	refused(t, err, "ResourceNotFoundException", "Thing lamp does not exist.")
	if c := d.audit("iot.DescribeThing", "ResourceNotFoundException"); c.Output != nil {
		t.Errorf("output = %+v of a failed call", c.Output)
	}
}

// What went wrong inside is for the operator, who finds it by the request id that the customer has.
func TestInternalErrorsAreHidden(t *testing.T) {
	d := open(t, dev, nil)
	status, text, h := d.raw("GET", "/things", "")
	id := h.Get("X-Amzn-Requestid")
	if status != http.StatusInternalServerError || strings.Contains(text, "fire") || !regexp.MustCompile(`^[0-9a-f-]{36}$`).MatchString(id) {
		t.Errorf("answer %d %s with request id %q", status, text, id)
	}
	if got := d.diary.String(); !strings.Contains(got, "the disk is on fire") || !strings.Contains(got, id) || !strings.Contains(got, "iot.ListThings") {
		t.Errorf("the diary says %s", got)
	}
	if c := d.audit("iot.ListThings", "InternalFailureException"); strings.Contains(c.Error.Message, "fire") || c.Caller.RequestID != id {
		t.Errorf("audited %+v by %+v", c.Error, c.Caller)
	}
}

func TestPanicCostsOneCall(t *testing.T) {
	d := open(t, dev, nil)
	status, text, h := d.raw("DELETE", "/things/lamp", "")
	if status != http.StatusInternalServerError || strings.Contains(text, "bug") || h.Get("X-Amzn-Errortype") != "InternalFailureException" {
		t.Errorf("answer %d %s %v", status, text, h)
	}
	if got := d.diary.String(); !strings.Contains(got, "a bug in DeleteThing") || !strings.Contains(got, "door_test.go") {
		t.Errorf("the diary says %s\nwant the panic and where it arose", got)
	}
	d.audit("iot.DeleteThing", "InternalFailureException")
	if _, err := d.iot(t).CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("lamp")}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestUnknownOperations(t *testing.T) {
	d := open(t, dev, nil)
	f := func(method, path, body string, wantStatus int, words string, headers ...string) {
		t.Helper()
		status, text, h := d.raw(method, path, body, headers...)
		if status != wantStatus || !strings.Contains(text, words) || h.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s %s %q is answered %d %s\nwant %d with %q", method, path, body, status, text, wantStatus, words)
		}
		d.unaudited()
	}
	f("GET", "/no/such/path", "", 404, "GET /no/such/path")
	f("POST", "/", "{}", 404, "Logs_20140328", "X-Amz-Target", "Logs_20140328x.CreateLogGroup", "Content-Type", "application/x-amz-json-1.1")
	f("POST", "/", "{}", 404, "DoIt", "X-Amz-Target", "Logs_20140328.DoIt", "Content-Type", "application/x-amz-json-1.1")
	f("POST", "/", "Action=DoIt&Version=2010-05-08", 400, "<Code>InvalidAction</Code>", "Content-Type", "application/x-www-form-urlencoded")
	f("POST", "/", "", 404, "message")
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBodies(t *testing.T) {
	d := open(t, dev, nil)
	f := func(path, body string, wantStatus int, words, operation string, headers ...string) {
		t.Helper()
		status, text, _ := d.raw("POST", path, body, headers...)
		if status != wantStatus || !strings.Contains(text, words) {
			t.Errorf("%d bytes to %s with %v: %d %.300s\nwant %d with %q", len(body), path, headers, status, text, wantStatus, words)
		}
		calls := d.audited.take()
		if names := len(calls); (operation == "") != (names == 0) || names > 1 || names == 1 && calls[0].Service.Name+"."+calls[0].Name != operation {
			t.Errorf("audited %+v, want %q", calls, operation)
		}
	}
	const form = "application/x-www-form-urlencoded"
	f("/things/lamp", zipped(t, `{"thingTypeName":"a"}`), 200, "thingArn", "iot.CreateThing", "Content-Encoding", "gzip")
	f("/things/lamp", `{}`, 400, "is not known: use gzip or none", "iot.CreateThing", "Content-Encoding", "none of yours")
	f("/things/lamp", `{}`, 400, "says it is gzip, but is not", "iot.CreateThing", "Content-Encoding", "gzip")
	f("/things/lamp", zipped(t, strings.Repeat(" ", wire.MaxBody+1)), 413, "decompressed request body is larger", "iot.CreateThing", "Content-Encoding", "gzip")
	f("/things/lamp", `{}`, 200, "thingArn", "iot.CreateThing", "Content-Encoding", "identity")
	f("/", zipped(t, "Action=GetCallerIdentity&Version=2011-06-15"), 200, "<Arn>arn:aws:iam::123456789012:root</Arn>", "sts.GetCallerIdentity",
		"Content-Type", form, "Content-Encoding", "gzip")
	f("/", zipped(t, `{"logGroupName":"zipped"}`), 200, "", "logs.CreateLogGroup", "Content-Encoding", "gzip", "X-Amz-Target", "Logs_20140328.CreateLogGroup")
	f("/things/lamp", strings.Repeat(" ", wire.MaxBody+1), 413, "larger than the 8388608 bytes", "")
	f("/", strings.Repeat("x", wire.MaxBody+1), 413, "larger than", "", "X-Amz-Target", "Logs_20140328.CreateLogGroup", "Content-Type", "application/x-amz-json-1.1")
	f("/things/lamp", strings.Repeat(" ", wire.MaxBody-2)+"{}", 200, "thingArn", "iot.CreateThing")
}

// Clients compress what is large by themselves; the signature covers the body as sent.
func TestCompressedBySDK(t *testing.T) {
	d := open(t, serve, nil)
	in := &cw.PutMetricDataInput{Namespace: aws.String("big")}
	for i := range 1000 {
		in.MetricData = append(in.MetricData, cwtypes.MetricDatum{MetricName: aws.String(fmt.Sprint("metric-", i)), Value: aws.Float64(1)})
	}
	if _, err := cw.NewFromConfig(d.client("eu-west-1", d.root)).PutMetricData(t.Context(), in); err != nil || <-d.seen != "big" {
		t.Errorf("PutMetricData: %v", err)
	}
}

// Protocols that the SDK for Go does not speak to these services.
func TestOtherProtocols(t *testing.T) {
	d := open(t, dev, nil)
	f := func(body, words string, headers ...string) {
		t.Helper()
		status, text, _ := d.raw("POST", "/", body, headers...)
		if status != 200 || !strings.Contains(text, words) {
			t.Errorf("%q is answered %d %s", body, status, text)
		}
		if got := <-d.seen; got != "ns" {
			t.Errorf("the operation saw the namespace %v", got)
		}
		d.audit("cloudwatch.PutMetricData", "")
	}
	f(`{"Namespace":"ns"}`, "", "X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData", "Content-Type", "application/x-amz-json-1.0")
	f("Action=PutMetricData&Version=2010-08-01&Namespace=ns", "<PutMetricDataResponse", "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
}

func TestPages(t *testing.T) {
	d := open(t, serve, nil) // a page asks for no signature
	for _, method := range []string{"GET", "POST"} {
		if status, text, _ := d.raw(method, "/_telltale?x=1", ""); status != 200 || text != "a page" {
			t.Errorf("%s = %d %s, want the page", method, status, text)
		}
	}
	if status, _, _ := d.raw("GET", "/_telltale/other", ""); status == 200 {
		t.Error("a path below a page is a page")
	}
	d.unaudited()
}

func TestConcurrentCallers(t *testing.T) {
	d := open(t, dev, nil)
	const callers, calls = 6, 20
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			id := fmt.Sprintf("%012d", i+1)
			client := awsiot.NewFromConfig(d.client("eu-west-1", key(id, "x")))
			for range calls {
				out, err := client.CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("lamp")})
				if want := "arn:aws:iot:eu-west-1:" + id + ":thing/lamp"; err != nil || *out.ThingArn != want {
					t.Errorf("CreateThing = %v, %v; want %s", out, err, want)
					return
				}
			}
		})
	}
	all.Wait()
	perAccount := map[string]int{}
	requests := map[string]bool{}
	for _, c := range d.audited.take() {
		perAccount[c.Caller.Account]++
		requests[c.Caller.RequestID] = true
	}
	if len(perAccount) != callers || len(requests) != callers*calls {
		t.Errorf("audited %v and %d requests, want %d for each of %d accounts", perAccount, len(requests), calls, callers)
	}
}

// With the real trail: who has the answer finds the call.
func TestAnsweredMeansRecorded(t *testing.T) {
	store, err := logseg.Open(logseg.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	db, err := state.OpenMemory(trail.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	history, err := trail.New(t.Context(), trail.Config{}, trail.Needs{Store: store, State: db})
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, serve, history)
	keys, id := d.user("ada", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:CreateThing","Resource":"*"}}`)
	cfg := d.client("eu-west-1", keys)
	if _, err := awsiot.NewFromConfig(cfg).CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("lamp")}); err != nil {
		t.Fatal(err)
	}
	if _, err := awsiot.NewFromConfig(cfg).ListThings(t.Context(), &awsiot.ListThingsInput{}); err == nil {
		t.Fatal("ListThings is allowed")
	}
	if _, err := awssts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{}); err != nil {
		t.Fatal(err)
	}
	ctx := caller.With(context.Background(), &caller.Caller{Scope: caller.Scope{Account: account, Region: "eu-west-1"}})
	out, err := history.LookupEvents(ctx, &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrail.LookupAttribute{{AttributeKey: "Username", AttributeValue: "ada"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range out.Events {
		got = append(got, e.EventName)
		if e.AccessKeyId != id {
			t.Errorf("%s was called with %s, want %s", e.EventName, e.AccessKeyId, id)
		}
	}
	if want := []string{"GetCallerIdentity", "ListThings", "CreateThing"}; !slices.Equal(got, want) {
		t.Errorf("events = %v, want %v", got, want)
	}
	if !strings.Contains(out.Events[1].CloudTrailEvent, `"errorCode":"AccessDenied"`) {
		t.Errorf("record = %s, want AccessDenied", out.Events[1].CloudTrailEvent)
	}
}
