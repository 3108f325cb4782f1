package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awslogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"telltale/base/caller"
	"telltale/lang/shape/iam"
	"telltale/lang/wire/sigv4"
)

// Every protocol, signed with a real key.
func TestSignedCalls(t *testing.T) {
	d := open(t, serve, nil)
	ctx := t.Context()
	cfg := d.client("eu-west-1", d.root)

	thing, err := awsiot.NewFromConfig(cfg).CreateThing(ctx, &awsiot.CreateThingInput{ThingName: aws.String("lamp")})
	if err != nil || *thing.ThingArn != "arn:aws:iot:eu-west-1:123456789012:thing/lamp" {
		t.Errorf("CreateThing = %+v, %v", thing, err)
	}
	d.audit("iot.CreateThing", "")
	if _, err := awslogs.NewFromConfig(cfg).CreateLogGroup(ctx, &awslogs.CreateLogGroupInput{LogGroupName: aws.String("g")}); err != nil || <-d.seen != "g" {
		t.Errorf("CreateLogGroup: %v", err)
	}
	d.audit("logs.CreateLogGroup", "")
	if _, err := cw.NewFromConfig(cfg).PutMetricData(ctx, &cw.PutMetricDataInput{Namespace: aws.String("ns")}); err != nil || <-d.seen != "ns" {
		t.Errorf("PutMetricData: %v", err)
	}
	d.audit("cloudwatch.PutMetricData", "")
	user, err := awsiam.NewFromConfig(cfg).CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("ada")})
	if err != nil || *user.User.Arn != "arn:aws:iam::123456789012:user/ada" {
		t.Errorf("CreateUser = %+v, %v", user, err)
	}
	d.audit("iam.CreateUser", "")
	who, err := awssts.NewFromConfig(cfg).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:iam::123456789012:root" || *who.Account != account {
		t.Errorf("GetCallerIdentity = %+v, %v", who, err)
	}
	c := d.audit("sts.GetCallerIdentity", "")
	if root, _ := d.root.Retrieve(ctx); c.Caller.Kind != caller.Root || c.Caller.AccessKeyID != root.AccessKeyID || c.Caller.SourceIP != "127.0.0.1" ||
		!strings.Contains(c.Caller.UserAgent, "aws-sdk-go-v2") || c.Caller.RequestID == "" || c.Host != strings.TrimPrefix(d.url, "http://") || c.TLS != nil {
		t.Errorf("the auditor was told of %+v from host %s", c.Caller, c.Host)
	}
}

func TestRefusedSignatures(t *testing.T) {
	d := open(t, serve, nil)
	root, err := d.root.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, inactive := d.user("ada", "")
	if _, err := d.dir.UpdateAccessKey(asRoot(t), &iam.UpdateAccessKeyInput{UserName: "ada", AccessKeyId: inactive, Status: "Inactive"}); err != nil {
		t.Fatal(err)
	}
	f := func(keys aws.CredentialsProvider, code, words string) {
		t.Helper()
		_, err := awsiot.NewFromConfig(d.client("eu-west-1", keys)).CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("lamp")})
		refused(t, err, code, words)
		d.unaudited()
	}
	f(key(root.AccessKeyID, "not the secret of this key"), sigv4.CodeInvalid, "signature")
	f(key("AKIAIOSFODNN7EXAMPLE", root.SecretAccessKey), sigv4.CodeUnrecognized, `no active access key "AKIAIOSFODNN7EXAMPLE"`)
	f(key("123456789012", "x"), sigv4.CodeUnrecognized, `no active access key "123456789012"`)
	f(key(inactive, "x"), sigv4.CodeUnrecognized, "no active access key")
	f(aws.AnonymousCredentials{}, sigv4.CodeMissing, "Missing Authentication Token")

	status, text, _ := d.raw("POST", "/things/lamp", `{}`, "Authorization", "AWS4-HMAC-SHA256 nonsense")
	if status != http.StatusBadRequest || !strings.Contains(text, "message") {
		t.Errorf("a malformed signature is answered %d %s", status, text)
	}
	d.unaudited()
}

// A body that was changed on its way, and a request from another time.
func TestTamperedRequests(t *testing.T) {
	d := open(t, serve, nil)
	root, err := d.root.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := func(signed, sent string, at time.Time, wantStatus int, words string) {
		t.Helper()
		r, err := http.NewRequest("POST", d.url+"/things/lamp", strings.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		if err := sigv4.Sign(r, []byte(signed), sigv4.Key{ID: root.AccessKeyID, Secret: root.SecretAccessKey}, "iot", "eu-west-1", at); err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text := make([]byte, 4096)
		n, _ := answer.Body.Read(text)
		if answer.StatusCode != wantStatus || !strings.Contains(string(text[:n]), words) {
			t.Errorf("signed %q at %v, sent %q: %d %s\nwant %d with %q", signed, at, sent, answer.StatusCode, text[:n], wantStatus, words)
		}
	}
	f(`{"thingTypeName":"a"}`, `{"thingTypeName":"a"}`, time.Now(), 200, "thingArn")
	f(`{"thingTypeName":"a"}`, `{"thingTypeName":"b"}`, time.Now(), 403, "ignature")
	f(`{}`, `{}`, time.Now().Add(-time.Hour), 403, "Signature expired")
	if calls := d.audited.take(); len(calls) != 1 {
		t.Errorf("%d calls audited, want only the good one", len(calls))
	}
}

func TestDevMode(t *testing.T) {
	d := open(t, dev, nil)
	ctx := t.Context()
	made, id := d.user("ada", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	f := func(keys aws.CredentialsProvider, region, wantARN string) {
		t.Helper()
		who, err := awssts.NewFromConfig(d.client(region, keys)).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
		if err != nil || *who.Arn != wantARN {
			t.Errorf("GetCallerIdentity = %+v, %v; want %s", who, err, wantARN)
		}
		c := d.audit("sts.GetCallerIdentity", "")
		if c.Caller.ARN != wantARN || c.Caller.Region != region {
			t.Errorf("the auditor was told of %s in %s, want %s in %s", c.Caller.ARN, c.Caller.Region, wantARN, region)
		}
	}
	f(aws.AnonymousCredentials{}, "eu-west-1", "arn:aws:iam::123456789012:root") // nothing says a region, so it is the default
	f(key("test", "test"), "us-east-1", "arn:aws:iam::123456789012:root")
	f(key("210987654321", "anything"), "ap-south-1", "arn:aws:iam::210987654321:root")
	f(made, "us-west-2", "arn:aws:iam::123456789012:user/ada")

	_, err := awssts.NewFromConfig(d.client("eu-west-1", key(id, "wrong"))).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
	if err == nil || !strings.Contains(err.Error(), "ignature") {
		t.Errorf("a key made here with a wrong secret: %v, want a refusal also in dev mode", err)
	}
	d.unaudited()
}

// What belongs to a region belongs to the one the client signed for.
func TestRegionOfTheScope(t *testing.T) {
	d := open(t, dev, nil)
	for region, keys := range map[string]aws.CredentialsProvider{"us-east-1": key("test", "test"), "eu-west-1": aws.AnonymousCredentials{}} {
		out, err := awsiot.NewFromConfig(d.client(region, keys)).CreateThing(t.Context(), &awsiot.CreateThingInput{ThingName: aws.String("lamp")})
		if want := "arn:aws:iot:" + region + ":123456789012:thing/lamp"; err != nil || *out.ThingArn != want {
			t.Errorf("CreateThing = %+v, %v; want %s", out, err, want)
		}
	}
}

// Some links are opened by people and programs that have no key: the token in them is enough.
func TestOpenCalls(t *testing.T) {
	d := open(t, serve, nil)
	f := func(wantStatus int, wantSeen string, headers ...string) {
		t.Helper()
		status, text, _ := d.raw("GET", "/confirmdestination/a%2Fb/c", "", headers...)
		seen := ""
		select {
		case v := <-d.seen:
			seen = v.(string)
		default:
		}
		if status != wantStatus || seen != wantSeen {
			t.Errorf("with %v: answered %d %s, the operation saw %q\nwant %d and %q", headers, status, text, seen, wantStatus, wantSeen)
		}
	}
	f(200, `a/b/c by Anonymous of ""`)
	d.unaudited() // nobody's call is in nobody's history
	f(400, "", "Authorization", "AWS4-HMAC-SHA256 nonsense")
	f(403, "", "Authorization", "Basic bm9uZQ==")
	_, err := awsiot.NewFromConfig(d.client("eu-west-1", key("AKIAIOSFODNN7EXAMPLE", "wrong"))).ConfirmTopicRuleDestination(t.Context(),
		&awsiot.ConfirmTopicRuleDestinationInput{ConfirmationToken: aws.String("x")})
	refused(t, err, sigv4.CodeUnrecognized, "no active access key")

	d = open(t, dev, nil)
	f(200, `a/b/c by Root of "123456789012"`)
	d.audit("iot.ConfirmTopicRuleDestination", "")
}
