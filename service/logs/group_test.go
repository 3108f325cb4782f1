package logs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
)

func TestCreateLogGroup(t *testing.T) {
	l := newLogs(t)
	f := func(in *logs.CreateLogGroupInput, code, text string) {
		t.Helper()
		refused(t, l.CreateLogGroup, in, code, text)
	}
	invalid := logs.InvalidParameterException
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "a.b-c_d/e#F9"})
	f(&logs.CreateLogGroupInput{LogGroupName: "a.b-c_d/e#F9"}, logs.ResourceAlreadyExistsException, "The specified log group already exists")
	f(&logs.CreateLogGroupInput{}, invalid, "The logGroupName has 0 characters: it must have 1 to 512.")
	f(&logs.CreateLogGroupInput{LogGroupName: strings.Repeat("x", 513)}, invalid, "The logGroupName has 513 characters: it must have 1 to 512.")
	f(&logs.CreateLogGroupInput{LogGroupName: "a b"}, invalid, `The logGroupName "a b" contains ' ': allowed are letters a-z and A-Z, digits and . - _ / #`)
	f(&logs.CreateLogGroupInput{LogGroupName: "aws/x"}, invalid, `The logGroupName "aws/x" begins with aws/, which is reserved.`)
	f(&logs.CreateLogGroupInput{LogGroupName: "x", LogGroupClass: "GOLD"}, invalid, `The logGroupClass "GOLD" is not known: it must be one of STANDARD, INFREQUENT_ACCESS, DELIVERY.`)
	f(&logs.CreateLogGroupInput{LogGroupName: "x", KmsKeyId: "k"}, invalid, "A kmsKeyId is not supported: log groups cannot be encrypted with your own key.")
	f(&logs.CreateLogGroupInput{LogGroupName: "x", Tags: map[string]string{"aws:x": "1"}}, invalid, `The tag key "aws:x" begins with aws:, which is reserved.`)
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: strings.Repeat("x", 512)})
}

func TestDescribeLogGroup(t *testing.T) {
	l := newLogs(t)
	before := time.Now().UnixMilli()
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "/app/one", LogGroupClass: logs.LogGroupClassInfrequentAccess, DeletionProtectionEnabled: ptr(true)})
	ok(t, l.PutRetentionPolicy, &logs.PutRetentionPolicyInput{LogGroupName: "/app/one", RetentionInDays: 7})
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "/app/one", LogStreamName: "s"})
	put(t, l, "/app/one", "s", before, "12345", "67890")
	got := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{}).LogGroups
	if len(got) != 1 || *got[0].CreationTime < before || *got[0].CreationTime > time.Now().UnixMilli() {
		t.Fatalf("got %+v", got)
	}
	arn := "arn:aws:logs:eu-central-1:123456789012:log-group:/app/one"
	want := logs.LogGroup{LogGroupName: "/app/one", CreationTime: got[0].CreationTime, RetentionInDays: ptr(int32(7)), MetricFilterCount: ptr(int32(0)),
		Arn: arn + ":*", LogGroupArn: arn, StoredBytes: ptr(int64(10)), LogGroupClass: "INFREQUENT_ACCESS", DeletionProtectionEnabled: ptr(true)}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v\nwant %+v", got[0], want)
	}
	for name, in := range map[string]*logs.DescribeLogGroupsInput{"pattern": {LogGroupNamePattern: "app"}} {
		got := ok(t, l.DescribeLogGroups, in).LogGroups
		if want := (logs.LogGroup{LogGroupName: "/app/one", CreationTime: want.CreationTime, Arn: arn + ":*"}); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestDescribeLogGroupsSelects(t *testing.T) {
	l := newLogs(t)
	for _, n := range []string{"b/two", "a/one", "B/four", "a/three", "ab"} {
		ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: n})
	}
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "rare", LogGroupClass: "INFREQUENT_ACCESS"})
	f := func(in *logs.DescribeLogGroupsInput, want string) {
		t.Helper()
		var names []string
		for {
			out := ok(t, l.DescribeLogGroups, in)
			if in.Limit != nil && len(out.LogGroups) > int(*in.Limit) {
				t.Errorf("%+v: %d groups on a page", in, len(out.LogGroups))
			}
			for _, g := range out.LogGroups {
				names = append(names, g.LogGroupName)
			}
			if in.NextToken = out.NextToken; out.NextToken == "" {
				break
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%+v\n got %s\nwant %s", in, got, want)
		}
	}
	all := "B/four a/one a/three ab b/two rare"
	f(&logs.DescribeLogGroupsInput{}, all)
	for limit := int32(1); limit < 8; limit++ {
		f(&logs.DescribeLogGroupsInput{Limit: &limit}, all)
	}
	f(&logs.DescribeLogGroupsInput{LogGroupNamePrefix: "a/", Limit: ptr(int32(1))}, "a/one a/three")
	f(&logs.DescribeLogGroupsInput{LogGroupNamePattern: "o"}, "B/four a/one b/two")
	f(&logs.DescribeLogGroupsInput{LogGroupNamePattern: "O"}, "")
	f(&logs.DescribeLogGroupsInput{LogGroupClass: "INFREQUENT_ACCESS"}, "rare")
	f(&logs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"ab", "arn:aws:logs:eu-central-1:123456789012:log-group:a/one:*", "nix"}}, "a/one ab")
	f(&logs.DescribeLogGroupsInput{AccountIdentifiers: []string{"123456789012"}}, all)
	f(&logs.DescribeLogGroupsInput{AccountIdentifiers: []string{"999999999999"}}, "")

	invalid := logs.InvalidParameterException
	refused(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{LogGroupNamePrefix: "a", LogGroupNamePattern: "b"}, invalid, "Only one of logGroupNamePrefix and logGroupNamePattern may be given.")
	refused(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{Limit: ptr(int32(51))}, invalid, "The limit 51 is not allowed: it must be 1 to 50.")
	refused(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{NextToken: "x"}, invalid, "The specified nextToken is invalid: it was not returned by DescribeLogGroups for the same log group.")
}

func TestListLogGroups(t *testing.T) {
	l := newLogs(t)
	for i, env := range []string{"dev", "prod", "preprod", ""} {
		in := &logs.CreateLogGroupInput{LogGroupName: fmt.Sprint("app", i)}
		if env != "" {
			in.Tags = map[string]string{"env": env}
		}
		ok(t, l.CreateLogGroup, in)
	}
	f := func(in *logs.ListLogGroupsInput, want string) {
		t.Helper()
		var names []string
		for _, g := range ok(t, l.ListLogGroups, in).LogGroups {
			names = append(names, g.LogGroupName)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%+v\n got %s\nwant %s", in, got, want)
		}
	}
	f(&logs.ListLogGroupsInput{}, "app0 app1 app2 app3")
	f(&logs.ListLogGroupsInput{LogGroupNamePattern: "app[02]"}, "app0 app2")
	f(&logs.ListLogGroupsInput{LogGroupNamePattern: "^pp"}, "")
	tags := func(values ...string) *logs.ListLogGroupsInput {
		return &logs.ListLogGroupsInput{LogGroupTags: []logs.TagFilter{{Key: "env", Values: values}}}
	}
	f(tags(), "app0 app1 app2")
	f(tags("prod", "dev"), "app0 app1")
	f(tags("*prod"), "app1 app2")
	f(tags("pr*"), "app1 app2")
	f(tags("!*pro*"), "app0")
	refused(t, l.ListLogGroups, &logs.ListLogGroupsInput{LogGroupNamePattern: "("}, logs.InvalidParameterException,
		"The logGroupNamePattern \"(\" is not a regular expression: error parsing regexp: missing closing ): `(`")
	refused(t, l.ListLogGroups, &logs.ListLogGroupsInput{FieldIndexNames: []string{"x"}}, logs.InvalidParameterException,
		"Log groups cannot be selected by dataSources or fieldIndexNames: use logGroupNamePattern, logGroupClass or logGroupTags.")
}

func TestDeleteLogGroup(t *testing.T) {
	l := newLogs(t)
	now := time.Now().UnixMilli()
	prepare(t, l, "app", "one", "two")
	put(t, l, "app", "one", now, "before")
	id, _ := l.GroupID(t.Context(), home, "app")
	refused(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "nix"}, logs.ResourceNotFoundException, noGroupText)
	ok(t, l.PutLogGroupDeletionProtection, &logs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: "app", DeletionProtectionEnabled: true})
	refused(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "app"}, logs.ValidationException,
		"The log group app is protected from deletion: turn that off with PutLogGroupDeletionProtection first.")
	put(t, l, "app", "one", now, "still open") // a refused deletion leaves the group as it was
	ok(t, l.PutLogGroupDeletionProtection, &logs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: "arn:aws:logs:eu-central-1:123456789012:log-group:app"})
	ok(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "app"})
	if n := l.needs.Store.Usage(id).Entries; n != 0 {
		t.Errorf("the store still holds %d events", n)
	}
	one := []logs.InputLogEvent{{Timestamp: now, Message: "x"}}
	refused(t, l.PutLogEvents, &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one", LogEvents: one}, logs.ResourceNotFoundException, noGroupText)
	prepare(t, l, "app")
	refused(t, l.PutLogEvents, &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one", LogEvents: one}, logs.ResourceNotFoundException, noStreamText)
	if got := messages(t, l, home, "app"); got != nil {
		t.Errorf("the new group shows %q", got)
	}
	refused(t, l.PutLogGroupDeletionProtection, &logs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: "nix"}, logs.ResourceNotFoundException, noGroupText)
}

func TestRetention(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	now := time.Now()
	old := now.Add(-36 * time.Hour).UnixMilli()
	put(t, l, "app", "one", old, "old")
	put(t, l, "app", "one", now.UnixMilli(), "new")
	f := func(days int32, want string) {
		t.Helper()
		if days > 0 {
			ok(t, l.PutRetentionPolicy, &logs.PutRetentionPolicyInput{LogGroupName: "app", RetentionInDays: days})
		} else {
			ok(t, l.DeleteRetentionPolicy, &logs.DeleteRetentionPolicyInput{LogGroupName: "app"})
		}
		if got := strings.Join(messages(t, l, home, "app"), " "); got != want {
			t.Errorf("%d days: got %s, want %s", days, got, want)
		}
		g := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{}).LogGroups[0]
		if days > 0 != (g.RetentionInDays != nil) || g.RetentionInDays != nil && *g.RetentionInDays != days {
			t.Errorf("%d days: described as %v", days, g.RetentionInDays)
		}
	}
	f(3, "old new")
	f(1, "new")
	f(0, "old new") // nothing was deleted in between
	for _, days := range []int32{0, -1, 2, 29, 4000} {
		refused(t, l.PutRetentionPolicy, &logs.PutRetentionPolicyInput{LogGroupName: "app", RetentionInDays: days}, logs.InvalidParameterException,
			fmt.Sprintf("The retentionInDays %d is not allowed: it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.", days))
	}
	refused(t, l.PutRetentionPolicy, &logs.PutRetentionPolicyInput{LogGroupName: "nix", RetentionInDays: 1}, logs.ResourceNotFoundException, noGroupText)
	refused(t, l.DeleteRetentionPolicy, &logs.DeleteRetentionPolicyInput{LogGroupName: "nix"}, logs.ResourceNotFoundException, noGroupText)
}

func TestIdentifiers(t *testing.T) {
	const arn = "arn:aws:logs:eu-central-1:123456789012:log-group:"
	f := func(name, identifier, want, problem string) {
		t.Helper()
		got, err := chosenGroup("op", home, name, identifier)
		if got != want || (err != nil) != (problem != "") || err != nil && err.Error() != "op: "+problem {
			t.Errorf("%q %q: got %q, %v; want %q, %s", name, identifier, got, err, want, problem)
		}
	}
	f("app", "", "app", "")
	f("", "app", "app", "")
	f("", arn+"/a/b", "/a/b", "")
	f("", arn+"/a/b:*", "/a/b", "")
	f("", "", "", "One of logGroupName and logGroupIdentifier must be given.")
	f("a", "b", "", "Only one of logGroupName and logGroupIdentifier may be given.")
	bad := func(s string) string {
		return fmt.Sprintf("%q is not the ARN of a log group: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME", s)
	}
	for _, s := range []string{"arn:aws:iot:eu-central-1:123456789012:log-group:x", "arn:aws:logs", arn + "x:log-stream:y", "arn:aws:logs:eu-central-1:123456789012:destination:x"} {
		f("", s, "", bad(s))
	}
	for _, s := range []caller.Scope{elsewhere, stranger} {
		f("", "arn:aws:logs:"+s.Region+":"+s.Account+":log-group:x", "", noGroupText)
	}
}
