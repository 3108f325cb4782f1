package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/shape/logs"
	"telltale/lang/shape/sts"
	"telltale/lang/wire"
	"telltale/lang/wire/awsjson"
	"telltale/lang/wire/awsquery"
	"telltale/lang/wire/restjson"
	"telltale/lang/wire/rpccbor"
	"telltale/service/identity"
	"telltale/service/trail"
	"telltale/store/state"
)

const account = "123456789012"

// auditor keeps the calls it is told.
type auditor struct {
	mu    sync.Mutex
	calls []trail.Call
}

func (a *auditor) RecordCall(_ context.Context, c *trail.Call) {
	who := *c.Caller
	kept := *c
	kept.Caller = &who
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, kept)
}

// take gives the calls told since the last take.
func (a *auditor) take() []trail.Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls = nil
	return calls
}

// diary is what the operator reads.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// door is a gateway with a few operations, behind a real listener.
type door struct {
	t       *testing.T
	url     string
	dir     *identity.Directory
	audited *auditor
	diary   *diary
	root    aws.CredentialsProvider // in serve mode
	seen    chan any                // inputs of the operations that tell
}

// mode is how the program runs.
type mode int

const (
	serve mode = iota // every request is signed with a key made here
	dev               // anybody may call
)

// open starts a gateway. The auditor may be nil: the door's own then.
func open(t *testing.T, m mode, with Auditor) *door {
	t.Helper()
	db, err := state.OpenMemory(identity.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &door{t: t, audited: &auditor{}, diary: &diary{}, seen: make(chan any, 100)}
	log := slog.New(slog.NewTextHandler(d.diary, nil))
	cfg := identity.Config{Account: account, Region: "eu-west-1", Relaxed: m == dev}
	if m == serve {
		cfg.CredentialsFile = filepath.Join(t.TempDir(), "credentials")
	}
	if d.dir, err = identity.New(t.Context(), cfg, identity.Needs{State: db, Diary: log}); err != nil {
		t.Fatal(err)
	}
	if m == serve {
		d.root = rootKey(t, cfg.CredentialsFile)
	}
	if with == nil {
		with = d.audited
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a page") })
	server := httptest.NewServer(New(Config{Region: "eu-west-1", Unsigned: m == dev},
		Needs{Table: d.table(), Identity: d.dir, Auditor: with, Pages: map[string]http.Handler{"/_telltale": page}, Diary: log}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

var keyForm = regexp.MustCompile(`aws_access_key_id *= *(\S+)\s+aws_secret_access_key *= *(\S+)`)

func rootKey(t *testing.T, file string) aws.CredentialsProvider {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := keyForm.FindSubmatch(text)
	if m == nil {
		t.Fatalf("no key in %s", text)
	}
	return credentials.NewStaticCredentialsProvider(string(m[1]), string(m[2]), "")
}

// table has an operation for every ending a call can have.
func (d *door) table() *wire.Table {
	t := wire.NewTable(iot.Service, iotdata.Service, logs.Service, cloudwatch.Service, iam.Service, sts.Service)
	t.Use(restjson.Codec{}, awsjson.V10, awsjson.V11, awsquery.Codec{}, rpccbor.Codec{})
	wire.Handle(t, iot.CreateThing, func(ctx context.Context, in *iot.CreateThingInput) (*iot.CreateThingOutput, error) {
		return &iot.CreateThingOutput{ThingName: in.ThingName, ThingArn: arn.IoT(caller.From(ctx).Scope, "thing", in.ThingName)}, nil
	})
	wire.Handle(t, iot.DescribeThing, func(_ context.Context, in *iot.DescribeThingInput) (*iot.DescribeThingOutput, error) {
		return nil, fault.New("test.DescribeThing", fault.NotFound, "Thing %s does not exist.", in.ThingName)
	})
	wire.Handle(t, iot.ListThings, func(context.Context, *iot.ListThingsInput) (*iot.ListThingsOutput, error) {
		return nil, fault.Wrap("test.ListThings", fault.Internal, errors.New("the disk is on fire"))
	})
	wire.Handle(t, iot.DeleteThing, func(context.Context, *iot.DeleteThingInput) (*iot.DeleteThingOutput, error) {
		panic("a bug in DeleteThing")
	})
	wire.HandleOpen(t, iot.ConfirmTopicRuleDestination, func(ctx context.Context, in *iot.ConfirmTopicRuleDestinationInput) (*iot.ConfirmTopicRuleDestinationOutput, error) {
		d.seen <- fmt.Sprintf("%s by %s of %q", in.ConfirmationToken, caller.From(ctx).Kind, caller.From(ctx).Account)
		return nil, nil
	})
	wire.Handle(t, iotdata.GetThingShadow, func(_ context.Context, in *iotdata.GetThingShadowInput) (*iotdata.GetThingShadowOutput, error) {
		return &iotdata.GetThingShadowOutput{Payload: []byte(`{}`)}, nil
	})
	wire.Handle(t, logs.CreateLogGroup, func(_ context.Context, in *logs.CreateLogGroupInput) (*logs.CreateLogGroupOutput, error) {
		d.seen <- in.LogGroupName
		return nil, nil
	})
	wire.Handle(t, cloudwatch.PutMetricData, func(_ context.Context, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
		d.seen <- in.Namespace
		return nil, nil
	})
	wire.Handle(t, iam.CreateUser, d.dir.CreateUser)
	wire.Handle(t, iam.PutUserPolicy, d.dir.PutUserPolicy)
	wire.Handle(t, iam.CreateAccessKey, d.dir.CreateAccessKey)
	wire.Handle(t, iam.UpdateAccessKey, d.dir.UpdateAccessKey)
	wire.Handle(t, sts.GetCallerIdentity, d.dir.GetCallerIdentity)
	return t
}

// client is the configuration of an SDK client.
func (d *door) client(region string, keys aws.CredentialsProvider) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: &d.url, Credentials: keys, RetryMaxAttempts: 1}
}

func key(id, secret string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(id, secret, "")
}

// asRoot is a context as the gateway makes one, for calling the directory behind its back.
func asRoot(t *testing.T) context.Context {
	return caller.With(t.Context(), &caller.Caller{Scope: caller.Scope{Account: account, Region: "eu-west-1"}, Kind: caller.Root, ARN: arn.IAM(account, "root")})
}

// user makes a user with an access key; policy may be empty.
func (d *door) user(name, policy string) (keys aws.CredentialsProvider, id string) {
	d.t.Helper()
	ctx := asRoot(d.t)
	if _, err := d.dir.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		d.t.Fatal(err)
	}
	if policy != "" {
		if _, err := d.dir.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: "inline", PolicyDocument: policy}); err != nil {
			d.t.Fatal(err)
		}
	}
	out, err := d.dir.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		d.t.Fatal(err)
	}
	return key(out.AccessKey.AccessKeyId, out.AccessKey.SecretAccessKey), out.AccessKey.AccessKeyId
}

// raw sends a request without the help of an SDK and returns the answer.
func (d *door) raw(method, path, body string, headers ...string) (status int, text string, h http.Header) {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, string(all), answer.Header
}

// refused checks that an SDK call ended with an error of this code whose text contains words.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), words) {
		t.Errorf("error = %v\nwant %s with %q", err, code, words)
	}
}

// audit checks that exactly one call was audited, and returns it.
func (d *door) audit(operation, errorShape string) trail.Call {
	d.t.Helper()
	calls := d.audited.take()
	if len(calls) != 1 {
		d.t.Fatalf("%d calls were audited, want one %s: %+v", len(calls), operation, calls)
	}
	shape := ""
	if calls[0].Error != nil {
		shape = calls[0].Error.Shape
	}
	if got := calls[0].Service.Name + "." + calls[0].Name; got != operation || shape != errorShape {
		d.t.Errorf("audited %s with error %q, want %s with %q", got, shape, operation, errorShape)
	}
	return calls[0]
}

// unaudited checks that no call was audited.
func (d *door) unaudited() {
	d.t.Helper()
	if calls := d.audited.take(); len(calls) != 0 {
		d.t.Errorf("%d calls were audited, want none: the caller or the operation is not known. %+v", len(calls), calls)
	}
}
