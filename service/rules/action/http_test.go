package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/rules/destination"
	"telltale/store/state"
)

// hooks is a web service whose owner confirms every destination, and that keeps what it gets.
type hooks struct {
	*httptest.Server
	*destination.Destinations

	mu     sync.Mutex
	answer func(http.ResponseWriter)
	got    []*http.Request
	bodies []string
}

// newHooks starts a web service, reached as https://hooks.example.com by the client in its needs.
func newHooks(t testing.TB) (*hooks, *Needs) {
	t.Helper()
	db, err := state.OpenMemory(destination.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	h := &hooks{answer: func(http.ResponseWriter) {}}
	h.Server = httptest.NewTLSServer(h)
	if h.Destinations, err = destination.New(t.Context(), destination.Config{Endpoint: func() string { return "https://iot.example" }},
		destination.Needs{State: db, HTTP: h.Client()}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait(); h.Server.Close(); db.Close() })
	return h, &Needs{Destinations: h, HTTP: h.Client()}
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Rules-Engine-Message-Type") != "" {
		in := &iot.ConfirmTopicRuleDestinationInput{ConfirmationToken: r.URL.Query().Get("confirmationToken")}
		if _, err := h.ConfirmTopicRuleDestination(r.Context(), in); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got, h.bodies = append(h.got, r), append(h.bodies, string(body))
	h.answer(w)
}

func (h *hooks) answers(f func(http.ResponseWriter)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer, h.got, h.bodies = f, nil, nil
}

// prepare does what the engine does when a rule is made, and waits until the owner has agreed.
func (h *hooks) prepare(w *world, a Action, confirmation string) Action {
	w.t.Helper()
	if err := a.(Prepared).Prepare(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for h.Enabled(home, confirmation) != nil && w.t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return a
}

func TestHTTP(t *testing.T) {
	h, needs := newHooks(t)
	w := newWorld(t, needs)
	f := func(parameters, payload, resources, want string) {
		t.Helper()
		h.answers(func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) })
		a := h.prepare(w, w.compile(`{"http":{`+parameters+`}}`), "https://hooks.example.com/in")
		w.want(w.do(a, payload), resources, "")
		if len(h.got) != 1 {
			t.Fatalf("%d requests arrived", len(h.got))
		}
		r := h.got[0]
		got := fmt.Sprintf("%s %s%s %s x=%v %s", r.Method, r.Host, r.URL, r.Header["Content-Type"], r.Header["X-A"], h.bodies[0])
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	f(`"url":"https://hooks.example.com/in"`, `{"t":1}`, "Url=https://hooks.example.com/in ConfirmationUrl=https://hooks.example.com/in",
		`POST hooks.example.com/in [application/json] x=[] {"t":1}`)
	f(`"url":"https://hooks.example.com/in","headers":[{"key":"content-type","value":"text/plain"},{"key":"X-a","value":"${topic()}"},{"key":"x-A","value":"2"}]`,
		"\xff\x00", "Url=https://hooks.example.com/in ConfirmationUrl=https://hooks.example.com/in",
		"POST hooks.example.com/in [text/plain] x=[sensors/7 2] \xff\x00")
	f(`"url":"https://hooks.example.com/in"`, "\xff", "Url=https://hooks.example.com/in ConfirmationUrl=https://hooks.example.com/in",
		"POST hooks.example.com/in [application/octet-stream] x=[] \xff")
	f(`"url":"https://hooks.example.com/in/${topic(2)}?c=${clientid()}","confirmationUrl":"https://hooks.example.com/in"`, `{"t":1}`,
		"Url=https://hooks.example.com/in/7?c=dev1 ConfirmationUrl=https://hooks.example.com/in", `POST hooks.example.com/in/7?c=dev1 [application/json] x=[] {"t":1}`)
	f(`"url":"https://${name}.example.com/in/7","confirmationUrl":"https://${name}.example.com/in"`, `{"name":"hooks"}`,
		"Url=https://hooks.example.com/in/7 ConfirmationUrl=https://hooks.example.com/in", `POST hooks.example.com/in/7 [application/json] x=[] {"name":"hooks"}`)
	f(`"url":"https://hooks.example.com/in","auth":null,"enableBatching":false`, `[]`, "Url=https://hooks.example.com/in ConfirmationUrl=https://hooks.example.com/in",
		`POST hooks.example.com/in [application/json] x=[] []`)
}

func TestHTTPRefusesParameters(t *testing.T) {
	_, needs := newHooks(t)
	w := newWorld(t, needs)
	f := func(parameters, words string) {
		t.Helper()
		w.refused(`{"http":{`+parameters+`}}`, words)
	}
	f(`"url":"http://hooks.example.com"`, "must begin with https://")
	f(`"url":"https://hooks.example.com:9000"`, "allowed are 443 and 8443")
	f(`"url":"https://[2001:db8::1]/"`, "IPv6")
	f(`"url":"https://hooks.example.com/${"`, "http action: url: ")
	f(`"url":"https://hooks.example.com/${topic()}"`, "needs a confirmationUrl")
	f(`"url":"https://hooks.example.com/a","confirmationUrl":"https://hooks.example.com/b"`, "must begin with the confirmationUrl https://hooks.example.com/b")
	f(`"url":"https://hooks.example.com/${topic()}","confirmationUrl":"https://other.example.com"`, "must begin with the confirmationUrl https://other.example.com")
	f(`"url":"https://hooks.example.community/","confirmationUrl":"https://hooks.example.com"`, "does not begin with the confirmationUrl")
	f(`"url":"https://hooks.example.com/","confirmationUrl":"h"`, "confirmationUrl \"h\" is not allowed")
	f(`"url":"https://hooks.example.com","headers":[{"key":"a b","value":""}]`, `headers[0].key: "a b" is not the name of a header`)
	f(`"url":"https://hooks.example.com","headers":[{"key":"host","value":"x"}]`, "headers[0].key: host cannot be set")
	f(`"url":"https://hooks.example.com","headers":[{"key":"a","value":"${"}]`, "headers[0].value: ")
	f(`"url":"https://hooks.example.com","headers":[`+strings.TrimSuffix(strings.Repeat(`{"key":"a","value":""},`, 101), ",")+`]`, "headers")
	f(`"url":"https://hooks.example.com","auth":{"sigv4":{"signingRegion":"eu-west-1","serviceName":"execute-api","roleArn":"r"}}`, "the endpoint execute-api, and none is configured")
	f(`"url":"https://hooks.example.com","auth":{"sigv4":{"signingRegion":"eu-west-1","serviceName":"es","roleArn":"r"}}`, "the endpoint opensearch, and none is configured")
	f(`"url":"https://hooks.example.com","enableBatching":true,"batchConfig":{"maxBatchSize":11}`, "maxBatchSize")
	f(`"url":"https://hooks.example.com","enableBatching":true,"batchConfig":{"maxBatchOpenMs":1}`, "maxBatchOpenMs")
	w.errorAction = true
	f(`"url":"https://hooks.example.com","enableBatching":true`, "an error action cannot send in batches")
	w.needs = &Needs{}
	f(`"url":"https://hooks.example.com"`, "no topic rule destinations are kept here")
}

// fails checks the text and the metric of a failure.
func (w *world) fails(got outcome, metric, text string) {
	w.t.Helper()
	failure, ok := errors.AsType[*Error](got.err)
	if !ok || failure.Text != text || failure.Metric != metric {
		w.t.Errorf("\n got %#v\nwant %s, counted as %q", got.err, text, metric)
	}
}

func TestHTTPFailures(t *testing.T) {
	h, needs := newHooks(t)
	w := newWorld(t, needs)
	const made = "HttpAction failed to make a request to the specified endpoint. "
	a := h.prepare(w, w.compile(`{"http":{"url":"https://hooks.example.com/in"}}`), "https://hooks.example.com/in")
	f := func(answer func(http.ResponseWriter), tries int, metric, text string) {
		t.Helper()
		h.answers(answer)
		w.fails(w.do(a, `{}`), metric, made+text)
		if len(h.got) != tries {
			t.Errorf("%s: tried %d times, want %d", text, len(h.got), tries)
		}
	}
	status := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code); io.WriteString(w, body) }
	}
	f(status(500, ""), 3, "HttpCode_5XX", "StatusCode: 500. Reason: Internal Server Error.")
	f(status(429, ""), 3, "HttpCode_4XX", "StatusCode: 429. Reason: Too Many Requests.")
	f(status(503, strings.Repeat("x", maxAnswer+1)), 1, "HttpCode_5XX", "StatusCode: 503. Reason: Service Unavailable.")
	f(status(404, "no"), 1, "HttpCode_4XX", "StatusCode: 404. Reason: Not Found.")
	f(status(304, ""), 1, "HttpCode_Other", "StatusCode: 304. Reason: Not Modified.")
	f(func(w http.ResponseWriter) { w.Header().Set("Location", h.URL); w.WriteHeader(307) }, 1, "HttpCode_Other", "StatusCode: 307. Reason: Temporary Redirect.")
	f(func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 1, "", `Post "https://hooks.example.com/in": EOF.`)
	fallen := false
	h.answers(func(w http.ResponseWriter) {
		if !fallen {
			fallen = true
			w.WriteHeader(502)
		}
	})
	if got := w.do(a, `{}`); got.err != nil || len(h.got) != 2 {
		t.Errorf("after one failure: %v after %d tries", got.err, len(h.got))
	}
}

// What is filled in may be wrong, and what may be posted to may change.
func TestHTTPDestinations(t *testing.T) {
	h, needs := newHooks(t)
	w := newWorld(t, needs)
	const made = "HttpAction failed to make a request to the specified endpoint. "
	a := h.prepare(w, w.compile(`{"http":{"url":"https://hooks.example.com${path}","confirmationUrl":"https://hooks.example.com"}}`), "https://hooks.example.com")
	f := func(payload, metric, text string) {
		t.Helper()
		h.answers(func(http.ResponseWriter) {})
		w.fails(w.do(a, payload), metric, made+text)
		if len(h.got) > 0 {
			t.Errorf("%s: a request arrived at %s", payload, h.got[0].URL)
		}
	}
	f(`{"path":".evil.example/"}`, "HttpInvalidUrl", "the URL https://hooks.example.com.evil.example/ does not begin with the confirmationUrl https://hooks.example.com.")
	f(`{"path":":22/"}`, "HttpInvalidUrl", `url "https://hooks.example.com:22/" is not allowed: the URL "https://hooks.example.com:22/" names port 22; allowed are 443 and 8443.`)
	f(`{"path":"@evil.example/"}`, "HttpInvalidUrl", `url "https://hooks.example.com@evil.example/" is not allowed: the URL holds a user name or password; use headers or auth instead.`)

	list, err := h.ListTopicRuleDestinations(asHome(), &iot.ListTopicRuleDestinationsInput{})
	if err != nil || len(list.DestinationSummaries) != 1 {
		t.Fatalf("destinations %+v, %v", list, err)
	}
	arn := list.DestinationSummaries[0].Arn
	if _, err := h.UpdateTopicRuleDestination(asHome(), &iot.UpdateTopicRuleDestinationInput{Arn: arn, Status: "DISABLED"}); err != nil {
		t.Fatal(err)
	}
	f(`{}`, "", "The destination cannot be used: the topic rule destination for https://hooks.example.com is not ENABLED but DISABLED.")
	if _, err := h.DeleteTopicRuleDestination(asHome(), &iot.DeleteTopicRuleDestinationInput{Arn: arn}); err != nil {
		t.Fatal(err)
	}
	f(`{}`, "", "The destination cannot be used: there is no topic rule destination for https://hooks.example.com.")
}

func asHome() context.Context { return caller.With(context.Background(), &caller.Caller{Scope: home}) }

func TestHTTPSignature(t *testing.T) {
	h, needs := newHooks(t)
	needs.Endpoints = endpoints(t, "s3", "https://AKIAEXAMPLE:secret@s3.example")
	w := newWorld(t, needs)
	h.answers(func(http.ResponseWriter) {})
	a := h.prepare(w, w.compile(`{"http":{"url":"https://hooks.example.com/in","auth":{"sigv4":{"signingRegion":"eu-west-3","serviceName":"s3","roleArn":"`+role+`"}}}}`),
		"https://hooks.example.com/in")
	w.want(w.do(a, `{}`), "Url=https://hooks.example.com/in ConfirmationUrl=https://hooks.example.com/in", "")
	got := h.got[0].Header.Get("Authorization")
	if !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") || !strings.Contains(got, "/eu-west-3/s3/aws4_request") {
		t.Errorf("signed with %q", got)
	}
}

func TestHTTPBatch(t *testing.T) {
	h, needs := newHooks(t)
	w := newWorld(t, needs)
	compile := func(config string) Action {
		return h.prepare(w, w.compile(`{"http":{"url":"https://hooks.example.com/in","enableBatching":true,"batchConfig":{`+config+`},"headers":[{"key":"x-a","value":"${t}"},{"key":"content-type","value":"text/plain"}]}}`),
			"https://hooks.example.com/in")
	}
	task := func(a Action, topic, payload string) Batched {
		t.Helper()
		w.topic = topic
		x, err := w.task(a, payload)
		if err != nil {
			t.Fatal(err)
		}
		return x.(Batched)
	}
	a := compile("")
	one, two, other := task(a, "sensors/1", `{"t":1}`), task(a, "sensors/1", `{"t":2}`), task(a, "sensors/2", `{"t":3}`)
	if b := one.Batch(); b.Key == "" || b.Key != two.Batch().Key || b.Key == other.Batch().Key || b.OpenMS != 20 || b.Size != 10 || b.Bytes != 5120 {
		t.Errorf("batches %+v, %+v and %+v", b, two.Batch(), other.Batch())
	}
	h.answers(func(http.ResponseWriter) {})
	if err := one.RunAll(t.Context(), []Task{one, two}); err != nil {
		t.Fatal(err)
	}
	if r := h.got[0]; h.bodies[0] != `[{"t":1},{"t":2}]` || !slices.Equal(r.Header["X-A"], []string{"2"}) || !slices.Equal(r.Header["Content-Type"], []string{"application/json"}) {
		t.Errorf("got %s with %v", h.bodies[0], r.Header)
	}
	h.answers(func(w http.ResponseWriter) { w.WriteHeader(400) })
	w.fails(outcome{err: one.RunAll(t.Context(), []Task{one, two})}, "HttpCode_4XX", "HttpAction failed to make a request to the specified endpoint. StatusCode: 400. Reason: Bad Request.")

	binary := task(a, "sensors/1", "\xff")
	if binary.Batch().Key != "" {
		t.Error("a binary payload may share a batch")
	}
	w.fails(outcome{err: binary.Run(t.Context())}, "", "HttpAction failed to make a request to the specified endpoint. The payload is not JSON, so it cannot be part of a batch.")

	a = compile(`"maxBatchOpenMs":5,"maxBatchSize":2,"maxBatchSizeBytes":100,"batchAcrossTopics":true`)
	one, other = task(a, "sensors/1", `{"t":1}`), task(a, "sensors/2", `{"t":3}`)
	if b := one.Batch(); b.Key != other.Batch().Key || b.OpenMS != 5 || b.Size != 2 || b.Bytes != 100 {
		t.Errorf("batches %+v and %+v", b, other.Batch())
	}
}

// agreed are destinations that are enabled, without a database.
type agreed struct{}

func (agreed) Enabled(caller.Scope, string) error                 { return nil }
func (agreed) Ensure(context.Context, caller.Scope, string) error { return nil }

// slow is a network whose time is that of the test.
type slow func(*http.Request) (*http.Response, error)

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func TestHTTPTime(t *testing.T) {
	const made = "HttpAction failed to make a request to the specified endpoint. "
	answer := func(after time.Duration, status int) slow {
		return func(r *http.Request) (*http.Response, error) {
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(after):
				rec := httptest.NewRecorder()
				rec.WriteHeader(status)
				return rec.Result(), nil
			}
		}
	}
	dial := func(err error) slow {
		return func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
	}
	f := func(network slow, tries int, took time.Duration, metric, text string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			n, began := 0, time.Now()
			counted := slow(func(r *http.Request) (*http.Response, error) { n++; return network(r) })
			w := newWorld(t, &Needs{Destinations: agreed{}, HTTP: &http.Client{Transport: counted}})
			w.fails(w.run(`{"http":{"url":"https://hooks.example.com/in"}}`, `{}`), metric, made+text)
			if n != tries || time.Since(began) != took {
				t.Errorf("%s: %d tries in %v, want %d in %v", text, n, time.Since(began), tries, took)
			}
		})
	}
	f(answer(0, 500), 3, 500*time.Millisecond, "HttpCode_5XX", "StatusCode: 500. Reason: Internal Server Error.")
	f(answer(1300*time.Millisecond, 500), 2, 2700*time.Millisecond, "HttpCode_5XX", "StatusCode: 500. Reason: Internal Server Error.")
	f(answer(2950*time.Millisecond, 500), 1, 2950*time.Millisecond, "HttpCode_5XX", "StatusCode: 500. Reason: Internal Server Error.")
	f(answer(time.Minute, 200), 1, httpTime, "HttpRequestTimeout", "It did not answer within 3000 ms.")
	f(answer(2*time.Second, 500), 2, httpTime, "HttpRequestTimeout", "It did not answer within 3000 ms.")
	f(dial(errors.New("connection refused")), 3, 500*time.Millisecond, "", `Post "https://hooks.example.com/in": dial tcp: connection refused.`)
	f(dial(&net.DNSError{Err: "no such host", Name: "hooks.example.com", IsNotFound: true}), 3, 500*time.Millisecond, "HttpUnknownHost", "The host hooks.example.com is not known.")
}

// On a developer's machine the web service may be a plain one.
func TestHTTPPlain(t *testing.T) {
	arrived := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.URL.Path }))
	w := newWorld(t, &Needs{Destinations: agreed{}, PlainHTTP: true})
	action := `{"http":{"url":"` + server.URL + `/in"}}`
	w.want(w.run(action, `{}`), "Url="+server.URL+"/in ConfirmationUrl="+server.URL+"/in", "")
	if path := <-arrived; path != "/in" {
		t.Errorf("arrived at %s", path)
	}
	server.Close()
	w.wantError(w.run(action, `{}`), "connection refused")
	w.needs.PlainHTTP = false
	w.refused(action, "must begin with https://")
}
