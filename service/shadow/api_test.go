package shadow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"telltale/base/fault"
	"telltale/lang/shape/iotdata"
)

func TestAPI(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		for _, shadow := range []struct{ name, topic, title string }{
			{"", "$aws/things/lamp/shadow/", "lamp"},
			{"night", "$aws/things/lamp/shadow/name/night/", "night"},
		} {
			w.samples = nil
			change := &iotdata.UpdateThingShadowInput{ThingName: "lamp", ShadowName: shadow.name, Payload: []byte(`{"state":{"desired":{"on":true}},"clientToken":"t"}`)}
			f := func(what string, got []byte, want string) {
				t.Helper()
				if string(got) != want {
					t.Errorf("%s\n got %s\nwant %s", what, got, want)
				}
			}
			f("update", ok(t, home, w.UpdateThingShadow, change).Payload,
				`{"state":{"desired":{"on":true}},"metadata":{"desired":{"on":{"timestamp":946684800}}},"version":1,"timestamp":946684800,"clientToken":"t"}`)
			w.want("messages", w.published(),
				shadow.topic+`update/delta {"state":{"on":true},"metadata":{"on":{"timestamp":946684800}},"version":1,"timestamp":946684800,"clientToken":"t"}`,
				shadow.topic+`update/documents {"previous":{"state":{},"metadata":{},"version":0},"current":{"state":{"desired":{"on":true}},"metadata":{"desired":{"on":{"timestamp":946684800}}},"version":1},"timestamp":946684800,"clientToken":"t"}`)
			f("get", ok(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp", ShadowName: shadow.name}).Payload,
				`{"state":{"desired":{"on":true},"delta":{"on":true}},"metadata":{"desired":{"on":{"timestamp":946684800}},"delta":{"on":{"timestamp":946684800}}},"version":1,"timestamp":946684800}`)
			f("delete", ok(t, home, w.DeleteThingShadow, &iotdata.DeleteThingShadowInput{ThingName: "lamp", ShadowName: shadow.name}).Payload,
				`{"version":1,"timestamp":946684800}`)
			w.want("messages", w.published())
			fields := func(verb string) string {
				return " protocol=HTTP deviceShadowName=" + shadow.title + " topicName=" + shadow.topic + verb
			}
			w.want("facts", w.recorded(), "UpdateThingShadow Success"+fields("update"), "GetThingShadow Success"+fields("get"), "DeleteThingShadow Success"+fields("delete"))
			w.want("metrics", w.samples, "UpdateThingShadow.Accepted 1 [{Protocol HTTP}]", "GetThingShadow.Accepted 1 [{Protocol HTTP}]", "DeleteThingShadow.Accepted 1 [{Protocol HTTP}]")
		}
		for _, o := range w.origins {
			if o.Trace.IsZero() || o.Scope != home || o.PrincipalID != "AIDAEXAMPLE" || o.SourceIP != "198.51.100.1" || o.ClientID != "" {
				t.Errorf("a fact is of %+v", o)
			}
		}
	})
}

func TestAPIRefuses(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		const none = "No shadow exists with name: 'lamp'"
		refused(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"}, iotdata.ResourceNotFoundException, none)
		refused(t, home, w.DeleteThingShadow, &iotdata.DeleteThingShadowInput{ThingName: "lamp"}, iotdata.ResourceNotFoundException, none)
		refused(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "a b"}, iotdata.ResourceNotFoundException, "Thing not found")
		refused(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp", ShadowName: "a b"}, iotdata.InvalidRequestException, "Invalid shadow name")
		f := func(payload, code, text string) {
			t.Helper()
			refused(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(payload)}, code, text)
		}
		f(`{}`, iotdata.InvalidRequestException, "Missing required node: state")
		f(`{"state":{},"version":1}`, iotdata.ConflictException, "Version conflict")
		f(`{"state":{"desired":{"a":"`+strings.Repeat("x", 9000)+`"}}}`, iotdata.RequestEntityTooLargeException, "The payload exceeds the maximum size allowed")
		f("\xff", iotdata.UnsupportedDocumentEncodingException, "Unsupported documented encoding; supported encoding is UTF-8")
		w.want("messages", w.published())
		facts := w.recorded()
		if len(facts) != 8 || len(w.samples) != 0 {
			t.Errorf("%d facts and %d samples, want 8 and none", len(facts), len(w.samples))
		}
		for _, fact := range facts {
			if !strings.Contains(fact, " ClientError protocol=HTTP ") || !strings.Contains(fact, " reason=4") {
				t.Errorf("recorded %s", fact)
			}
		}
	})
}

// An API caller is told all that a device is told.
func TestAPIErrorDocument(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		f := func(payload string, want map[string]any) {
			t.Helper()
			_, err := w.UpdateThingShadow(as(home), &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(payload)})
			if e, _ := err.(*fault.Error); e == nil || !maps.Equal(e.Members, want) {
				t.Errorf("%s: got %+v, want an error with %v", payload, err, want)
			}
		}
		f(`{"state":{},"version":7,"clientToken":"a\"b"}`, map[string]any{"code": 409, "timestamp": int64(epoch), "clientToken": `a"b`})
		f(`{"state":1}`, map[string]any{"code": 400, "timestamp": int64(epoch)})
	})
}

// What the gateway refuses is told in AWS's words and recorded like every other refusal, with the reason.
func TestRefusedEarly(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		denied := fault.New("x", fault.Denied, "User: ada is not authorized to perform: iot:X on resource: thing/lamp/night").Named("AccessDeniedException")
		invalid := fault.New("x", fault.Invalid, "1 validation error detected: Value 'la mp' at 'thingName'").Named(iotdata.InvalidRequestException)
		f := func(err error, code, text string, recorded ...string) {
			t.Helper()
			if e, _ := err.(*fault.Error); e == nil || e.Code != code || e.Message() != text || e.Members["timestamp"] != int64(epoch) {
				t.Errorf("got %+v, want %s: %s", err, code, text)
			}
			w.want("facts", w.recorded(), recorded...)
		}
		ctx, night := as(home), "$aws/things/lamp/shadow/name/night/"
		f(w.GetRefused(ctx, &iotdata.GetThingShadowInput{ThingName: "lamp", ShadowName: "night"}, denied), iotdata.ForbiddenException, "Forbidden",
			"GetThingShadow AuthError protocol=HTTP deviceShadowName=night topicName="+night+"get reason=403 details="+denied.Text)
		update := &iotdata.UpdateThingShadowInput{ThingName: "lamp", ShadowName: "night", Payload: []byte(`{"state":1,"clientToken":"t"}`)}
		err := w.UpdateRefused(ctx, update, denied)
		if e := err.(*fault.Error); e.Members["clientToken"] != "t" {
			t.Errorf("got %+v, want the client token", e)
		}
		f(err, iotdata.ForbiddenException, "Forbidden",
			"UpdateThingShadow AuthError protocol=HTTP deviceShadowName=night topicName="+night+"update reason=403 details="+denied.Text)
		f(w.DeleteRefused(ctx, &iotdata.DeleteThingShadowInput{ThingName: "la mp"}, invalid), iotdata.InvalidRequestException, invalid.Text,
			"DeleteThingShadow ClientError protocol=HTTP deviceShadowName=la mp topicName=$aws/things/la mp/shadow/delete reason=400 details="+invalid.Text)
		f(w.ListRefused(ctx, &iotdata.ListNamedShadowsForThingInput{ThingName: "lamp"}, denied), iotdata.ForbiddenException, "Forbidden")
		f(w.GetRefused(ctx, &iotdata.GetThingShadowInput{ThingName: "lamp"}, errors.New("disk")), iotdata.InternalFailureException, "Internal service failure",
			"GetThingShadow ServerError protocol=HTTP deviceShadowName=lamp topicName=$aws/things/lamp/shadow/get reason=500 details=Internal service failure")
	})
}

// A caller that gives up gets an answer although nobody serves.
func TestAPIGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t), Default())
		ctx, cancel := context.WithCancel(as(home))
		cancel()
		_, err := w.UpdateThingShadow(ctx, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{}}`)})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want unavailable", err)
		}
	})
}

func TestThrottledAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Lanes, cfg.Waiting = 1, 1
		w := newWorld(t, memory(t), cfg)
		for range 2 {
			w.send("$aws/things/lamp/shadow/get", ``)
		}
		refused(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{}}`)}, iotdata.ThrottlingException, "Too many requests")
	})
}

func TestListNamedShadows(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		list := func(thing, token string, size int32) (string, string) {
			in := &iotdata.ListNamedShadowsForThingInput{ThingName: thing, NextToken: token}
			if size > 0 {
				in.PageSize = &size
			}
			out := ok(t, home, w.ListNamedShadowsForThing, in)
			if out.Timestamp == nil || *out.Timestamp != epoch || out.Results == nil {
				t.Errorf("%+v: got %+v", in, out)
			}
			return fmt.Sprint(out.Results), out.NextToken
		}
		f := func(thing string, size int32, want ...string) {
			t.Helper()
			token := ""
			for i, page := range want {
				got, next := list(thing, token, size)
				if token = next; got != page || (next == "") != (i == len(want)-1) {
					t.Errorf("%s, page %d of %d names: got %s and token %q, want %s", thing, i, size, got, next, page)
				}
			}
		}
		f("lamp", 0, "[]")
		for _, thing := range []string{"lamp", "lamp2", "lam"} {
			w.send("$aws/things/"+thing+"/shadow/update", `{"state":{}}`)
		}
		f("lamp", 0, "[]") // the unnamed one is not listed
		for _, name := range []string{"d", "a", "c$:_-", "b", "e"} {
			for range 3 {
				w.send("$aws/things/lamp/shadow/name/"+name+"/update", `{"state":{}}`)
			}
		}
		w.send("$aws/things/lamp/shadow/name/b/delete", ``)
		f("lamp", 0, "[a c$:_- d e]")
		f("lamp", 4, "[a c$:_- d e]")
		f("lamp", 3, "[a c$:_- d]", "[e]")
		f("lamp", 1, "[a]", "[c$:_-]", "[d]", "[e]")
		f("lamp2", 0, "[]")
		for i := range 30 {
			w.send(fmt.Sprintf("$aws/things/many/shadow/name/%02d/update", i), `{"state":{}}`)
		}
		if got, token := list("many", "", 0); strings.Count(got, " ") != 24 || token == "" {
			t.Errorf("a page without size: got %s and token %q", got, token)
		}
		w.recorded()
		w.samples = nil
		zero, much := int32(0), int32(101)
		for _, in := range []*iotdata.ListNamedShadowsForThingInput{{ThingName: "lamp", PageSize: &zero}, {ThingName: "lamp", PageSize: &much}} {
			refused(t, home, w.ListNamedShadowsForThing, in, iotdata.InvalidRequestException, fmt.Sprintf("The pageSize %d is not allowed: it must be 1 to 100.", *in.PageSize))
		}
		refused(t, home, w.ListNamedShadowsForThing, &iotdata.ListNamedShadowsForThingInput{ThingName: "lamp", NextToken: "x"},
			iotdata.InvalidRequestException, "The nextToken is invalid: it was not returned by ListNamedShadowsForThing.")
		refused(t, home, w.ListNamedShadowsForThing, &iotdata.ListNamedShadowsForThingInput{ThingName: "a b"}, iotdata.ResourceNotFoundException, "Thing not found")
		list("lamp", "", 0)
		w.want("facts", w.recorded(), " ClientError", " ClientError", " ClientError", " ClientError", " Success")
		w.want("metrics", w.samples, "ListThingShadow.Accepted 1 [{Protocol HTTP}]")
	})
}
