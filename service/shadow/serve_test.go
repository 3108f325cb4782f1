package shadow

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/shape/iotdata"
)

func TestEveryTopic(t *testing.T) {
	for _, shadow := range []struct{ prefix, title string }{
		{"$aws/things/lamp/shadow", "lamp"},
		{"$aws/things/lamp/shadow/name/night", "night"},
	} {
		bubble(t, Default(), func(t *testing.T, w *world) {
			p := shadow.prefix
			w.want("update", w.send(p+"/update", `{"state":{"desired":{"on":true,"dim":5},"reported":{"on":false,"dim":5}},"clientToken":"t1"}`),
				p+`/update/accepted {"state":{"desired":{"dim":5,"on":true},"reported":{"dim":5,"on":false}},"metadata":{"desired":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}},"reported":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}}},"version":1,"timestamp":946684800,"clientToken":"t1"}`,
				p+`/update/delta {"state":{"on":true},"metadata":{"on":{"timestamp":946684800}},"version":1,"timestamp":946684800,"clientToken":"t1"}`,
				p+`/update/documents {"previous":{"state":{},"metadata":{},"version":0},"current":{"state":{"desired":{"dim":5,"on":true},"reported":{"dim":5,"on":false}},"metadata":{"desired":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}},"reported":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}}},"version":1},"timestamp":946684800,"clientToken":"t1"}`)
			time.Sleep(10 * time.Second)
			w.want("update without difference", w.send(p+"/update", `{"state":{"reported":{"on":true,"dim":5},"desired":null}}`),
				p+`/update/accepted {"state":{"desired":null,"reported":{"dim":5,"on":true}},"metadata":{"reported":{"dim":{"timestamp":946684810},"on":{"timestamp":946684810}}},"version":2,"timestamp":946684810}`,
				p+`/update/documents {"previous":{"state":{"desired":{"dim":5,"on":true},"reported":{"dim":5,"on":false}},"metadata":{"desired":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}},"reported":{"dim":{"timestamp":946684800},"on":{"timestamp":946684800}}},"version":1},"current":{"state":{"reported":{"dim":5,"on":true}},"metadata":{"reported":{"dim":{"timestamp":946684810},"on":{"timestamp":946684810}}},"version":2},"timestamp":946684810}`)
			time.Sleep(5 * time.Second)
			document := `{"state":{"reported":{"dim":5,"on":true}},"metadata":{"reported":{"dim":{"timestamp":946684810},"on":{"timestamp":946684810}}},"version":2,"timestamp":946684815`
			w.want("get", w.send(p+"/get", ``), p+`/get/accepted `+document+`}`)
			w.want("get with a token", w.send(p+"/get", `{"clientToken":"t2"}`), p+`/get/accepted `+document+`,"clientToken":"t2"}`)
			w.want("refused", w.send(p+"/update", `{"state":{},"version":1,"clientToken":"t3"}`),
				p+`/update/rejected {"code":409,"message":"Version conflict","timestamp":946684815,"clientToken":"t3"}`)
			w.want("delete", w.send(p+"/delete", `{"clientToken":"t4"}`), p+`/delete/accepted {"version":2,"timestamp":946684815,"clientToken":"t4"}`)
			w.want("delete again", w.send(p+"/delete", `what it says is ignored`),
				p+`/delete/rejected {"code":404,"message":"No shadow exists with name: '`+shadow.title+`'","timestamp":946684815}`)
			w.want("get after delete", w.send(p+"/get", ``), p+`/get/rejected {"code":404,"message":"No shadow exists with name: '`+shadow.title+`'","timestamp":946684815}`)
			fields := func(verb string) string {
				return " protocol=MQTT deviceShadowName=" + shadow.title + " topicName=" + p + "/" + verb
			}
			w.want("facts", w.recorded(),
				"UpdateThingShadow Success"+fields("update"),
				"UpdateThingShadow Success"+fields("update"),
				"GetThingShadow Success"+fields("get"),
				"GetThingShadow Success"+fields("get"),
				"UpdateThingShadow ClientError"+fields("update")+" reason=409 details=Version conflict",
				"DeleteThingShadow Success"+fields("delete"),
				"DeleteThingShadow ClientError"+fields("delete")+" reason=404 details=No shadow exists with name: '"+shadow.title+"'",
				"GetThingShadow ClientError"+fields("get")+" reason=404 details=No shadow exists with name: '"+shadow.title+"'")
			w.want("metrics", w.samples,
				"UpdateThingShadow.Accepted 1 [{Protocol MQTT}]", "UpdateThingShadow.Accepted 1 [{Protocol MQTT}]",
				"GetThingShadow.Accepted 1 [{Protocol MQTT}]", "GetThingShadow.Accepted 1 [{Protocol MQTT}]",
				"DeleteThingShadow.Accepted 1 [{Protocol MQTT}]")
		})
	}
}

func TestOtherTopicsAreLeftAlone(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		for _, topic := range []string{
			"$aws/things/lamp/shadow", "$aws/things/lamp/shadow/", "$aws/things/lamp/shadow/put", "$aws/things/lamp/shadow/update/accepted",
			"$aws/things/lamp/shadow/update/delta", "$aws/things/lamp/shadow/name/get", "$aws/things/lamp/shadow/name//get",
			"$aws/things/lamp/shadow/name/a/b/get", "$aws/things/lamp/jobs/get", "things/lamp/shadow/get", "",
		} {
			w.want(topic, w.send(topic, `{}`))
		}
		w.want("facts", w.recorded())
	})
}

func TestRejected(t *testing.T) {
	const p = "$aws/things/lamp/shadow"
	f := func(topic, payload, code, outcome, message, token string) {
		t.Helper()
		bubble(t, Default(), func(t *testing.T, w *world) {
			w.want(topic+" "+payload, w.send(topic, payload), topic+`/rejected {"code":`+code+`,"message":"`+message+`","timestamp":946684800`+token+`}`)
			got := w.recorded()
			if len(got) != 1 || !strings.Contains(got[0], " "+outcome+" ") || !strings.HasSuffix(got[0], " topicName="+topic+" reason="+code+" details="+message) {
				t.Errorf("%s %s: recorded %q, want one %s of %s", topic, payload, got, outcome, code)
			}
			if len(w.samples) > 0 {
				t.Errorf("a refusal was counted: %q", w.samples)
			}
		})
	}
	const token = `,"clientToken":"t"`
	f(p+"/get", `x`, "400", "ClientError", "Invalid JSON", "")
	f(p+"/get", `{"clientToken":7}`, "400", "ClientError", "Invalid clientToken", "")
	f(p+"/update", ``, "400", "ClientError", "Invalid JSON", "")
	f(p+"/update", `{"clientToken":"t"}`, "400", "ClientError", "Missing required node: state", token)
	f(p+"/update", `{"state":1,"clientToken":"t"}`, "400", "ClientError", "State node must be an object", token)
	f(p+"/update", `{"state":{"desired":1},"clientToken":"t"}`, "400", "ClientError", "Desired node must be an object", token)
	f(p+"/update", `{"state":{"reported":1},"clientToken":"t"}`, "400", "ClientError", "Reported node must be an object", token)
	f(p+"/update", `{"state":{"x":1},"clientToken":"t"}`, "400", "ClientError", "State contains an invalid node", token)
	f(p+"/update", `{"state":{},"version":"1","clientToken":"t"}`, "400", "ClientError", "Invalid version", token)
	f(p+"/update", `{"state":{"desired":[[[[[[[[]]]]]]]]}}`, "400", "ClientError", "JSON contains too many levels of nesting; maximum is 6", "")
	f(p+"/name/"+strings.Repeat("n", 65)+"/get", ``, "400", "ClientError", "Invalid shadow name", "")
	f("$aws/things/a b/shadow/get", ``, "404", "ClientError", "Thing not found", "")
	f("$aws/things/"+strings.Repeat("n", 129)+"/shadow/get", ``, "404", "ClientError", "Thing not found", "")
	f(p+"/get", `{"clientToken":"t"}`, "404", "ClientError", "No shadow exists with name: 'lamp'", token)
	f(p+"/delete", `{"clientToken":"t"}`, "404", "ClientError", "No shadow exists with name: 'lamp'", token)
	f(p+"/update", `{"state":{},"version":5,"clientToken":"t"}`, "409", "ClientError", "Version conflict", token)
	f(p+"/update", `{"state":{"desired":{"a":"`+strings.Repeat("x", 8192)+`"}},"clientToken":"t"}`, "413", "ClientError", "The payload exceeds the maximum size allowed", token)
	f(p+"/update", "{\"state\":{\"desired\":{\"a\":\"\xff\"}},\"clientToken\":\"t\"}", "415", "ClientError", "Unsupported documented encoding; supported encoding is UTF-8", "")
}

func TestTheSumIsTooLarge(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		half := strings.Repeat("x", 5000)
		w.send("$aws/things/lamp/shadow/update", `{"state":{"desired":{"a":"`+half+`"}}}`)
		w.want("second half", w.send("$aws/things/lamp/shadow/update", `{"state":{"reported":{"a":"`+half+`"}},"clientToken":"t"}`),
			`$aws/things/lamp/shadow/update/rejected {"code":413,"message":"The payload exceeds the maximum size allowed","timestamp":946684800,"clientToken":"t"}`)
	})
}

func TestBrokenDatabase(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		w.send("$aws/things/lamp/shadow/update", `{"state":{}}`)
		w.recorded()
		w.db.Close()
		for _, verb := range []string{"get", "update", "delete"} {
			topic := "$aws/things/lamp/shadow/" + verb
			w.want(verb, w.send(topic, `{"state":{},"clientToken":"t"}`),
				topic+`/rejected {"code":500,"message":"Internal service failure","timestamp":946684800,"clientToken":"t"}`)
			if got := w.recorded(); len(got) != 1 || !strings.Contains(got[0], "ServerError") || !strings.HasSuffix(got[0], "reason=500 details=Internal service failure") {
				t.Errorf("%s: recorded %q", verb, got)
			}
		}
		_, err := w.UpdateThingShadow(as(home), &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{}}`)})
		if f, _ := err.(*fault.Error); f == nil || f.Message() != "Internal service failure" || f.Code != iotdata.InternalFailureException || !strings.Contains(err.Error(), "closed") {
			t.Errorf("API: got %v, want the documented error, with the cause for the diary", err)
		}
	})
}

func TestOrigins(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		o := device(home, "dev1")
		w.HandleMessage(t.Context(), &message.Message{Origin: o, Topic: "$aws/things/lamp/shadow/update", Payload: []byte(`{"state":{"desired":{"a":1}}}`)})
		synctest.Wait()
		want := caller.Origin{Scope: home, Trace: o.Trace}
		if len(w.messages) != 3 {
			t.Fatalf("%d messages, want 3", len(w.messages))
		}
		for _, m := range w.messages {
			if m.Origin != want || m.QoS != 1 || m.Retain || m.Properties != nil {
				t.Errorf("%s: got %+v, want the origin %+v and QoS 1", m.Topic, m, want)
			}
		}
		// The fact keeps the client, by whom levels are decided.
		if len(w.origins) != 1 || w.origins[0] != o {
			t.Errorf("the fact is of %+v, want %+v", w.origins, o)
		}
		o.Trace = caller.Trace{}
		w.HandleMessage(t.Context(), &message.Message{Origin: o, Topic: "$aws/things/lamp/shadow/get"})
		synctest.Wait()
		if trace := w.messages[3].Origin.Trace; trace.IsZero() || trace != w.origins[1].Trace {
			t.Errorf("without a trace: answer %v, fact %v", trace, w.origins[1].Trace)
		}
	})
}

func TestScopesNeverMeet(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		scopes := []caller.Scope{home, elsewhere, stranger}
		for i, s := range scopes {
			for range i + 1 {
				w.sendAs(device(s, "dev1"), "$aws/things/lamp/shadow/update", fmt.Sprintf(`{"state":{"reported":{"of":%d}}}`, i))
			}
			w.sendAs(device(s, "dev1"), "$aws/things/lamp/shadow/name/n"+fmt.Sprint(i)+"/update", `{"state":{}}`)
		}
		w.sendAs(device(home, "dev1"), "$aws/things/lamp/shadow/delete", ``)
		refused(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"}, iotdata.ResourceNotFoundException, "No shadow exists with name: 'lamp'")
		for i, s := range scopes[1:] {
			want := fmt.Sprintf(`{"state":{"reported":{"of":%d}},"metadata":{"reported":{"of":{"timestamp":946684800}}},"version":%d,"timestamp":946684800}`, i+1, i+2)
			if got := string(ok(t, s, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"}).Payload); got != want {
				t.Errorf("%v: got %s, want %s", s, got, want)
			}
			if log, err := w.Log(t.Context(), s, "lamp", "", 0, 100); err != nil || len(log) != i+2 {
				t.Errorf("%v: %d changes, %v, want %d", s, len(log), err, i+2)
			}
		}
		for i, s := range scopes {
			if got := ok(t, s, w.ListNamedShadowsForThing, &iotdata.ListNamedShadowsForThingInput{ThingName: "lamp"}); fmt.Sprint(got.Results) != fmt.Sprintf("[n%d]", i) {
				t.Errorf("%v: got %q", s, got.Results)
			}
		}
	})
}

func TestVersionIsRememberedFor48Hours(t *testing.T) {
	f := func(after time.Duration, want int) {
		t.Helper()
		bubble(t, Default(), func(t *testing.T, w *world) {
			for range 3 {
				w.send("$aws/things/lamp/shadow/update", `{"state":{"reported":{"a":1}}}`)
			}
			w.send("$aws/things/lamp/shadow/delete", ``)
			time.Sleep(after)
			got := w.send("$aws/things/lamp/shadow/update", `{"state":{}}`)
			if part := fmt.Sprintf(`"version":%d,`, want); !strings.Contains(got[0], part) {
				t.Errorf("made again after %v: got %s, want %s", after, got[0], part)
			}
			if got := string(ok(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"}).Payload); strings.Contains(got, `"a"`) {
				t.Errorf("the deleted state is back: %s", got)
			}
		})
	}
	f(0, 4)
	f(47*time.Hour, 4)
	f(48*time.Hour, 4)
	f(48*time.Hour+time.Second, 1)
	f(60*24*time.Hour, 1) // and the sweep has been there
}

func TestVersionIsRememberedWithoutHistory(t *testing.T) {
	cfg := Default()
	cfg.History = 0
	bubble(t, cfg, func(t *testing.T, w *world) {
		w.send("$aws/things/lamp/shadow/update", `{"state":{}}`)
		w.send("$aws/things/lamp/shadow/delete", ``)
		time.Sleep(47 * time.Hour)
		if got := w.send("$aws/things/lamp/shadow/update", `{"state":{},"version":1}`); !strings.Contains(got[0], `"version":2,`) {
			t.Errorf("got %s, want version 2", got[0])
		}
	})
}

func TestOrder(t *testing.T) {
	cfg := Default()
	cfg.InFlight = 1000
	bubble(t, cfg, func(t *testing.T, w *world) {
		for i := range 1000 {
			topic := fmt.Sprintf("$aws/things/thing%d/shadow/update", i%10)
			w.HandleMessage(context.Background(), &message.Message{Origin: device(home, "dev1"), Topic: topic, Payload: fmt.Appendf(nil, `{"state":{},"clientToken":"%d"}`, i/10)})
		}
		synctest.Wait()
		next := map[string]int{}
		for _, m := range w.published() {
			topic, payload, _ := strings.Cut(m, " ")
			if !strings.HasSuffix(topic, "/accepted") {
				continue
			}
			if want := fmt.Sprintf(`{"state":{},"metadata":{},"version":%d,"timestamp":%d,"clientToken":"%d"}`, next[topic]+1, epoch, next[topic]); payload != want {
				t.Errorf("%s: got %s, want %s", topic, payload, want)
			}
			next[topic]++
		}
		if len(next) != 10 {
			t.Errorf("answers on %d topics, want 10", len(next))
		}
	})
}
