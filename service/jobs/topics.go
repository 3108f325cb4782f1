package jobs

import (
	"strings"

	"telltale/base/event"
	"telltale/base/limit"
)

// verb is what a device can ask.
type verb struct {
	kind  *event.Kind
	job   bool // it names a job
	reads bool // it changes nothing
}

var (
	getPending = &verb{kind: kindGetPending, reads: true}
	describe   = &verb{kind: kindDescribe, job: true, reads: true}
	startNext  = &verb{kind: kindStartNext}
	update     = &verb{kind: kindUpdate, job: true}
)

// nextJob stands for the first pending execution in place of a job's id.
const nextJob = "$next"

// address is what the topic of a request says.
type address struct {
	thing string
	job   string
	verb  *verb // nil: no operation
}

// parseTopic reads the topic of a request. It reports false for all other topics, our own answers and notifications among them.
func parseTopic(topic string) (a address, ok bool) {
	rest, ok := strings.CutPrefix(topic, "$aws/things/")
	if !ok {
		return a, false
	}
	if a.thing, rest, ok = strings.Cut(rest, "/jobs/"); !ok || strings.Contains(a.thing, "/") {
		return a, false
	}
	levels := strings.Split(rest, "/")
	switch last := levels[len(levels)-1]; {
	case last == "accepted", last == "rejected", rest == "notify", rest == "notify-next":
		return a, false
	case rest == "get":
		a.verb = getPending
	case rest == "start-next":
		a.verb = startNext
	case len(levels) == 2 && last == "get":
		a.job, a.verb = levels[0], describe
	case len(levels) == 2 && last == "update" && levels[0] != nextJob:
		a.job, a.verb = levels[0], update
	}
	return a, true
}

// topic is where the request is made over MQTT.
func (a *address) topic() string {
	prefix := thingTopic(a.thing)
	switch a.verb {
	case getPending:
		return prefix + "get"
	case startNext:
		return prefix + "start-next"
	case describe:
		return prefix + a.job + "/get"
	}
	return prefix + a.job + "/update"
}

// thingTopic is the beginning of the topics about the jobs of a thing.
func thingTopic(thing string) string { return "$aws/things/" + thing + "/jobs/" }

// The longest names. (aws: iot/API_CreateThing, iot/API_CreateJob)
const (
	maxThing = 128
	maxJob   = 64
)

// check refuses what no operation is, and names that no thing or job can have.
func (a *address) check() error {
	switch {
	case a.verb == nil:
		return refuse(invalidTopic, "The topic does not map to an operation: jobs/get, jobs/start-next, jobs/JOB/get and jobs/JOB/update do.")
	case !limit.IsName(a.thing, maxThing, ":_-"):
		return refuse(invalidRequest, "The thing name is not allowed: it must have 1 to %d letters, digits or : _ -", maxThing)
	case a.verb.job && a.job != nextJob && !limit.IsName(a.job, maxJob, "_-"):
		return refuse(invalidRequest, "The jobId is not allowed: it must have 1 to %d letters, digits or _ -", maxJob)
	}
	return nil
}
