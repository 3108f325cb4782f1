package destination

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

var (
	home      = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	elsewhere = caller.Scope{Account: "123456789012", Region: "us-east-1"}
)

const control = "https://iot.example"

// world is a service and an owner of destinations.
type world struct {
	*Destinations
	t     testing.TB
	owner owner
}

// owner receives confirmation requests, and answers with what it is told to.
type owner struct {
	mu     sync.Mutex
	status int // 0: it cannot be reached
	asked  []request
}

// request is a confirmation request as it arrived.
type request struct {
	method, url string
	header      http.Header
	body        map[string]string
	err         error
}

// RoundTrip answers without a network, so that time may stand still while it does.
func (o *owner) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	x := request{method: r.Method, url: r.URL.String(), header: r.Header}
	text, err := io.ReadAll(r.Body)
	if x.err = err; err == nil {
		x.err = json.Unmarshal(text, &x.body)
	}
	o.asked = append(o.asked, x)
	if o.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	answer := httptest.NewRecorder()
	answer.WriteHeader(o.status)
	return answer.Result(), nil
}

func (o *owner) answer(status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = status
}

// take returns the requests since the last time.
func (o *owner) take() []request {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.asked
	o.asked = nil
	return list
}

func newWorld(t testing.TB, db *state.DB) *world {
	t.Helper()
	w := &world{t: t, owner: owner{status: http.StatusOK}}
	var err error
	w.Destinations, err = New(t.Context(), Config{Endpoint: func() string { return control }}, Needs{State: db, HTTP: &http.Client{Transport: &w.owner}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// start lets the service run and returns what ends it.
func (w *world) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.Run(ctx); err != nil {
			w.t.Errorf("Run ended with %v", err)
		}
	})
	return func() { cancel(); running.Wait() }
}

func memory(t testing.TB) *state.DB {
	t.Helper()
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// ok returns the output of an operation that must succeed.
func ok[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := f(as(s), in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks the error of an operation as a client of the API sees it, and part of its text.
func refused[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In, code, words string) {
	t.Helper()
	_, err := f(as(s), in)
	if err == nil || !strings.Contains(iot.CreateTopicRuleDestination.ErrorFor(err).Message, words) || iot.CreateTopicRuleDestination.ErrorFor(err).Code != code {
		t.Errorf("%+v\n got %v (%v)\nwant %s: …%s…", in, err, fault.KindOf(err), code, words)
	}
}

// create makes a destination and returns its ARN.
func (w *world) create(s caller.Scope, url string) string {
	w.t.Helper()
	return ok(w.t, s, w.CreateTopicRuleDestination, creation(url)).TopicRuleDestination.Arn
}

func creation(url string) *iot.CreateTopicRuleDestinationInput {
	return &iot.CreateTopicRuleDestinationInput{DestinationConfiguration: &iot.TopicRuleDestinationConfiguration{
		HttpUrlConfiguration: &iot.HttpUrlDestinationConfiguration{ConfirmationUrl: url}}}
}

// is checks the status of a destination and part of its reason.
func (w *world) is(arn, status, reason string) {
	w.t.Helper()
	got := ok(w.t, home, w.GetTopicRuleDestination, &iot.GetTopicRuleDestinationInput{Arn: arn}).TopicRuleDestination
	if got.Status != status || !strings.Contains(got.StatusReason, reason) || (reason == "") != (got.StatusReason == "") {
		w.t.Errorf("%s is %s, %q\nwant %s, %q", arn, got.Status, got.StatusReason, status, reason)
	}
}

// token waits for no more than what was sent, and returns the token of the only request.
func (w *world) token() string {
	w.t.Helper()
	asked := w.owner.take()
	if len(asked) != 1 || asked[0].err != nil {
		w.t.Fatalf("the owner was asked %d times: %+v", len(asked), asked)
	}
	return asked[0].body["confirmationToken"]
}

func (w *world) update(arn, status string) {
	w.t.Helper()
	ok(w.t, home, w.UpdateTopicRuleDestination, &iot.UpdateTopicRuleDestinationInput{Arn: arn, Status: status})
}

func (w *world) confirm(token string) {
	w.t.Helper()
	ok(w.t, caller.Scope{}, w.ConfirmTopicRuleDestination, &iot.ConfirmTopicRuleDestinationInput{ConfirmationToken: token})
}
