package trail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/cloudtrail"
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/store/logseg"
	"telltale/store/state"
)

var home = caller.Scope{Account: "123456789012", Region: "eu-west-1"}

// noon is the time of the calls of these tests: lookups look back 90 days from now.
var noon = time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)

func root(s caller.Scope) *caller.Caller {
	return &caller.Caller{Scope: s, Kind: caller.Root, AccessKeyID: "AKIAROOT", RequestID: "req-1", SourceIP: "192.0.2.7", UserAgent: "aws-cli/2"}
}

func user(name string) *caller.Caller {
	return &caller.Caller{Scope: home, Kind: caller.User, AccessKeyID: "AKIA" + strings.ToUpper(name), PrincipalID: "AIDA" + strings.ToUpper(name),
		ARN: "arn:aws:iam::123456789012:user/" + name, UserName: name, RequestID: "req-1", SourceIP: "192.0.2.7", UserAgent: "aws-cli/2"}
}

// memory is a trail that keeps nothing after the test.
func memory(t testing.TB, cfg Config) *Trail {
	t.Helper()
	store, err := logseg.Open(logseg.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(context.Background(), cfg, Needs{Store: store, State: db})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(); store.Close() })
	return tr
}

// createThing is a call of iot.CreateThing that succeeded.
func createThing(who *caller.Caller, name string, at time.Time) *Call {
	return &Call{Caller: who, Service: iot.Service, Name: "CreateThing", Input: &iot.CreateThingInput{ThingName: name},
		Output: &iot.CreateThingOutput{ThingName: name, ThingArn: "arn:aws:iot:" + who.Region + ":" + who.Account + ":thing/" + name}, Time: at}
}

func find(t testing.TB, tr *Trail, s caller.Scope, in *cloudtrail.LookupEventsInput) *cloudtrail.LookupEventsOutput {
	t.Helper()
	out, err := tr.LookupEvents(caller.With(context.Background(), root(s)), in)
	if err != nil {
		t.Fatalf("LookupEvents(%+v): %v", in, err)
	}
	return out
}

// names lists the events in short: the operation, or the operation and the first resource.
func names(events []cloudtrail.Event) string {
	var all []string
	for _, e := range events {
		name := e.EventName
		if len(e.Resources) > 0 {
			name += " " + e.Resources[0].ResourceName
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

func TestNewRefusesUnknownReads(t *testing.T) {
	_, err := New(context.Background(), Config{IoTReads: "some"}, Needs{})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), `"some", want denied, all or none`) {
		t.Errorf("New = %v, want a fault that names the values allowed", err)
	}
}

func TestAccountsAndRegionsAreApart(t *testing.T) {
	tr := memory(t, Config{})
	scopes := []caller.Scope{home, {Account: "123456789012", Region: "us-east-1"}, {Account: "210987654321", Region: "eu-west-1"}}
	for i, s := range scopes {
		tr.RecordCall(context.Background(), createThing(root(s), fmt.Sprint("lamp-", i), noon))
	}
	for i, s := range scopes {
		if got, want := names(find(t, tr, s, &cloudtrail.LookupEventsInput{}).Events), fmt.Sprintf("CreateThing lamp-%d", i); got != want {
			t.Errorf("events of %v = %s, want %s", s, got, want)
		}
	}
	if got := find(t, tr, caller.Scope{Account: "000000000000", Region: "eu-west-1"}, &cloudtrail.LookupEventsInput{}); len(got.Events) != 0 || got.Events == nil {
		t.Errorf("events of an account without calls = %#v, want an empty list", got.Events)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	run := func(f func(*Trail)) {
		store, err := logseg.Open(logseg.Config{Dir: filepath.Join(dir, "logs")})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		db, err := state.Open(state.Config{Path: filepath.Join(dir, "state.db")}, Tables()...)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		tr, err := New(context.Background(), Config{}, Needs{Store: store, State: db})
		if err != nil {
			t.Fatal(err)
		}
		f(tr)
	}
	run(func(tr *Trail) { tr.RecordCall(context.Background(), createThing(root(home), "before", noon)) })
	run(func(tr *Trail) {
		if got := names(find(t, tr, home, &cloudtrail.LookupEventsInput{}).Events); got != "CreateThing before" {
			t.Errorf("after a restart the events are %q, want the one from before", got)
		}
		tr.RecordCall(context.Background(), createThing(root(home), "after", noon.Add(time.Second)))
		if got, want := names(find(t, tr, home, &cloudtrail.LookupEventsInput{}).Events), "CreateThing after, CreateThing before"; got != want {
			t.Errorf("events = %q, want %q", got, want)
		}
	})
}

// Log groups of customers and of records share one store, so they share one sequence of ids.
func TestGroupIDsAreShared(t *testing.T) {
	tr := memory(t, Config{})
	var taken uint64
	err := tr.needs.State.Update(context.Background(), func(tx *state.Tx) (err error) {
		taken, err = tx.NextID("log_group_ids")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := tr.group(context.Background(), home)
	if err != nil || uint64(id) == taken {
		t.Errorf("group id = %d, %v; want one other than %d, which is a customer's", id, err, taken)
	}
}

func TestConcurrentCalls(t *testing.T) {
	tr := memory(t, Config{})
	const callers, calls = 8, 25
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for j := range calls {
				tr.RecordCall(context.Background(), createThing(root(home), fmt.Sprintf("thing-%d-%d", i, j), noon))
				if _, err := tr.LookupEvents(caller.With(context.Background(), root(home)), &cloudtrail.LookupEventsInput{MaxResults: new(int32(5))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for token, first := "", true; first || token != ""; first = false {
		out := find(t, tr, home, &cloudtrail.LookupEventsInput{NextToken: token})
		for _, e := range out.Events {
			seen[e.EventId] = true
		}
		token = out.NextToken
	}
	if len(seen) != callers*calls {
		t.Errorf("%d different events, want %d", len(seen), callers*calls)
	}
}

// A client that hangs up does not undo what it did, so the record is kept; a store that cannot keep it leaves the diary.
func TestNoRecordIsLost(t *testing.T) {
	var diary bytes.Buffer
	tr := memory(t, Config{})
	tr.needs.Diary = slog.New(slog.NewTextHandler(&diary, nil))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	tr.RecordCall(gone, createThing(root(home), "lamp", noon))
	if got := names(find(t, tr, home, &cloudtrail.LookupEventsInput{}).Events); got != "CreateThing lamp" {
		t.Errorf("events = %q, want that of the client that went away", got)
	}
	tr.needs.Store.Close()
	tr.RecordCall(context.Background(), &Call{Caller: root(home), Service: iot.Service, Name: "CreateKeysAndCertificate", Time: noon,
		Input:  &iot.CreateKeysAndCertificateInput{},
		Output: &iot.CreateKeysAndCertificateOutput{CertificateId: "abc", KeyPair: &iot.KeyPair{PrivateKey: "TOPSECRET"}}})
	got := diary.String()
	for _, want := range []string{"level=ERROR", "iot.CreateKeysAndCertificate", `certificateId\":\"abc`, removed} {
		if !strings.Contains(got, want) {
			t.Errorf("the diary says %s\nand lacks %s", got, want)
		}
	}
	if strings.Contains(got, "TOPSECRET") {
		t.Errorf("the diary tells the private key: %s", got)
	}
}

func TestWhatIsRecorded(t *testing.T) {
	f := func(reads, service, name string, failed, want bool) {
		t.Helper()
		tr := &Trail{cfg: Config{IoTReads: reads}}
		c := &Call{Service: &wire.Service{Name: service}, Name: name}
		if failed {
			c.Error = &wire.Error{Shape: "AccessDeniedException"}
		}
		if got := tr.wants(c, isReadOnly(name)); got != want {
			t.Errorf("IoTReads %s: %s.%s (failed: %t) recorded = %t, want %t", reads, service, name, failed, got, want)
		}
	}
	f(ReadsDenied, "iot", "CreateThing", false, true)
	f(ReadsNone, "iot", "CreateThing", true, true)
	f(ReadsDenied, "iot", "ListThings", false, false)
	f(ReadsDenied, "iot", "ListThings", true, true)
	f(ReadsAll, "iot", "ListThings", false, true)
	f(ReadsNone, "iot", "ListThings", true, false)
	f(ReadsDenied, "logs", "DescribeLogGroups", false, true)
	f(ReadsDenied, "logs", "PutLogEvents", false, false)
	f(ReadsDenied, "cloudwatch", "PutMetricData", true, false)
	f(ReadsDenied, "cloudwatch", "DescribeAlarms", false, true)
	f(ReadsNone, "cloudtrail", "LookupEvents", false, true)
	f(ReadsAll, "iotdata", "Publish", true, false)
	f(ReadsAll, "iotjobsdata", "DescribeJobExecution", true, false)
	f(ReadsDenied, "sts", "GetCallerIdentity", false, true)
}

func TestReadOnly(t *testing.T) {
	for name, want := range map[string]bool{
		"GetPolicy": true, "ListThings": true, "DescribeThing": true, "SearchIndex": true, "BatchGetThings": true, "TestAuthorization": true,
		"TestInvokeAuthorizer": true, "ValidateSecurityProfileBehaviors": true, "LookupEvents": true, "FilterLogEvents": true,
		"CreateThing": false, "AttachPolicy": false, "TestOther": false, "PutRetentionPolicy": false, "SetV2LoggingOptions": false, "": false,
	} {
		if got := isReadOnly(name); got != want {
			t.Errorf("isReadOnly(%q) = %t, want %t", name, got, want)
		}
	}
}
