package trail

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/cloudtrail"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/logs"
	"telltale/lang/wire"
	"telltale/store/logseg"
)

// told is a trail that knows a small story, one call a minute from noon on.
func told(t testing.TB) *Trail {
	t.Helper()
	tr := memory(t, Config{})
	const cert = "arn:aws:iot:eu-west-1:123456789012:cert/1f"
	role := &caller.Caller{Scope: home, Kind: caller.AssumedRole, AccessKeyID: "ASIANIGHT", PrincipalID: "AROA1:night", ARN: "arn:aws:sts::123456789012:assumed-role/ops/night"}
	service := &caller.Caller{Scope: home, Kind: caller.Service, PrincipalID: "iot.amazonaws.com"}
	for i, c := range []*Call{
		{Caller: root(home), Service: iam.Service, Name: "CreateUser", Input: &iam.CreateUserInput{UserName: "ada"}},
		createThing(user("ada"), "lamp", noon),
		{Caller: user("ada"), Service: iot.Service, Name: "CreateKeysAndCertificate", Input: &iot.CreateKeysAndCertificateInput{},
			Output: &iot.CreateKeysAndCertificateOutput{CertificateArn: cert, CertificateId: "1f"}},
		{Caller: user("ada"), Service: iot.Service, Name: "AttachPolicy", Input: &iot.AttachPolicyInput{PolicyName: `p"1\é`, Target: cert}},
		{Caller: user("bob"), Service: iot.Service, Name: "ListThings", Input: &iot.ListThingsInput{}, Error: &wire.Error{Shape: "AccessDeniedException", Message: "no"}},
		{Caller: role, Service: logs.Service, Name: "DeleteLogGroup", Input: &logs.DeleteLogGroupInput{LogGroupName: "AWSIotLogsV2"}},
		{Caller: service, Service: logs.Service, Name: "CreateLogGroup", Input: &logs.CreateLogGroupInput{LogGroupName: "AWSIotLogsV2"}},
	} {
		c.Time = noon.Add(time.Duration(i) * time.Minute)
		tr.RecordCall(context.Background(), c)
	}
	return tr
}

func TestLookupByAttribute(t *testing.T) {
	tr := told(t)
	all := find(t, tr, home, &cloudtrail.LookupEventsInput{}).Events
	f := func(key, value, want string) {
		t.Helper()
		in := &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrail.LookupAttribute{{AttributeKey: key, AttributeValue: value}}}
		if got := names(find(t, tr, home, in).Events); got != want {
			t.Errorf("%s = %q finds %s\nwant %s", key, value, got, want)
		}
	}
	const policy = `AttachPolicy p"1\é`
	const createLogGroup, deleteLogGroup = "CreateLogGroup AWSIotLogsV2", "DeleteLogGroup AWSIotLogsV2"
	f("EventName", "CreateThing", "CreateThing lamp")
	f("EventName", "Create", "")
	f("EventId", all[0].EventId, createLogGroup)
	f("EventId", "00000000-0000-0000-0000-000000000000", "")
	f("EventSource", "logs.amazonaws.com", createLogGroup+", "+deleteLogGroup)
	f("AccessKeyId", "ASIANIGHT", deleteLogGroup)
	f("ReadOnly", "true", "ListThings")
	f("ReadOnly", "false", strings.Join([]string{createLogGroup, deleteLogGroup, policy, "CreateKeysAndCertificate arn:aws:iot:eu-west-1:123456789012:cert/1f",
		"CreateThing lamp", "CreateUser ada"}, ", "))
	f("Username", "ada", policy+", CreateKeysAndCertificate arn:aws:iot:eu-west-1:123456789012:cert/1f, CreateThing lamp")
	f("Username", "bob", "ListThings")
	f("Username", "night", deleteLogGroup)
	f("Username", "*", "")
	f("Username", "root", "CreateUser ada")
	f("Username", "iot.amazonaws.com", createLogGroup)
	f("ResourceName", "lamp", "CreateThing lamp")
	f("ResourceName", "arn:aws:iot:eu-west-1:123456789012:thing/lamp", "CreateThing lamp")
	f("ResourceName", `p"1\é`, policy)
	f("ResourceName", "1f", "CreateKeysAndCertificate arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("ResourceName", "arn:aws:iot:eu-west-1:123456789012:cert/1f", policy+", CreateKeysAndCertificate arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("ResourceName", "la*", "")
	f("ResourceType", "AWS::IoT::Thing", "CreateThing lamp")
	f("ResourceType", "AWS::IoT::Policy", policy)
	f("ResourceType", "AWS::IoT::Certificate", policy+", CreateKeysAndCertificate arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("ResourceType", "AWS::Logs::LogGroup", createLogGroup+", "+deleteLogGroup)
	f("ResourceType", "AWS::IAM::User", "CreateUser ada")
	f("ResourceType", "AWS::EC2::Instance", "")
}

// An event says of its record what the record says itself.
func TestEvent(t *testing.T) {
	tr := told(t)
	e := find(t, tr, home, &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrail.LookupAttribute{{AttributeKey: "EventName", AttributeValue: "CreateThing"}}}).Events[0]
	if e.EventSource != "iot.amazonaws.com" || e.AccessKeyId != "AKIAADA" || e.ReadOnly != "false" || e.Username != "ada" || !e.EventTime.Equal(noon.Add(time.Minute)) {
		t.Errorf("event = %+v", e)
	}
	want := []cloudtrail.Resource{{ResourceType: "AWS::IoT::Thing", ResourceName: "lamp"},
		{ResourceType: "AWS::IoT::Thing", ResourceName: "arn:aws:iot:eu-west-1:123456789012:thing/lamp"}}
	if fmt.Sprint(e.Resources) != fmt.Sprint(want) {
		t.Errorf("resources = %v, want %v", e.Resources, want)
	}
	if !strings.HasPrefix(e.CloudTrailEvent, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser"`) || !strings.Contains(e.CloudTrailEvent, e.EventId) {
		t.Errorf("CloudTrailEvent = %s", e.CloudTrailEvent)
	}
}

// Both ends of the time range belong to it, to the second.
func TestTimeRange(t *testing.T) {
	tr := memory(t, Config{})
	for i := range 4 {
		at := noon.Add(time.Duration(i)*time.Second + 700*time.Millisecond)
		tr.RecordCall(context.Background(), createThing(root(home), fmt.Sprint(i), at))
	}
	tr.RecordCall(context.Background(), createThing(root(home), "old", time.Now().Add(-history-time.Hour)))
	f := func(from, to time.Time, want string) {
		t.Helper()
		out := find(t, tr, home, &cloudtrail.LookupEventsInput{StartTime: from, EndTime: to})
		if got := strings.ReplaceAll(names(out.Events), "CreateThing ", ""); got != want {
			t.Errorf("%v to %v finds %q, want %q", from, to, got, want)
		}
	}
	sec := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	never := time.Time{}
	f(never, never, "3, 2, 1, 0")
	f(sec(1), sec(2), "2, 1")
	f(sec(1.9), sec(2.1), "2, 1")
	f(sec(2), sec(2), "2")
	f(sec(2), never, "3, 2")
	f(never, sec(0), "0")
	f(sec(4), never, "")
	f(never, sec(-1), "")
	f(never, time.Unix(-5, 0), "")
	f(time.Unix(0, 0), time.Unix(1<<60, 0), "3, 2, 1, 0")
	f(time.Now().Add(-2*history), noon.Add(-24*time.Hour), "")
}

func TestPages(t *testing.T) {
	tr := memory(t, Config{})
	for i := range 23 {
		tr.RecordCall(context.Background(), createThing(root(home), fmt.Sprint(i), noon)) // all in the same instant
		tr.RecordCall(context.Background(), &Call{Caller: root(home), Service: iam.Service, Name: "CreateUser", Time: noon})
	}
	in := &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrail.LookupAttribute{{AttributeKey: "EventName", AttributeValue: "CreateThing"}}}
	whole := names(find(t, tr, home, in).Events)
	for size := int32(1); size <= 25; size++ {
		var got []string
		in.MaxResults, in.NextToken = &size, ""
		for {
			out := find(t, tr, home, in)
			if len(out.Events) > int(size) || len(out.Events) == 0 {
				t.Fatalf("a page of %d has %d events", size, len(out.Events))
			}
			got = append(got, names(out.Events))
			if in.NextToken = out.NextToken; in.NextToken == "" {
				break
			}
			tr.RecordCall(context.Background(), createThing(root(home), "late", noon.Add(time.Hour))) // must not shift the pages
		}
		joined := strings.Join(got, ", ")
		if joined = strings.ReplaceAll(joined, "CreateThing late, ", ""); joined != whole {
			t.Errorf("pages of %d: %s\nwant %s", size, joined, whole)
		}
	}
}

func TestDefaultPage(t *testing.T) {
	tr := memory(t, Config{})
	for range maxResults {
		tr.RecordCall(context.Background(), createThing(root(home), "x", noon))
	}
	if out := find(t, tr, home, &cloudtrail.LookupEventsInput{}); len(out.Events) != maxResults || out.NextToken != "" {
		t.Errorf("%d events and token %q, want one full page and no token", len(out.Events), out.NextToken)
	}
	tr.RecordCall(context.Background(), createThing(root(home), "x", noon))
	if out := find(t, tr, home, &cloudtrail.LookupEventsInput{}); len(out.Events) != maxResults || out.NextToken == "" {
		t.Errorf("%d events and token %q, want a full page and a token", len(out.Events), out.NextToken)
	}
	if out := find(t, tr, home, &cloudtrail.LookupEventsInput{EventCategory: "insight"}); len(out.Events) != 0 || out.Events == nil {
		t.Errorf("insights = %v, want an empty list", out.Events)
	}
}

func TestLookupRefuses(t *testing.T) {
	tr := told(t)
	f := func(in cloudtrail.LookupEventsInput, wantCode, wantText string) {
		t.Helper()
		_, err := tr.LookupEvents(caller.With(context.Background(), root(home)), &in)
		e, ok := err.(*fault.Error)
		if !ok || e.Code != wantCode || e.Kind != fault.Invalid || !strings.Contains(e.Text, wantText) {
			t.Errorf("LookupEvents(%+v) = %v, want %s with %q", in, err, wantCode, wantText)
		}
	}
	by := func(key, value string) []cloudtrail.LookupAttribute {
		return []cloudtrail.LookupAttribute{{AttributeKey: key, AttributeValue: value}}
	}
	f(cloudtrail.LookupEventsInput{MaxResults: new(int32(0))}, cloudtrail.InvalidMaxResultsException, "0; 1 to 50")
	f(cloudtrail.LookupEventsInput{MaxResults: new(int32(51))}, cloudtrail.InvalidMaxResultsException, "51; 1 to 50")
	f(cloudtrail.LookupEventsInput{LookupAttributes: append(by("EventName", "A"), by("EventName", "B")...)}, cloudtrail.InvalidLookupAttributesException, "2 lookup attributes; at most one")
	f(cloudtrail.LookupEventsInput{LookupAttributes: by("Color", "red")}, cloudtrail.InvalidLookupAttributesException, `"Color" is not one of AccessKeyId`)
	f(cloudtrail.LookupEventsInput{LookupAttributes: by("EventName", "")}, cloudtrail.InvalidLookupAttributesException, "0 characters")
	f(cloudtrail.LookupEventsInput{LookupAttributes: by("EventName", strings.Repeat("x", 2001))}, cloudtrail.InvalidLookupAttributesException, "2001 characters; 1 to 2000")
	f(cloudtrail.LookupEventsInput{LookupAttributes: by("ReadOnly", "TRUE")}, cloudtrail.InvalidLookupAttributesException, "true and false are allowed")
	f(cloudtrail.LookupEventsInput{StartTime: noon, EndTime: noon.Add(-time.Second)}, cloudtrail.InvalidTimeRangeException, "before its start")
	f(cloudtrail.LookupEventsInput{NextToken: "nonsense"}, cloudtrail.InvalidNextTokenException, "same parameters")

	first := cloudtrail.LookupEventsInput{MaxResults: new(int32(1)), LookupAttributes: by("Username", "ada"), StartTime: noon}
	token := find(t, tr, home, &first).NextToken
	if token == "" {
		t.Fatal("no token")
	}
	again := first
	again.NextToken, again.MaxResults = token, new(int32(2))
	if got := names(find(t, tr, home, &again).Events); !strings.HasSuffix(got, "CreateThing lamp") {
		t.Errorf("the next page with another size = %q", got)
	}
	again.LookupAttributes = by("Username", "bob")
	f(again, cloudtrail.InvalidNextTokenException, "same parameters")
	again = first
	again.NextToken, again.StartTime = token, noon.Add(time.Second)
	f(again, cloudtrail.InvalidNextTokenException, "same parameters")
	again = first
	again.NextToken = token
	if _, err := tr.LookupEvents(caller.With(context.Background(), root(caller.Scope{Account: "210987654321", Region: "eu-west-1"})), &again); err == nil {
		t.Error("another account may use the token")
	}
}

// The store reports what it cannot read, and the rest of the history is still found.
func TestForeignEntry(t *testing.T) {
	tr := told(t)
	id, _, err := tr.find(context.Background(), home)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"not JSON", `{"eventTime":"yesterday"}`, `[]`, `{"eventTime":7}`} {
		if err := tr.needs.Store.Append(context.Background(), []logseg.Entry{{Group: id, Stream: stream, TS: noon.UnixMilli(), Raw: []byte(raw)}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := find(t, tr, home, &cloudtrail.LookupEventsInput{}).Events; len(got) != 7 {
		t.Errorf("%d events, want the 7 that can be read", len(got))
	}
}

func FuzzReadEvent(f *testing.F) {
	for _, c := range []*Call{createThing(root(home), "lamp", noon), createThing(user("ada"), `q"\`, noon)} {
		text, err := newRecord(c, noon, false).encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"eventTime":"2026-01-02T03:04:05Z","requestParameters":{"thingName":["x"],"target":"arn:aws:iot:::cert"},"responseElements":7}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		e, err := readEvent(message)
		if err != nil {
			return
		}
		if e.CloudTrailEvent != string(message) || e.ReadOnly != "true" && e.ReadOnly != "false" {
			t.Errorf("event of %q = %+v", message, e)
		}
		for _, r := range e.Resources {
			if r.ResourceName == "" || r.ResourceType == "" {
				t.Errorf("event of %q has the resource %+v", message, r)
			}
		}
	})
}

// A million records of one account, of which one early record is of another operation, user and resource than all the others.
func BenchmarkLookup(b *testing.B) {
	tr := memory(b, Config{})
	id, err := tr.group(context.Background(), home)
	if err != nil {
		b.Fatal(err)
	}
	const rows = 1_000_000
	batch := make([]logseg.Entry, 0, 1000)
	start := time.Now().Add(-24 * time.Hour)
	for i := range rows {
		c := createThing(root(home), fmt.Sprintf("thing-%d", i), start)
		if i == rows/1000 {
			c = createThing(user("ada"), "needle", start)
			c.Name, c.Input, c.Output = "DeletePolicy", &iot.DeletePolicyInput{PolicyName: "needle"}, nil
		}
		text, err := newRecord(c, start.Add(time.Duration(i)*time.Millisecond), false).encode()
		if err != nil {
			b.Fatal(err)
		}
		batch = append(batch, logseg.Entry{Group: id, Stream: stream, TS: start.UnixMilli() + int64(i), Raw: text})
		if len(batch) == cap(batch) {
			if err := tr.needs.Store.Append(context.Background(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := tr.needs.Store.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	for _, a := range []cloudtrail.LookupAttribute{{AttributeKey: "EventName", AttributeValue: "DeletePolicy"}, {AttributeKey: "EventName", AttributeValue: "CreateThing"},
		{AttributeKey: "Username", AttributeValue: "ada"}, {AttributeKey: "ResourceName", AttributeValue: "needle"}, {AttributeKey: "ResourceType", AttributeValue: "AWS::IoT::Policy"}} {
		b.Run(a.AttributeKey+"="+a.AttributeValue, func(b *testing.B) {
			for b.Loop() {
				out := find(b, tr, home, &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrail.LookupAttribute{a}})
				if len(out.Events) == 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}

func BenchmarkRecordCall(b *testing.B) {
	tr := memory(b, Config{})
	c := createThing(user("ada"), "lamp", time.Now())
	b.ReportAllocs()
	for b.Loop() {
		tr.RecordCall(context.Background(), c)
	}
}
