package eventlog_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/broker"
	"telltale/service/eventlog"
)

// payloadOf records a message of the lamp and returns what its two entries say of the payload; both must say the same.
func (w *world) payloadOf(o caller.Origin, payload []byte) string {
	w.t.Helper()
	w.writer.take()
	w.record(o, &broker.PublishIn{Topic: "t", Payload: payload}, &broker.PublishOut{Topic: "t", Payload: payload})
	var said []string
	for _, e := range w.writer.take() {
		for _, problem := range readCatalogue(w.t).Validate(e.message) {
			w.t.Errorf("%s: %s", e.message, problem)
		}
		_, text, _ := strings.Cut(e.message, `"sourcePort":4711`)
		said = append(said, strings.TrimSuffix(strings.TrimPrefix(text, ","), "}"))
	}
	if len(said) != 2 || said[0] != said[1] {
		w.t.Fatalf("got %q, want two entries that agree", said)
	}
	return said[0]
}

func newCapturing(t *testing.T) (*world, caller.Origin) {
	w := newWorld(t, eventlog.Config{})
	w.configure("INFO")
	o := lamp
	o.PrincipalID = strings.Repeat("0123456789abcdef", 4)
	return w, o
}

func TestCapture(t *testing.T) {
	limit := func(n int32) *int32 { return &n }
	f := func(in iot.SetPayloadCaptureInput, payload, want string) {
		t.Helper()
		w, o := newCapturing(t)
		if got := w.payloadOf(o, []byte(payload)); got != "" {
			t.Errorf("nobody asked, and the entry says %s", got)
		}
		in.LogTarget, in.DurationSeconds = on("CLIENT_ID lamp"), 60
		ok(t, w.log.SetPayloadCapture, &in)
		if got := w.payloadOf(o, []byte(payload)); got != want {
			t.Errorf("%+v: %q\n got %s\nwant %s", in, payload, got, want)
		}
	}
	text := iot.SetPayloadCaptureInput{}
	f(text, `{"on":true}`, `"payload":"{\"on\":true}","payloadEncoding":"text","payloadSize":11`)
	f(text, "", `"payload":"","payloadEncoding":"text","payloadSize":0`)
	f(text, "\xff\x00", `"payload":"ff00","payloadEncoding":"hex","payloadSize":2`)
	f(text, strings.Repeat("x", 1025), `"payload":"`+strings.Repeat("x", 1024)+`","payloadEncoding":"text","payloadSize":1025,"payloadTruncated":true`)
	f(iot.SetPayloadCaptureInput{MaximumBytes: limit(3)}, "aüü", `"payload":"aü","payloadEncoding":"text","payloadSize":5,"payloadTruncated":true`)
	f(iot.SetPayloadCaptureInput{MaximumBytes: limit(2)}, "aüü", `"payload":"a","payloadEncoding":"text","payloadSize":5,"payloadTruncated":true`)
	f(iot.SetPayloadCaptureInput{MaximumBytes: limit(3)}, "abc", `"payload":"abc","payloadEncoding":"text","payloadSize":3`)
	f(iot.SetPayloadCaptureInput{Encoding: "hex", MaximumBytes: limit(2)}, "abc", `"payload":"6162","payloadEncoding":"hex","payloadSize":3,"payloadTruncated":true`)
	const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of abc
	f(iot.SetPayloadCaptureInput{Encoding: "sha256", MaximumBytes: limit(1)}, "abc", `"payload":"`+hash+`","payloadEncoding":"sha256","payloadSize":3`)

	// A secret is hidden before the payload is cut, in whatever form the rest is shown; where it cannot be found, nothing is shown.
	token := iot.SetPayloadCaptureInput{Redact: []string{"$.token", "$..key"}}
	f(token, `{"token":"s3cret","a":{"key":1}}`, `"payload":"{\"token\":\"[REDACTED]\",\"a\":{\"key\":\"[REDACTED]\"}}","payloadEncoding":"text","payloadSize":32`)
	f(token, "abc", `"payload":"`+hash+`","payloadEncoding":"sha256","payloadSize":3`)
	short := token
	short.MaximumBytes = limit(12)
	f(short, `{"token":"s3cret"}`, `"payload":"{\"token\":\"[R","payloadEncoding":"text","payloadSize":18,"payloadTruncated":true`)
	hex := token
	hex.Encoding = "hex"
	f(hex, `{"key":1}`, `"payload":"7b226b6579223a225b52454441435445445d227d","payloadEncoding":"hex","payloadSize":9`)
	f(iot.SetPayloadCaptureInput{Encoding: "text", MaximumBytes: limit(32768)}, strings.Repeat("\x01", 32768),
		`"payload":"`+strings.Repeat(`\u0001`, 32768)+`","payloadEncoding":"text","payloadSize":32768`)
}

// A payload that nobody knows is not told, and one of a refused message is.
func TestCaptureOfFailures(t *testing.T) {
	w, o := newCapturing(t)
	ok(t, w.log.SetPayloadCapture, &iot.SetPayloadCaptureInput{LogTarget: on("CLIENT_ID lamp"), DurationSeconds: 60})
	if got := w.payloadOf(o, nil); got != "" {
		t.Errorf("got %s", got)
	}
	denied := event.Failure{Outcome: event.AuthError, Reason: "AUTHORIZATION_FAILURE", Details: "Authorization Failure", Why: "{}"}
	w.record(o, &broker.PublishIn{Topic: "t", Payload: []byte("x"), Failure: denied})
	entry := w.writer.take()[0].message
	if !strings.HasSuffix(entry, `"authorization":{},"payload":"x","payloadEncoding":"text","payloadSize":1}`) {
		t.Errorf("got %s", entry)
	}
	for _, problem := range readCatalogue(t).Validate(entry) {
		t.Error(problem)
	}
}

// It is found as levels are, and ends as they do.
func TestCaptureTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := newCapturing(t)
		w.groups["lamp"] = lampGroups
		stop := w.running()
		defer stop()
		set := func(resource, encoding string, seconds int32) {
			t.Helper()
			ok(t, w.log.SetPayloadCapture, &iot.SetPayloadCaptureInput{LogTarget: on(resource), Encoding: encoding, DurationSeconds: seconds, Redact: []string{"$.a"}})
		}
		says := func(want string) {
			t.Helper()
			if got := w.payloadOf(o, []byte(`"u"`)); !strings.Contains(got, want) || want == "" && got != "" {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		set("CLIENT_ID other", "text", 60)
		says("")
		set("THING_GROUP Town", "hex", 60)
		says(`"payload":"227522"`)
		set("PRINCIPAL_ID "+o.PrincipalID, "text", 30)
		says(`"payload":"\"u\""`)
		list := ok(t, w.log.ListPayloadCaptures, &iot.ListPayloadCapturesInput{}).PayloadCaptures
		limit := int32(1024)
		want := iot.PayloadCapture{LogTarget: on("CLIENT_ID other"), Encoding: "text", MaximumBytes: &limit, Redact: []string{"$.a"}, ExpiresAt: time.Now().Add(time.Minute).UTC()}
		if len(list) != 3 || !reflect.DeepEqual(list[0], want) {
			t.Errorf("got %+v, want first %+v", list, want)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		says(`"payload":"227522"`)
		for range 2 {
			ok(t, w.log.DeletePayloadCapture, &iot.DeletePayloadCaptureInput{TargetType: "THING_GROUP", TargetName: "Town"})
		}
		says("")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if list := ok(t, w.log.ListPayloadCaptures, &iot.ListPayloadCapturesInput{}).PayloadCaptures; len(list) != 0 {
			t.Errorf("got %+v, want none", list)
		}
		if n := strings.Count(w.diary.String(), "a temporary log capture ended"); n != 2 {
			t.Errorf("%d ends in the diary, want 2:\n%s", n, w.diary)
		}
	})
}

func TestCaptureRefused(t *testing.T) {
	w, _ := newCapturing(t)
	refused(t, w.log.SetPayloadCapture, &iot.SetPayloadCaptureInput{LogTarget: on("CLIENT_ID lamp"), DurationSeconds: 60, Redact: []string{"$.a", "token"}},
		fault.Invalid, "", `What to redact cannot be read: path "token", character 1: want $ for the document.`)
	refused(t, w.log.SetPayloadCapture, &iot.SetPayloadCaptureInput{LogTarget: on("DEFAULT"), DurationSeconds: 60},
		fault.Invalid, "", "The target type DEFAULT is no resource; allowed are CLIENT_ID, PRINCIPAL_ID, SOURCE_IP and THING_GROUP.")
}
