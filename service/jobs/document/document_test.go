package document

import (
	"errors"
	"testing"
)

func TestFill(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := Fill(text, map[string]string{"a": `x"<y>`}); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	f(`{"v":"${aws:iot:parameter:a}-${aws:iot:parameter:b}"}`, `{"v":"x\"<y>-"}`)
	f(`{"v":"${aws:iot:parameter:}${aws:iot:thing:a}"}`, `{"v":"${aws:iot:parameter:}${aws:iot:thing:a}"}`)
}

func TestSign(t *testing.T) {
	refusal := errors.New("no such role")
	f := func(text, want string, wantErr error) {
		t.Helper()
		got, err := Sign(text, func(at Place) (string, error) {
			if at.Bucket == "closed" {
				return "", refusal
			}
			return "https://" + at.Bucket + "/" + at.Key + "?a&b", nil
		})
		if err != wantErr || err == nil && got != want {
			t.Errorf("%s: got %s, %v; want %s, %v", text, got, err, want, wantErr)
		}
	}
	f(`{"u":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}"}`, `{"u":"https://b/k?a&b"}`, nil)
	f(`["${aws:iot:s3-presigned-url-v2:https://b.s3.amazonaws.com/k}","${aws:iot:s3-presigned-url:https://s3.amazonaws.com/c/l}"]`, `["https://b/k?a&b","https://c/l?a&b"]`, nil)
	f(`{"u":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/closed/k}"}`, "", refusal)
	f(`{}`, `{}`, nil)
}

func TestLinks(t *testing.T) {
	n, bad := 0, 0
	for link, err := range Links(`["${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}","${aws:iot:s3-presigned-url:https://example.com/k}"]`) {
		if n++; err != nil {
			bad++
			if link != "${aws:iot:s3-presigned-url:https://example.com/k}" {
				t.Errorf("refused %s: %v", link, err)
			}
		}
	}
	if n != 2 || bad != 1 {
		t.Errorf("%d links of which %d are refused, want 2 and 1", n, bad)
	}
	if got := Artifact(`{"a":"${aws:iot:package:p:version:1:artifact:s3-presigned-url}"}`); got != "${aws:iot:package:p:version:1:artifact:s3-presigned-url}" {
		t.Errorf("got the artifact %q", got)
	}
}
