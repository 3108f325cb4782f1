package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/logs"
)

func TestCreateLogStream(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	f := func(group, stream, code, text string) {
		t.Helper()
		refused(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}, code, text)
	}
	f("app", "one", logs.ResourceAlreadyExistsException, "The specified log stream already exists")
	f("nix", "one", logs.ResourceNotFoundException, noGroupText)
	f("app", "", logs.InvalidParameterException, "The logStreamName has 0 characters: it must have 1 to 512.")
	f("app", strings.Repeat("é", 513), logs.InvalidParameterException, "The logStreamName has 513 characters: it must have 1 to 512.")
	f("app", "a:b", logs.InvalidParameterException, `The logStreamName "a:b" contains ':': all characters but : and * are allowed.`)
	f("app", "a*", logs.InvalidParameterException, `The logStreamName "a*" contains '*': all characters but : and * are allowed.`)
	f("app", strings.Repeat("é", 501), logs.InvalidParameterException, "The logStreamName has 1002 bytes of UTF-8: at most 1000 are allowed.")
	f("app", "a\x00", logs.InvalidParameterException, `The logStreamName "a\x00" has control characters or is not UTF-8.`)
	f("app", "a\xff", logs.InvalidParameterException, `The logStreamName "a\xff" has control characters or is not UTF-8.`)
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: strings.Repeat("é", 500)})
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: strings.Repeat("x", 512)})
	long := strings.Repeat("é", 512)
	if got := ok(t, l.DescribeLogStreams, &logs.DescribeLogStreamsInput{LogGroupName: "app", LogStreamNamePrefix: long}); len(got.LogStreams) != 0 {
		t.Errorf("the prefix of 1024 bytes finds %+v", got.LogStreams)
	}
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: "a b/c[$LATEST]"})
}

func TestDeleteLogStream(t *testing.T) {
	l := newLogs(t)
	now := time.Now().UnixMilli()
	prepare(t, l, "app", "one", "two")
	put(t, l, "app", "one", now, "from one")
	put(t, l, "app", "two", now, "from two")
	ok(t, l.DeleteLogStream, &logs.DeleteLogStreamInput{LogGroupName: "app", LogStreamName: "one"})
	if got := messages(t, l, home, "app"); len(got) != 1 || got[0] != "from two" {
		t.Errorf("got %q", got)
	}
	refused(t, l.PutLogEvents, &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one",
		LogEvents: []logs.InputLogEvent{{Timestamp: now, Message: "x"}}}, logs.ResourceNotFoundException, noStreamText)
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: "one"})
	if got := ok(t, l.GetLogEvents, &logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one"}).Events; len(got) != 0 {
		t.Errorf("a new stream shows %+v", got)
	}
	refused(t, l.DeleteLogStream, &logs.DeleteLogStreamInput{LogGroupName: "app", LogStreamName: "nix"}, logs.ResourceNotFoundException, noStreamText)
	refused(t, l.DeleteLogStream, &logs.DeleteLogStreamInput{LogGroupName: "nix", LogStreamName: "one"}, logs.ResourceNotFoundException, noGroupText)
}

func TestDescribeLogStream(t *testing.T) {
	l := newLogs(t)
	before := time.Now().UnixMilli()
	prepare(t, l, "app", "empty", "full")
	put(t, l, "app", "full", before-5000, "a", "b", "c")
	got := ok(t, l.DescribeLogStreams, &logs.DescribeLogStreamsInput{LogGroupIdentifier: "app"}).LogStreams
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	empty, full := got[0], got[1]
	if empty.LogStreamName != "empty" || empty.FirstEventTimestamp != nil || empty.LastEventTimestamp != nil || empty.LastIngestionTime != nil {
		t.Errorf("empty stream: %+v", empty)
	}
	if full.LogStreamName != "full" || *full.FirstEventTimestamp != before-5000 || *full.LastEventTimestamp != before-4998 || *full.LastIngestionTime < before ||
		*full.StoredBytes != 0 || full.Arn != "arn:aws:logs:eu-central-1:123456789012:log-group:app:log-stream:full" || *full.CreationTime < before || len(full.UploadSequenceToken) != 56 {
		t.Errorf("full stream: %+v", full)
	}
}

func TestDescribeLogStreamsOrders(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "d", "a", "c", "b", "ca")
	now := time.Now().UnixMilli()
	for i, s := range []string{"c", "a", "b"} { // d and ca stay empty
		put(t, l, "app", s, now+int64(1000*i), "x")
	}
	f := func(in logs.DescribeLogStreamsInput, want string) {
		t.Helper()
		for limit := int32(1); limit <= 6; limit++ {
			in, names := in, []string{}
			in.LogGroupName, in.Limit = "app", &limit
			for {
				out := ok(t, l.DescribeLogStreams, &in)
				for _, s := range out.LogStreams {
					names = append(names, s.LogStreamName)
				}
				if in.NextToken = out.NextToken; out.NextToken == "" {
					break
				}
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%+v, pages of %d\n got %s\nwant %s", in, limit, got, want)
			}
		}
	}
	f(logs.DescribeLogStreamsInput{}, "a b c ca d")
	f(logs.DescribeLogStreamsInput{Descending: ptr(true)}, "d ca c b a")
	f(logs.DescribeLogStreamsInput{OrderBy: "LogStreamName", LogStreamNamePrefix: "c"}, "c ca")
	f(logs.DescribeLogStreamsInput{LogStreamNamePrefix: "c", Descending: ptr(true)}, "ca c")
	f(logs.DescribeLogStreamsInput{OrderBy: "LastEventTime"}, "ca d c a b")
	f(logs.DescribeLogStreamsInput{OrderBy: "LastEventTime", Descending: ptr(true)}, "b a c d ca")

	r := func(in logs.DescribeLogStreamsInput, code, text string) {
		t.Helper()
		refused(t, l.DescribeLogStreams, &in, code, text)
	}
	invalid := logs.InvalidParameterException
	r(logs.DescribeLogStreamsInput{}, invalid, "One of logGroupName and logGroupIdentifier must be given.")
	r(logs.DescribeLogStreamsInput{LogGroupName: "nix"}, logs.ResourceNotFoundException, noGroupText)
	r(logs.DescribeLogStreamsInput{LogGroupName: "app", OrderBy: "LastEventTime", LogStreamNamePrefix: "c"}, invalid, "Cannot order by LastEventTime with a logStreamNamePrefix.")
	r(logs.DescribeLogStreamsInput{LogGroupName: "app", OrderBy: "Size"}, invalid, `The orderBy "Size" is not known: it must be LogStreamName or LastEventTime.`)
	r(logs.DescribeLogStreamsInput{LogGroupName: "app", Limit: ptr(int32(0))}, invalid, "The limit 0 is not allowed: it must be 1 to 50.")
	r(logs.DescribeLogStreamsInput{LogGroupName: "app", NextToken: "x"}, invalid, "The specified nextToken is invalid: it was not returned by DescribeLogStreams for the same log group.")
}

func TestTags(t *testing.T) {
	l := newLogs(t)
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "app", Tags: map[string]string{"a": "1"}})
	const arn = "arn:aws:logs:eu-central-1:123456789012:log-group:app"
	f := func(want string) {
		t.Helper()
		show := func(tags map[string]string) string {
			var list []string
			for k, v := range tags {
				list = append(list, k+"="+v)
			}
			slices.Sort(list)
			return strings.Join(list, " ")
		}
		one := show(ok(t, l.ListTagsForResource, &logs.ListTagsForResourceInput{ResourceArn: arn}).Tags)
		two := show(ok(t, l.ListTagsLogGroup, &logs.ListTagsLogGroupInput{LogGroupName: "app"}).Tags)
		if one != want || two != want {
			t.Errorf("got %q and %q, want %q", one, two, want)
		}
	}
	f("a=1")
	ok(t, l.TagResource, &logs.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "2", "b": ""}})
	f("a=2 b=")
	ok(t, l.TagLogGroup, &logs.TagLogGroupInput{LogGroupName: "app", Tags: map[string]string{"c": "3"}})
	f("a=2 b= c=3")
	ok(t, l.UntagResource, &logs.UntagResourceInput{ResourceArn: arn + ":*", TagKeys: []string{"a", "nix"}})
	f("b= c=3")
	ok(t, l.UntagLogGroup, &logs.UntagLogGroupInput{LogGroupName: "app", Tags: []string{"b", "c"}})
	f("")

	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint("k", i)] = "v"
	}
	ok(t, l.TagResource, &logs.TagResourceInput{ResourceArn: arn, Tags: many})
	two := map[string]string{"x": "", "y": ""}
	refused(t, l.TagResource, &logs.TagResourceInput{ResourceArn: arn, Tags: two}, logs.TooManyTagsException, "The log group would have 51 tags: at most 50 are allowed.")
	refused(t, l.TagLogGroup, &logs.TagLogGroupInput{LogGroupName: "app", Tags: two}, logs.InvalidParameterException, "The log group would have 51 tags: at most 50 are allowed.")
	r := func(tags map[string]string, text string) {
		t.Helper()
		refused(t, l.TagResource, &logs.TagResourceInput{ResourceArn: arn, Tags: tags}, logs.InvalidParameterException, text)
	}
	r(nil, "There are no tags: at least one must be given.")
	r(map[string]string{"": "x"}, `The tag key "" has 0 characters: it must have 1 to 128.`)
	r(map[string]string{"AWS:x": "x"}, `The tag key "AWS:x" begins with aws:, which is reserved.`)
	r(map[string]string{"x": strings.Repeat("v", 257)}, `The value of the tag "x" has 257 characters: it may have 256.`)
	refused(t, l.ListTagsForResource, &logs.ListTagsForResourceInput{ResourceArn: "app"}, logs.InvalidParameterException,
		`The resourceArn "app" is not an ARN: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME`)
	for _, err := range []error{
		second(l.TagResource(as(home), &logs.TagResourceInput{ResourceArn: arn + "x", Tags: two})),
		second(l.UntagResource(as(home), &logs.UntagResourceInput{ResourceArn: arn + "x"})),
		second(l.ListTagsForResource(as(home), &logs.ListTagsForResourceInput{ResourceArn: arn + "x"})),
		second(l.UntagLogGroup(as(home), &logs.UntagLogGroupInput{LogGroupName: "x"})),
		second(l.ListTagsLogGroup(as(home), &logs.ListTagsLogGroupInput{LogGroupName: "x"})),
	} {
		if err == nil || !strings.HasSuffix(err.Error(), noGroupText) {
			t.Errorf("a missing group: got %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
