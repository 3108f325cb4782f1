package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/rules/destination"
)

// (aws: iot/https-rule-action, iot/http_batching)
var httpKind = newKind(Kind{
	Key: "http", Name: "HttpAction", Metric: "HTTP",
	Templates: []string{"url", "confirmationUrl", "headers.value"},
	Text:      "Posts the result to a web service whose owner confirmed that it wants it.",
}, func(a *iot.Action) *iot.HttpAction { return a.Http }, compileHTTP)

// httpTime is what a request may take, further tries included. (aws: general/iot-core#http-action-limits)
const httpTime = 3000 * time.Millisecond

type httpAction struct {
	needs        *Needs
	client       *http.Client
	scope        caller.Scope
	url          value
	confirmation value // the url if the rule names none
	headers      []httpHeader
	signature    *signature // nil for none
	batch        *Batch     // nil: each message has a request of its own. The key is empty
	acrossTopics bool
}

type httpHeader struct {
	name  string
	value value
}

func compileHTTP(c *Compiler, p *iot.HttpAction) (Action, error) {
	a := &httpAction{needs: c.Needs, client: c.Needs.client(), scope: c.Scope}
	if c.Needs.Destinations == nil {
		return nil, errors.New("no topic rule destinations are kept here")
	}
	for _, step := range []func(*Compiler, *iot.HttpAction) error{a.compileURLs, a.compileHeaders, a.compileSignature, a.compileBatch} {
		if err := step(c, p); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *httpAction) compileURLs(c *Compiler, p *iot.HttpAction) error {
	confirmation := p.ConfirmationUrl
	if confirmation == "" {
		confirmation = p.Url
	}
	check := func(text string) error { return destination.CheckURL(text, c.Needs.PlainHTTP) }
	if err := c.parameters(
		parameter{to: &a.url, name: "url", text: p.Url, check: check},
		parameter{to: &a.confirmation, name: "confirmationUrl", text: confirmation, check: check}); err != nil {
		return err
	}
	switch {
	case p.ConfirmationUrl == "" && !a.url.template.Literal():
		return errors.New("url: one with ${…} needs a confirmationUrl, with which it begins")
	case a.confirmation.template.Literal() && !strings.HasPrefix(p.Url, confirmation):
		return fmt.Errorf("url: it must begin with the confirmationUrl %s", confirmation)
	case a.url.template.Literal() && a.confirmation.template.Literal():
		return covers(confirmation, p.Url)
	}
	return nil
}

// covers says why the owner of a confirmed URL has not agreed to another one, or nil. A mere prefix is not enough:
// https://hooks.example.net begins with https://hooks.example, too.
func covers(confirmed, to string) error {
	a, err := url.Parse(confirmed)
	if err != nil {
		return err
	}
	b, err := url.Parse(to)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(to, confirmed) || a.Host != b.Host {
		return fmt.Errorf("the URL %s does not begin with the confirmationUrl %s", to, confirmed)
	}
	return nil
}

// connectionHeaders belong to the connection, not to the message.
var connectionHeaders = []string{"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// headerName is what the name of a header may be. (RFC 9110, section 5.6.2)
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func (a *httpAction) compileHeaders(c *Compiler, p *iot.HttpAction) error {
	for i, h := range p.Headers {
		name := http.CanonicalHeaderKey(h.Key)
		switch {
		case !headerName.MatchString(h.Key):
			return fmt.Errorf("headers[%d].key: %q is not the name of a header; allowed are letters, digits and !#$%%&'*+-.^_`|~", i, h.Key)
		case slices.Contains(connectionHeaders, name):
			return fmt.Errorf("headers[%d].key: %s cannot be set; the connection decides on %s", i, h.Key, strings.Join(connectionHeaders, ", "))
		}
		header := httpHeader{name: name}
		if err := c.parameters(parameter{to: &header.value, name: fmt.Sprintf("headers[%d].value", i), text: h.Value, optional: true}); err != nil {
			return err
		}
		a.headers = append(a.headers, header)
	}
	return nil
}

// signers are the endpoints with the keys for services that sign with another name.
var signers = map[string]string{"es": "opensearch", "geo": "location", "monitoring": "cloudwatch", "states": "stepfunctions"}

func (a *httpAction) compileSignature(c *Compiler, p *iot.HttpAction) error {
	if p.Auth == nil || p.Auth.Sigv4 == nil {
		return nil
	}
	s := p.Auth.Sigv4
	name := s.ServiceName
	if signers[name] != "" {
		name = signers[name]
	}
	endpoint := c.Needs.Endpoints[name]
	if endpoint == nil {
		return fmt.Errorf("auth.sigv4: requests for %s are signed with the access key of the endpoint %s, and none is configured", s.ServiceName, name)
	}
	a.signature = &signature{endpoint.Credentials(), s.ServiceName, s.SigningRegion}
	return nil
}

func (a *httpAction) compileBatch(c *Compiler, p *iot.HttpAction) error {
	if p.EnableBatching == nil || !*p.EnableBatching {
		return nil
	}
	if c.ErrorAction {
		return errors.New("enableBatching: an error action cannot send in batches")
	}
	a.batch = &Batch{OpenMS: 20, Size: 10, Bytes: 5120}
	if b := p.BatchConfig; b != nil {
		for _, x := range []struct {
			to   *int
			from *int32
		}{{&a.batch.OpenMS, b.MaxBatchOpenMs}, {&a.batch.Size, b.MaxBatchSize}, {&a.batch.Bytes, b.MaxBatchSizeBytes}} {
			if x.from != nil {
				*x.to = int(*x.from)
			}
		}
		a.acrossTopics = b.BatchAcrossTopics != nil && *b.BatchAcrossTopics
	}
	return nil
}

// Prepare makes the destination. One whose URL has ${…} is made by hand.
func (a *httpAction) Prepare(ctx context.Context) error {
	if !a.confirmation.template.Literal() {
		return nil
	}
	return a.needs.Destinations.Ensure(ctx, a.scope, a.confirmation.template.Text())
}

// Render makes the request.
func (a *httpAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	t := &httpTask{httpAction: a, url: f.text(a.url), confirmation: f.text(a.confirmation), header: http.Header{}, payload: r.Payload, topic: r.Topic}
	if f.object(covers(t.confirmation, t.url)); f.objection != nil {
		t.objection = httpFailed("HttpInvalidUrl", f.objection, "%s.", f.objection)
	} else if a.batch != nil && !r.JSON {
		t.objection = httpFailed("", nil, "The payload is not JSON, so it cannot be part of a batch.")
	}
	for _, h := range a.headers {
		t.header.Add(h.name, f.text(h.value))
	}
	if t.header.Get("Content-Type") == "" {
		t.header.Set("Content-Type", contentType(r.JSON))
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

func contentType(isJSON bool) string {
	if isJSON {
		return "application/json"
	}
	return "application/octet-stream"
}

// httpFailed is the error of the action. (aws: iot/rule-error-handling)
func httpFailed(metric string, cause error, format string, args ...any) *Error {
	return &Error{Text: "HttpAction failed to make a request to the specified endpoint. " + fmt.Sprintf(format, args...), Metric: metric, Cause: cause}
}

// words are those of an error for customers.
func words(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message()
	}
	return err.Error()
}

type httpTask struct {
	*httpAction
	url, confirmation string
	header            http.Header
	payload           []byte
	topic             string
	objection         error
}

func (t *httpTask) Resources() []Resource {
	return []Resource{{"Url", t.url}, {"ConfirmationUrl", t.confirmation}}
}

// Permission is none: the destination's owner has agreed, and the key that signs is configured.
func (t *httpTask) Permission() Permission { return Permission{} }

func (t *httpTask) Batch() Batch {
	if t.batch == nil || t.objection != nil {
		return Batch{}
	}
	b := *t.batch
	b.Key = t.url + "\n" + t.confirmation
	if !t.acrossTopics {
		b.Key += "\n" + t.topic
	}
	return b
}

func (t *httpTask) Run(ctx context.Context) error { return t.post(ctx, t.header, t.payload) }

// RunAll posts the payloads as an array, with the headers of the newest. (aws: iot/http_batching)
func (t *httpTask) RunAll(ctx context.Context, tasks []Task) error {
	body := []byte{'['}
	var header http.Header
	for i, task := range tasks {
		one, ok := task.(*httpTask)
		if !ok {
			return httpFailed("", nil, "A batch holds a task of another kind.")
		}
		if i > 0 {
			body = append(body, ',')
		}
		body, header = append(body, one.payload...), one.header
	}
	header = header.Clone()
	header.Set("Content-Type", contentType(true))
	return t.post(ctx, header, append(body, ']'))
}

func (t *httpTask) post(ctx context.Context, header http.Header, body []byte) error {
	if t.objection != nil {
		return t.objection
	}
	if err := t.needs.Destinations.Enabled(t.scope, t.confirmation); err != nil {
		return httpFailed("", err, "The destination cannot be used: %s.", words(err))
	}
	x := exchange{client: t.client, within: httpTime, request: func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header = header.Clone()
		return req, t.signature.sign(ctx, req, body)
	}}
	a, err := x.run(ctx)
	if err != nil {
		return httpBroken(err)
	}
	if a.good() {
		return nil
	}
	return httpFailed(httpMetric(a.status), nil, "StatusCode: %d. Reason: %s.", a.status, a.reason)
}

// httpMetric is what an answer is counted as. (aws: iot/metrics_dimensions#rule-metrics)
func httpMetric(status int) string {
	switch status / 100 {
	case 4:
		return "HttpCode_4XX"
	case 5:
		return "HttpCode_5XX"
	}
	return "HttpCode_Other"
}

// httpBroken is the error of a request that was not answered.
func httpBroken(err error) error {
	if errors.Is(err, errTooLong) {
		return httpFailed("HttpRequestTimeout", err, "It did not answer within %d ms.", httpTime.Milliseconds())
	}
	if unknown, ok := errors.AsType[*net.DNSError](err); ok && unknown.IsNotFound {
		return httpFailed("HttpUnknownHost", err, "The host %s is not known.", unknown.Name)
	}
	return httpFailed("", err, "%s.", err)
}
