package arn

import (
	"testing"

	"telltale/base/caller"
)

func TestParse(t *testing.T) {
	ok := func(in string, want ARN) {
		t.Helper()
		got, err := Parse(in)
		if err != nil || got != want || got.String() != in {
			t.Errorf("Parse(%q) = %+v, %v, want %+v and the same text back", in, got, err, want)
		}
	}
	ok("arn:aws:iot:us-east-1:123456789012:topic/a:b/c", ARN{"aws", "iot", "us-east-1", "123456789012", "topic/a:b/c"})
	ok("arn:aws:iam::123456789012:role/x", ARN{"aws", "iam", "", "123456789012", "role/x"})
	for _, in := range []string{"", "arn:aws:iot", "arn:aws:iot:r:a:", "x:aws:iot:r:a:b", "arn:aws::r:a:b"} {
		if _, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) succeeded", in)
		}
	}
}

func TestBuilders(t *testing.T) {
	scope := caller.Scope{Account: "000000000000", Region: "eu-west-1"}
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(IoT(scope, "thing", "lamp"), "arn:aws:iot:eu-west-1:000000000000:thing/lamp")
	f(IAM("000000000000", "root"), "arn:aws:iam::000000000000:root")
	f(LogStream(scope, "g", "s"), "arn:aws:logs:eu-west-1:000000000000:log-group:g:log-stream:s")
}
