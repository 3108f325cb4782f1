package jobs

import (
	"fmt"
	"strings"
	"testing"

	"telltale/lang/shape/iotjobsdata"
)

// topics are the notifications since the last time, without their bodies.
func (w *world) topics() (list []string) {
	for _, m := range w.published() {
		if topic, _, _ := strings.Cut(m, " "); topic != "to" {
			list = append(list, topic)
		}
	}
	return list
}

// When a thing is told, and of what. (aws: iot/jobs-comm-notifications)
func TestNotificationRules(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		w.want("the first execution", w.topics(), "notify", "notify-next")
		minutes(1)
		w.give(job{ID: "j2"}, "lamp")
		w.want("one behind it", w.topics(), "notify")
		minutes(1)
		w.give(job{ID: "j3"}, "lamp")
		w.want("another", w.topics(), "notify")
		w.moveTo("j1", "lamp", inProgress, byDevice)
		w.want("the first starts", w.topics())
		w.moveTo("j1", "lamp", inProgress, byDevice)
		w.want("the first has new details", w.topics())
		w.moveTo("j3", "lamp", canceled, byCancel)
		w.want("the last goes", w.topics(), "notify")
		w.change(func(c *change) error {
			e, err := c.mustFind(home, "j1", "lamp", 0)
			if err != nil {
				return err
			}
			return c.erase(e)
		})
		w.want("the first is deleted while it runs", w.topics(), "notify", "notify-next")
		minutes(1)
		w.give(job{ID: "j4"}, "lamp")
		w.topics()
		w.moveTo("j4", "lamp", inProgress, byDevice)
		w.want("one behind the first starts and overtakes it", w.topics(), "notify-next")
		w.moveTo("j4", "lamp", removed, byDeparture)
		w.want("it is removed", w.topics(), "notify", "notify-next")
		w.moveTo("j2", "lamp", canceled, byForce)
		w.want("the queue is empty", w.published(), `notify {"timestamp":946684980,"jobs":{}}`, `notify-next {"timestamp":946684980}`)
		w.change(func(c *change) error {
			n, err := notices.Count(c.tx, at(home))
			if n != 0 {
				return fmt.Errorf("%d notices are left", n)
			}
			return err
		})
	})
}

// A list tells of ten executions at most.
func TestLongList(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for i := range 12 {
			w.give(job{ID: fmt.Sprintf("j%02d", i)}, "lamp")
			minutes(1)
		}
		w.moveTo("j11", "lamp", inProgress, byDevice)
		w.published()
		w.give(job{ID: "late"}, "lamp")
		got := w.published()
		if len(got) != 1 || strings.Count(got[0], `"jobId"`) != 10 || !strings.Contains(got[0], `"IN_PROGRESS":[{"jobId":"j11"`) || strings.Contains(got[0], "j09") {
			t.Errorf("told %q, want the one in progress and the nine that are queued first", got)
		}
		if got := w.send(lamp+"get", ``); strings.Count(got[0], `"jobId"`) != 13 {
			t.Errorf("the list of pending executions is %q, want all 13", got)
		}
	})
}

// The history of an execution tells all that happened to it.
func TestTimeline(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.listeners = []string{"dev1", "console"}
		w.give(job{ID: "j1"}, "lamp")
		w.mu.Lock()
		w.listeners = nil
		w.mu.Unlock()
		w.send(lamp+"start-next", `{"stepTimeoutInMinutes":9}`)
		w.send(lamp+"start-next", `{"stepTimeoutInMinutes":9}`)
		w.send(lamp+"j1/update", `{"status":"CANCELED"}`)
		w.send(lamp+"j1/update", `{"status":"SUCCEEDED","expectedVersion":7}`)
		w.send(lamp+"j1/update", `{"status":"SUCCEEDED"}`)
		w.send(lamp+"j1/update", `x`)
		out := ok(t, home, w.ListJobExecutionTimeline, &iotjobsdata.ListJobExecutionTimelineInput{JobId: "j1", ThingName: "lamp"})
		var got []string
		for _, e := range out.Events {
			got = append(got, fmt.Sprint(e.What, " ", e.Actor, " ", e.From, ">", e.To, " ", e.Code, " ", e.Reason, " ", strings.TrimPrefix(e.Topic, lamp), e.DeliveredTo, " ", e.Protocol, e.ClientId))
		}
		w.want("the history", got,
			"STATUS rollout >QUEUED  the test wants it [] ",
			"MESSAGE  >  the list of pending executions changed notify[dev1 console] ",
			"MESSAGE  >  it became the next execution to do notify-next[dev1 console] ",
			"STATUS device QUEUED>IN_PROGRESS  the thing started the next pending execution [] MQTTdev1",
			"TIMER device >  the step timer was started again [] MQTTdev1",
			"REFUSED device IN_PROGRESS>CANCELED InvalidStateTransition A job execution in the state IN_PROGRESS cannot be changed to CANCELED by the device. [] MQTTdev1",
			"REFUSED device IN_PROGRESS>SUCCEEDED VersionMismatch The expectedVersion is 7, but the version of the job execution is 2. [] MQTTdev1",
			"STATUS device IN_PROGRESS>SUCCEEDED  the thing reported it [] MQTTdev1",
			"MESSAGE  >  the list of pending executions changed notify[] ",
			"REFUSED device SUCCEEDED> InvalidJson The payload is not a JSON object. [] MQTTdev1")
		if out.Status != "SUCCEEDED" || *out.ExecutionNumber != 1 {
			t.Errorf("it is %s of execution %d", out.Status, *out.ExecutionNumber)
		}
		refused(t, home, w.ListJobExecutionTimeline, &iotjobsdata.ListJobExecutionTimelineInput{JobId: "j2", ThingName: "lamp"},
			"ResourceNotFoundException", "The job j2 does not exist in account 123456789012, region eu-central-1.")
	})
}

// A thing that reports very often does not fill the disk with history.
func TestTimelineIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		for range 300 {
			w.send(lamp+"j1/update", `{"status":"IN_PROGRESS"}`)
			w.send(lamp+"j1/update", `{"status":"QUEUED"}`)
		}
		out := ok(t, home, w.ListJobExecutionTimeline, &iotjobsdata.ListJobExecutionTimelineInput{JobId: "j1", ThingName: "lamp"})
		if n := len(out.Events); n != Default().Timeline || out.Events[0].To != "QUEUED" || out.Events[n-1].What != "REFUSED" {
			t.Errorf("there are %d events, the first %+v, the last %+v", n, out.Events[0], out.Events[n-1])
		}
	})
}
