package jobs

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"
)

// Whatever a device sends, it is either understood or refused in words, and the answer is JSON.
func FuzzRequest(f *testing.F) {
	for _, topic := range []string{"get", "start-next", "$next/get", "j1/get", "j1/update", "j1/put", "a b/update", "get/accepted", ""} {
		for _, payload := range []string{"", "{}", "null", "[]", "x", `{"clientToken":"t"}`, `{"status":"SUCCEEDED","expectedVersion":"1"}`,
			`{"status":"IN_PROGRESS","statusDetails":{"a":"b"},"stepTimeoutInMinutes":-1,"executionNumber":1,"includeJobDocument":true}`,
			`{"status":null,"expectedVersion":9223372036854775808}`, "{\"clientToken\":\"\xff\"}", `{"statusDetails":{"a":"\ud800"}}`} {
			f.Add("$aws/things/lamp/jobs/"+topic, []byte(payload))
		}
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		a, ok := parseTopic(topic)
		if !ok {
			return
		}
		r := &request{address: a, scope: home, topic: topic, at: now()}
		r.read(payload)
		if r.err == nil {
			if a.verb == update && (!isStatus(r.status) || r.number < 0 || len(r.details) > maxDetails) {
				t.Errorf("%s %q was understood as %+v", topic, payload, r.ask)
			}
			if a.topic() != topic && utf8.ValidString(topic) {
				t.Errorf("%s is the topic of %s", topic, a.topic())
			}
			r.err = refuse(versionMismatch, "no")
			r.execution = &execution{Status: queued}
		} else if refused, is := errors.AsType[*refusal](r.err); !is || refused.message == "" {
			t.Errorf("%s %q was refused with %v", topic, payload, r.err)
		}
		if answer := r.answer(); !json.Valid(answer) {
			t.Errorf("%s %q was answered with %q", topic, payload, answer)
		}
		r.fact()
	})
}
