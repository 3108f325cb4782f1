package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/lane"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
)

const lamp = "$aws/things/lamp/jobs/"

func TestEveryRequest(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.want("nothing to do", w.send(lamp+"get", `{"clientToken":"t0"}`),
			`to dev1: get/accepted {"inProgressJobs":[],"queuedJobs":[],"timestamp":946684800,"clientToken":"t0"}`)
		w.want("nothing to start", w.send(lamp+"start-next", `{}`), `to dev1: start-next/accepted {"timestamp":946684800}`)
		w.want("no next", w.send(lamp+"$next/get", ``), `to dev1: $next/get/accepted {"timestamp":946684800}`)

		w.give(job{ID: "j1", Settings: plan.Settings{Timeout: 5}}, "lamp")
		w.want("told of the first", w.published(),
			`notify {"timestamp":946684800,"jobs":{"QUEUED":[{"jobId":"j1","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":1}]}}`,
			`notify-next {"timestamp":946684800,"execution":{"jobId":"j1","status":"QUEUED","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":1,"jobDocument":{"do":"j1"}}}`)
		time.Sleep(10 * time.Second)
		w.give(job{ID: "j2"}, "lamp")
		w.want("told of the second", w.published(),
			`notify {"timestamp":946684810,"jobs":{"QUEUED":[{"jobId":"j1","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":1},`+
				`{"jobId":"j2","queuedAt":946684810,"lastUpdatedAt":946684810,"versionNumber":1,"executionNumber":1}]}}`)

		w.want("start", w.send(lamp+"start-next", `{"statusDetails":{"step":"1"},"stepTimeoutInMinutes":2,"clientToken":"t1"}`),
			`to dev1: start-next/accepted {"execution":{"jobId":"j1","thingName":"lamp","status":"IN_PROGRESS","statusDetails":{"step":"1"},"queuedAt":946684800,"startedAt":946684810,`+
				`"lastUpdatedAt":946684810,"approximateSecondsBeforeTimedOut":120,"versionNumber":2,"executionNumber":1,"jobDocument":{"do":"j1"}},"timestamp":946684810,"clientToken":"t1"}`)
		time.Sleep(10 * time.Second)
		w.want("start again", w.send(lamp+"start-next", `{"statusDetails":{"step":"9"}}`),
			`to dev1: start-next/accepted {"execution":{"jobId":"j1","thingName":"lamp","status":"IN_PROGRESS","statusDetails":{"step":"1"},"queuedAt":946684800,"startedAt":946684810,`+
				`"lastUpdatedAt":946684810,"approximateSecondsBeforeTimedOut":110,"versionNumber":2,"executionNumber":1,"jobDocument":{"do":"j1"}},"timestamp":946684820}`)
		w.want("list", w.send(lamp+"get", `{}`), `to dev1: get/accepted {"inProgressJobs":[{"jobId":"j1","queuedAt":946684800,"startedAt":946684810,"lastUpdatedAt":946684810,"versionNumber":2,"executionNumber":1}],`+
			`"queuedJobs":[{"jobId":"j2","queuedAt":946684810,"lastUpdatedAt":946684810,"versionNumber":1,"executionNumber":1}],"timestamp":946684820}`)
		w.want("next", w.send(lamp+"$next/get", `{"includeJobDocument":false}`),
			`to dev1: $next/get/accepted {"execution":{"jobId":"j1","thingName":"lamp","status":"IN_PROGRESS","statusDetails":{"step":"1"},"queuedAt":946684800,"startedAt":946684810,`+
				`"lastUpdatedAt":946684810,"approximateSecondsBeforeTimedOut":110,"versionNumber":2,"executionNumber":1},"timestamp":946684820}`)

		w.want("progress", w.send(lamp+"j1/update", `{"status":"IN_PROGRESS","statusDetails":{"step":"2"},"expectedVersion":"2","stepTimeoutInMinutes":-1,"includeJobExecutionState":true,"includeJobDocument":true}`),
			`to dev1: j1/update/accepted {"executionState":{"status":"IN_PROGRESS","statusDetails":{"step":"2"},"versionNumber":3},"jobDocument":{"do":"j1"},"timestamp":946684820}`)
		w.want("success", w.send(lamp+"j1/update", `{"status":"SUCCEEDED","clientToken":"t2"}`),
			`to dev1: j1/update/accepted {"timestamp":946684820,"clientToken":"t2"}`,
			`notify {"timestamp":946684820,"jobs":{"QUEUED":[{"jobId":"j2","queuedAt":946684810,"lastUpdatedAt":946684810,"versionNumber":1,"executionNumber":1}]}}`,
			`notify-next {"timestamp":946684820,"execution":{"jobId":"j2","status":"QUEUED","queuedAt":946684810,"lastUpdatedAt":946684810,"versionNumber":1,"executionNumber":1,"jobDocument":{"do":"j2"}}}`)
		w.want("describe", w.send(lamp+"j1/get", `{"executionNumber":1}`),
			`to dev1: j1/get/accepted {"execution":{"jobId":"j1","thingName":"lamp","status":"SUCCEEDED","statusDetails":{"step":"2"},"queuedAt":946684800,"startedAt":946684810,`+
				`"lastUpdatedAt":946684820,"versionNumber":4,"executionNumber":1,"jobDocument":{"do":"j1"}},"timestamp":946684820}`)
		w.want("the last ends without a start", w.send(lamp+"j2/update", `{"status":"REJECTED","statusDetails":{"why":"no"},"includeJobExecutionState":true}`),
			`to dev1: j2/update/accepted {"executionState":{"status":"REJECTED","statusDetails":{"why":"no"},"versionNumber":2},"timestamp":946684820}`,
			`notify {"timestamp":946684820,"jobs":{}}`, `notify-next {"timestamp":946684820}`)

		w.want("facts", w.take(&w.facts),
			"GetPendingJobExecution Success protocol=MQTT clientId=dev1 topicName="+lamp+"get clientToken=t0 details=The request status is SUCCESS.",
			"StartNextPendingJobExecution Success protocol=MQTT clientId=dev1 topicName="+lamp+"start-next details=The request status is SUCCESS.",
			"DescribeJobExecution Success protocol=MQTT clientId=dev1 jobId=$next topicName="+lamp+"$next/get details=The request status is SUCCESS.",
			"StartNextPendingJobExecution Success protocol=MQTT clientId=dev1 topicName="+lamp+"start-next clientToken=t1 details=The request status is SUCCESS.",
			"StartNextPendingJobExecution Success protocol=MQTT clientId=dev1 topicName="+lamp+"start-next details=The request status is SUCCESS.",
			"GetPendingJobExecution Success protocol=MQTT clientId=dev1 topicName="+lamp+"get details=The request status is SUCCESS.",
			"DescribeJobExecution Success protocol=MQTT clientId=dev1 jobId=$next topicName="+lamp+"$next/get details=The request status is SUCCESS.",
			"UpdateJobExecution Success protocol=MQTT clientId=dev1 jobId=j1 topicName="+lamp+"j1/update versionNumber=3 details=The destination status is IN_PROGRESS. The request status is SUCCESS.",
			"UpdateJobExecution Success protocol=MQTT clientId=dev1 jobId=j1 topicName="+lamp+"j1/update clientToken=t2 versionNumber=4 details=The destination status is SUCCEEDED. The request status is SUCCESS.",
			"DescribeJobExecution Success protocol=MQTT clientId=dev1 jobId=j1 topicName="+lamp+"j1/get details=The request status is SUCCESS.",
			"UpdateJobExecution Success protocol=MQTT clientId=dev1 jobId=j2 topicName="+lamp+"j2/update versionNumber=2 details=The destination status is REJECTED. The request status is SUCCESS.")
		w.wantEvents("event messages", executionMessage("j1", "succeeded", "SUCCEEDED", `{"step":"2"}`), executionMessage("j2", "rejected", "REJECTED", `{"why":"no"}`))
	})
}

// executionMessage is an event message without its id.
func executionMessage(job, operation, status, details string) string {
	return `JOB_EXECUTION $aws/events/jobExecution/` + job + `/` + operation + ` {"eventType":"JOB_EXECUTION","timestamp":946684820,"operation":"` + operation +
		`","jobId":"` + job + `","thingArn":"arn:aws:iot:eu-central-1:123456789012:thing/lamp","status":"` + status + `","statusDetails":` + details + `}`
}

// wantEvents compares the event messages about executions, but for their ids.
func (w *world) wantEvents(what string, want ...string) {
	w.t.Helper()
	var got []string
	for _, e := range w.take(&w.events) {
		if !strings.HasPrefix(e, "JOB_EXECUTION ") {
			continue
		}
		before, rest, _ := strings.Cut(e, `"eventId":"`)
		if len(rest) < 38 {
			w.t.Fatalf("%s: %s has no id", what, e)
		}
		got = append(got, before+rest[38:])
	}
	w.want(what, got, want...)
}

func TestOtherTopicsAreLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		w.published()
		for _, topic := range []string{
			lamp + "notify", lamp + "notify-next", lamp + "get/accepted", lamp + "get/rejected", lamp + "start-next/accepted", lamp + "j1/get/accepted",
			lamp + "j1/update/rejected", lamp + "$next/get/accepted", lamp + "x/y/z/rejected", "$aws/things/lamp/shadow/get", "things/lamp/jobs/get", "",
		} {
			w.want(topic, w.send(topic, `{}`))
		}
		w.want("facts", w.take(&w.facts))
	})
}

func TestRejected(t *testing.T) {
	f := func(topic, payload, want, entry string) {
		t.Helper()
		bubble(t, func(t *testing.T, w *world) {
			w.give(job{ID: "queued"}, "lamp")
			w.give(job{ID: "running"}, "lamp")
			w.give(job{ID: "done"}, "lamp")
			w.moveTo("running", "lamp", inProgress, byDevice)
			w.moveTo("done", "lamp", succeeded, byDevice)
			w.published()
			w.take(&w.samples)
			got := w.send(lamp+topic, payload)
			w.want(topic+" "+payload, got, "to dev1: "+topic+"/rejected "+want)
			facts := w.take(&w.facts)
			if entry == "" {
				w.want(topic+" "+payload, facts)
				return
			}
			if len(facts) != 1 || !strings.HasSuffix(facts[0], " details=The request status is "+entry+". reason="+entry) || !strings.Contains(facts[0], " ClientError ") {
				t.Errorf("%s %s: recorded %q, want one of %s", topic, payload, facts, entry)
			}
			if name := strings.TrimSuffix(topic, "/update"); name != topic && name != "absent" {
				w.want("metric of "+topic, w.samples, "ClientErrorCount 1 [{JobId "+name+"}]")
			} else {
				w.want("metric of "+topic, w.samples)
			}
		})
	}
	const tail = `,"timestamp":946684800}`
	body := func(code, message string) string { return `{"code":"` + code + `","message":"` + message + `"` }
	f("nonsense", `{"clientToken":"t"}`, body("InvalidTopic", "The topic does not map to an operation: jobs/get, jobs/start-next, jobs/JOB/get and jobs/JOB/update do.")+`,"timestamp":946684800,"clientToken":"t"}`, "")
	f("$next/update", `{"status":"SUCCEEDED"}`, body("InvalidTopic", "The topic does not map to an operation: jobs/get, jobs/start-next, jobs/JOB/get and jobs/JOB/update do.")+tail, "")
	f("a b/get", `{}`, body("InvalidRequest", "The jobId is not allowed: it must have 1 to 64 letters, digits or _ -")+tail, "INVALID_REQUEST")
	for _, topic := range []string{"get", "start-next", "queued/get", "queued/update"} {
		f(topic, `x`, body("InvalidJson", "The payload is not a JSON object.")+tail, "INVALID_JSON")
		f(topic, `[]`, body("InvalidJson", "The payload is not a JSON object.")+tail, "INVALID_JSON")
		f(topic, "{\"clientToken\":\"\xff\"}", body("InvalidJson", "The payload is not UTF-8.")+tail, "INVALID_JSON")
		f(topic, `{"clientToken":7}`, body("InvalidRequest", "The value of clientToken is not allowed: it must be a string.")+tail, "INVALID_REQUEST")
	}
	f("queued/update", ``, body("InvalidJson", "The payload is not a JSON object.")+tail, "INVALID_JSON")
	f("queued/update", `{}`, body("InvalidRequest", "The status is missing.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"DONE"}`, body("InvalidRequest", `The status \"DONE\" is not allowed: it must be IN_PROGRESS, SUCCEEDED, FAILED or REJECTED.`)+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a":1}}`, body("InvalidRequest", "The value of statusDetails is not allowed: it must be an object whose values are strings.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a b":"1"}}`, body("InvalidRequest", "A key of the statusDetails is not allowed: it must have 1 to 128 letters, digits or : _ -")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a":""}}`, body("InvalidRequest", "The value of a in the statusDetails is not allowed: it must have 1 to 1024 printable characters.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a":"\u0007"}}`, body("InvalidRequest", "The value of a in the statusDetails is not allowed: it must have 1 to 1024 printable characters.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a":"`+strings.Repeat("x", 1025)+`"}}`, body("InvalidRequest", "The value of a in the statusDetails is not allowed: it must have 1 to 1024 printable characters.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","statusDetails":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1","g":"1","h":"1","i":"1","j":"1","k":"1"}}`, body("InvalidRequest", "The statusDetails have 11 pairs; allowed are 10.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"IN_PROGRESS","stepTimeoutInMinutes":0}`, body("InvalidRequest", "The stepTimeoutInMinutes 0 is not allowed: it must be 1 to 10080, or -1 with the status IN_PROGRESS.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","stepTimeoutInMinutes":-1}`, body("InvalidRequest", "The stepTimeoutInMinutes -1 is not allowed: it must be 1 to 10080, or -1 with the status IN_PROGRESS.")+tail, "INVALID_REQUEST")
	f("start-next", `{"stepTimeoutInMinutes":-1}`, body("InvalidRequest", "The stepTimeoutInMinutes -1 is not allowed: it must be 1 to 10080.")+tail, "INVALID_REQUEST")
	f("start-next", `{"stepTimeoutInMinutes":10081}`, body("InvalidRequest", "The stepTimeoutInMinutes 10081 is not allowed: it must be 1 to 10080.")+tail, "INVALID_REQUEST")
	f("start-next", `{"stepTimeoutInMinutes":1.5}`, body("InvalidRequest", "The value of stepTimeoutInMinutes is not allowed: it must be a number.")+tail, "INVALID_REQUEST")
	f("queued/update", `{"status":"SUCCEEDED","expectedVersion":"one"}`, body("InvalidRequest", "The value of expectedVersion is not allowed: it must be a number from 0.")+tail, "INVALID_REQUEST")
	f("queued/get", `{"executionNumber":0}`, body("InvalidRequest", "The value of executionNumber is not allowed: it must be a number from 1.")+tail, "INVALID_REQUEST")
	f("queued/get", `{"includeJobDocument":"yes"}`, body("InvalidRequest", "The value of includeJobDocument is not allowed: it must be true or false.")+tail, "INVALID_REQUEST")
	f("absent/get", `{}`, body("ResourceNotFound", "There is no execution of the job absent on the thing lamp.")+tail, "RESOURCE_NOT_FOUND")
	f("absent/update", `{"status":"SUCCEEDED"}`, body("ResourceNotFound", "There is no execution of the job absent on the thing lamp.")+tail, "RESOURCE_NOT_FOUND")
	f("queued/get", `{"executionNumber":2}`, body("ResourceNotFound", "There is no execution 2 of the job queued on the thing lamp.")+tail, "RESOURCE_NOT_FOUND")
	f("queued/update", `{"status":"SUCCEEDED","expectedVersion":0}`, body("VersionMismatch", "The expectedVersion is 0, but the version of the job execution is 1.")+`,"timestamp":946684800,"executionState":{"status":"QUEUED","statusDetails":{},"versionNumber":1}}`, "VERSION_MISMATCH")
	f("queued/update", `{"status":"SUCCEEDED","expectedVersion":2,"clientToken":"t"}`, body("VersionMismatch", "The expectedVersion is 2, but the version of the job execution is 1.")+`,"timestamp":946684800,"clientToken":"t","executionState":{"status":"QUEUED","statusDetails":{},"versionNumber":1}}`, "VERSION_MISMATCH")
	for _, to := range []string{"QUEUED", "TIMED_OUT", "REMOVED", "CANCELED"} {
		f("queued/update", `{"status":"`+to+`"}`, body("InvalidStateTransition", "A job execution in the state QUEUED cannot be changed to "+to+" by the device.")+tail, "INVALID_STATE_TRANSITION")
		f("running/update", `{"status":"`+to+`"}`, body("InvalidStateTransition", "A job execution in the state IN_PROGRESS cannot be changed to "+to+" by the device.")+tail, "INVALID_STATE_TRANSITION")
	}
	f("done/update", `{"status":"IN_PROGRESS"}`, body("TerminalStateReached", "The job execution has reached the terminal state SUCCEEDED and cannot be changed.")+tail, "TERMINAL_STATE_REACHED")
}

// Requests of one thing are served in their order, and too many of one connection are refused.
func TestInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		l := lane.New[*request]((&Config{Lanes: 1, InFlight: 2, Waiting: 3}).lanes())
		add := func(client string) (*request, error) {
			r := &request{address: address{thing: "lamp", verb: getPending}, scope: home, origin: device(home, client)}
			return r, l.Add(r)
		}
		for i, want := range []error{nil, nil, errCrowded} {
			if r, err := add("dev1"); err != nil || (r.err == nil) != (want == nil) {
				t.Errorf("request %d: %v, failed with %v, want %v", i, err, r.err, want)
			}
		}
		if r, err := add("dev2"); err != nil || r.err == nil {
			t.Errorf("the lane is full: %v, %v", err, r.err)
		}
		add("dev2")
		add("dev2")
		if _, err := add("dev2"); err == nil || err.Error() != "RequestThrottled: Too many requests about the thing are waiting for their answers." {
			t.Errorf("the lane is more than full: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		l.Run(ctx, func(int, []*request) {})
		if _, err := add("dev3"); err != errClosed {
			t.Errorf("the lane is closed: %v", err)
		}
	})
}

// Nobody sees the executions of another account.
func TestScopes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		w.published()
		w.want("a stranger", w.sendAs(device(stranger, "dev1"), lamp+"get", ``), `to dev1: get/accepted {"inProgressJobs":[],"queuedJobs":[],"timestamp":946684800}`)
		w.want("a service", w.sendAs(caller.Origin{Scope: home}, lamp+"get", ``),
			`get/accepted {"inProgressJobs":[],"queuedJobs":[{"jobId":"j1","queuedAt":946684800,"lastUpdatedAt":946684800,"versionNumber":1,"executionNumber":1}],"timestamp":946684800}`)
	})
}

func TestBrokenDatabase(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1", Selection: iot.TargetSelectionContinuous}, "lamp")
		w.published()
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
		w.want("a request", w.send(lamp+"j1/update", `{"status":"SUCCEEDED"}`),
			`to dev1: j1/update/rejected {"code":"InternalError","message":"An internal error has occurred.","timestamp":946684800}`)
		facts := w.take(&w.facts)
		if len(facts) != 1 || !strings.Contains(facts[0], "ServerError") || !strings.HasSuffix(facts[0], "reason=INTERNAL_ERROR") {
			t.Errorf("recorded %q", facts)
		}
	})
}
