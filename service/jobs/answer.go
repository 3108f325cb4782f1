package jobs

import (
	"bytes"
	"encoding/json"
	"time"
)

// summary is an execution in lists. Times in messages of devices are whole seconds.
type summary struct {
	JobID     string `json:"jobId"`
	Queued    int64  `json:"queuedAt"`
	Started   int64  `json:"startedAt,omitempty"`
	Updated   int64  `json:"lastUpdatedAt"`
	Version   int64  `json:"versionNumber"`
	Execution int64  `json:"executionNumber"`
}

// description is an execution with all that a device may want to know.
type description struct {
	JobID     string            `json:"jobId"`
	Thing     string            `json:"thingName,omitempty"`
	Status    status            `json:"status"`
	Details   map[string]string `json:"statusDetails,omitempty"`
	Queued    int64             `json:"queuedAt"`
	Started   int64             `json:"startedAt,omitempty"`
	Updated   int64             `json:"lastUpdatedAt"`
	Remaining *int64            `json:"approximateSecondsBeforeTimedOut,omitempty"`
	Version   int64             `json:"versionNumber"`
	Execution int64             `json:"executionNumber"`
	Document  json.RawMessage   `json:"jobDocument,omitempty"`
}

// standing is what an update tells of the execution.
type standing struct {
	Status  status            `json:"status"`
	Details map[string]string `json:"statusDetails"`
	Version int64             `json:"versionNumber"`
}

// The bodies of answers. Each ends with the time and the client token.
type (
	stamp struct {
		Timestamp int64   `json:"timestamp"`
		Token     *string `json:"clientToken,omitempty"`
	}
	pendingAnswer struct {
		InProgress []summary `json:"inProgressJobs"`
		Queued     []summary `json:"queuedJobs"`
		stamp
	}
	executionAnswer struct {
		Execution *description `json:"execution,omitempty"`
		stamp
	}
	updateAnswer struct {
		State    *standing       `json:"executionState,omitempty"`
		Document json.RawMessage `json:"jobDocument,omitempty"`
		stamp
	}
	rejection struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		stamp
		State *standing `json:"executionState,omitempty"`
	}
)

func (e *execution) summary() summary {
	return summary{e.Job, e.Queued.Unix(), seconds(e.Started), e.Updated.Unix(), e.Version, e.Number}
}

func (e *execution) standing() *standing {
	s := &standing{e.Status, e.Details, e.Version}
	if s.Details == nil {
		s.Details = map[string]string{}
	}
	return s
}

func (e *execution) describe(document string, now time.Time) *description {
	return &description{JobID: e.Job, Thing: e.Thing, Status: e.Status, Details: e.Details, Queued: e.Queued.Unix(), Started: seconds(e.Started),
		Updated: e.Updated.Unix(), Remaining: e.remaining(now), Version: e.Version, Execution: e.Number, Document: raw(document)}
}

// remaining is how many seconds the execution has left, nil if any number.
func (e *execution) remaining(now time.Time) *int64 {
	d := e.deadline()
	if d.IsZero() {
		return nil
	}
	return new(max(int64(d.Sub(now)/time.Second), 0))
}

// answer is the body of the answer over MQTT.
func (r *request) answer() []byte {
	s := stamp{Timestamp: r.at.Unix()}
	if r.hasToken {
		s.Token = &r.token
	}
	switch {
	case r.err != nil:
		refused := refusalOf(r.err)
		a := rejection{Code: refused.code.mqtt, Message: refused.message, stamp: s}
		if refused.code == versionMismatch && r.execution != nil {
			a.State = r.execution.standing()
		}
		return compact(a)
	case r.verb == getPending:
		in, waiting := split(r.pending)
		return compact(pendingAnswer{in, waiting, s})
	case r.verb == update:
		a := updateAnswer{Document: raw(r.document), stamp: s}
		if r.wantState {
			a.State = r.execution.standing()
		}
		return compact(a)
	case r.execution == nil:
		return compact(executionAnswer{stamp: s})
	}
	return compact(executionAnswer{r.execution.describe(r.document, r.at), s})
}

// split lists those in progress and those queued.
func split(list []*execution) (running, waiting []summary) {
	running, waiting = []summary{}, []summary{}
	for _, e := range list {
		if e.Status == inProgress {
			running = append(running, e.summary())
		} else {
			waiting = append(waiting, e.summary())
		}
	}
	return running, waiting
}

// raw is a document as it stands in a message: the JSON value that it is.
func raw(document string) json.RawMessage {
	switch {
	case document == "":
		return nil
	case !json.Valid([]byte(document)):
		text, _ := json.Marshal(document)
		return text
	}
	return json.RawMessage(document)
}

// compact writes a body as JSON that leaves all characters as they are.
func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("jobs: an answer cannot be written: " + err.Error()) // plain structs of ours, documents checked by raw
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// seconds is a time in whole seconds, 0 if it is not set.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
