package trail

import (
	"crypto/tls"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/logs"
	"telltale/lang/wire"
)

// written is the record of a call, with its event id and time replaced.
func written(t testing.TB, c *Call) string {
	t.Helper()
	r := newRecord(c, noon, isReadOnly(c.Name))
	if _, err := caller.ParseTrace(r.EventID); err != nil {
		t.Errorf("eventID: %v", err)
	}
	r.EventID, r.EventTime = "ID", "TIME"
	text, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func check(t *testing.T, c *Call, want string) {
	t.Helper()
	if got := written(t, c); got != want {
		t.Errorf("record of %s:\n got %s\nwant %s", c.Name, got, want)
	}
}

func TestRecordOfSuccess(t *testing.T) {
	c := createThing(root(home), "lamp", noon)
	c.Input.(*iot.CreateThingInput).AttributePayload = &iot.AttributePayload{Attributes: map[string]string{"b": "2", "a": "1"}}
	c.Host = "iot.eu-west-1.amazonaws.com"
	c.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}
	check(t, c, `{"eventVersion":"1.11",`+
		`"userIdentity":{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"AKIAROOT"},`+
		`"eventTime":"TIME","eventSource":"iot.amazonaws.com","eventName":"CreateThing","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",`+
		`"requestParameters":{"thingName":"lamp","attributePayload":{"attributes":{"a":"1","b":"2"}}},`+
		`"responseElements":{"thingName":"lamp","thingArn":"arn:aws:iot:eu-west-1:123456789012:thing/lamp"},`+
		`"requestID":"req-1","eventID":"ID","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management",`+
		`"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iot.eu-west-1.amazonaws.com"}}`)
}

// Members of path, query and headers are merged in by the model's names.
func TestRecordOfUserWithoutOutput(t *testing.T) {
	check(t, &Call{Caller: user("ada"), Service: iot.Service, Name: "AttachThingPrincipal",
		Input:  &iot.AttachThingPrincipalInput{ThingName: "lamp", Principal: "arn:aws:iot:eu-west-1:123456789012:cert/1f", ThingPrincipalType: "EXCLUSIVE_THING"},
		Output: &iot.AttachThingPrincipalOutput{}},
		`{"eventVersion":"1.11",`+
			`"userIdentity":{"type":"IAMUser","principalId":"AIDAADA","arn":"arn:aws:iam::123456789012:user/ada","accountId":"123456789012","accessKeyId":"AKIAADA","userName":"ada"},`+
			`"eventTime":"TIME","eventSource":"iot.amazonaws.com","eventName":"AttachThingPrincipal","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",`+
			`"requestParameters":{"thingName":"lamp","principal":"arn:aws:iot:eu-west-1:123456789012:cert/1f","thingPrincipalType":"EXCLUSIVE_THING"},"responseElements":null,`+
			`"requestID":"req-1","eventID":"ID","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`)
}

func TestRecordOfDeniedRead(t *testing.T) {
	check(t, &Call{Caller: user("ada"), Service: iot.Service, Name: "ListThings", Input: &iot.ListThingsInput{AttributeName: "a"},
		Error: &wire.Error{Shape: "AccessDeniedException", Message: "User: … is not authorized"}},
		`{"eventVersion":"1.11",`+
			`"userIdentity":{"type":"IAMUser","principalId":"AIDAADA","arn":"arn:aws:iam::123456789012:user/ada","accountId":"123456789012","accessKeyId":"AKIAADA","userName":"ada"},`+
			`"eventTime":"TIME","eventSource":"iot.amazonaws.com","eventName":"ListThings","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",`+
			`"errorCode":"AccessDenied","errorMessage":"User: … is not authorized","requestParameters":null,"responseElements":null,`+
			`"requestID":"req-1","eventID":"ID","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`)
}

// part is one member of a record.
func part(t testing.TB, c *Call, member string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(written(t, c)), &members); err != nil {
		t.Fatal(err)
	}
	return string(members[member])
}

func TestParameters(t *testing.T) {
	f := func(c *Call, wantRequest, wantResponse string) {
		t.Helper()
		c.Caller = root(home)
		if got := part(t, c, "requestParameters"); got != wantRequest {
			t.Errorf("%s: requestParameters\n got %s\nwant %s", c.Name, got, wantRequest)
		}
		if got := part(t, c, "responseElements"); got != wantResponse {
			t.Errorf("%s: responseElements\n got %s\nwant %s", c.Name, got, wantResponse)
		}
	}
	// A failed call keeps its parameters and has no response, whatever the handler returned.
	f(&Call{Service: iot.Service, Name: "DeleteThing", Input: &iot.DeleteThingInput{ThingName: "lamp"}, Output: &iot.DeleteThingOutput{},
		Error: &wire.Error{Shape: "ResourceNotFoundException"}}, `{"thingName":"lamp"}`, `null`)
	// A read shows what was asked, not what was answered.
	f(&Call{Service: iot.Service, Name: "DescribeThing", Input: &iot.DescribeThingInput{ThingName: "lamp"}, Output: &iot.DescribeThingOutput{ThingName: "lamp"}},
		`{"thingName":"lamp"}`, `null`)
	// Every service's members begin with a lower-case letter.
	f(&Call{Service: iam.Service, Name: "CreateUser", Input: &iam.CreateUserInput{UserName: "ada"}, Output: &iam.CreateUserOutput{User: &iam.User{UserName: "ada"}}},
		`{"userName":"ada"}`, `{"user":{"path":"","userName":"ada","userId":"","arn":""}}`)
	f(&Call{Service: logs.Service, Name: "CreateLogGroup", Input: &logs.CreateLogGroupInput{LogGroupName: "g<&>"}}, `{"logGroupName":"g<&>"}`, `null`)
	f(&Call{Service: cloudwatch.Service, Name: "DeleteAlarms", Input: &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"a"}}}, `{"alarmNames":["a"]}`, `null`)
	// Nothing decoded, a nil of the right type, an operation nobody knows, a foreign struct: null, and no panic.
	f(&Call{Service: iot.Service, Name: "CreateThing"}, `null`, `null`)
	f(&Call{Service: iot.Service, Name: "CreateThing", Input: (*iot.CreateThingInput)(nil), Output: (*iot.CreateThingOutput)(nil)}, `null`, `null`)
	f(&Call{Service: iot.Service, Name: "CreateThing", Input: &iot.DeleteThingInput{ThingName: "x"}, Output: 7}, `null`, `null`)
	f(&Call{Service: iot.Service, Name: "NoSuchOperation", Input: &iot.DeleteThingInput{ThingName: "x"}}, `null`, `null`)
	// Sizes.
	big := strings.Repeat("x", maxTree)
	f(&Call{Service: iot.Service, Name: "CreateThing", Input: &iot.CreateThingInput{ThingName: big}, Output: &iot.CreateThingOutput{ThingName: big}}, `null`, `null`)
	fits := strings.Repeat("x", maxTree-len(`{"thingName":""}`))
	f(&Call{Service: iot.Service, Name: "CreateThing", Input: &iot.CreateThingInput{ThingName: fits}}, `{"thingName":"`+fits+`"}`, `null`)
}

func TestTexts(t *testing.T) {
	long := strings.Repeat("ü", maxText) // two bytes each
	c := createThing(root(home), "lamp", noon)
	c.Caller.UserAgent, c.Caller.SourceIP, c.Caller.RequestID = "x"+long, "", long
	c.Error = &wire.Error{Shape: "InvalidRequestException", Message: "x" + long}
	r := newRecord(c, noon, false)
	for what, got := range map[string]string{"userAgent": r.UserAgent, "errorMessage": r.ErrorMessage, "requestID": r.RequestID} {
		if len(got) > maxText || len(got) < maxText-1 || !utf8.ValidString(got) {
			t.Errorf("%s has %d bytes (UTF-8: %t), want at most %d whole characters", what, len(got), utf8.ValidString(got), maxText)
		}
	}
	if r.SourceIPAddress != "AWS Internal" {
		t.Errorf("sourceIPAddress = %q, want AWS Internal", r.SourceIPAddress)
	}
	c.Caller.UserAgent = "bad \xff\xfe agent"
	if text := written(t, c); !utf8.ValidString(text) || !json.Valid([]byte(text)) {
		t.Errorf("record = %q, want valid JSON", text)
	}
}
