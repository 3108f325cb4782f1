package connect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// page is a function behind an URL: a web hook, or the runtime interface emulator of a Lambda image.
type page struct {
	url    *url.URL
	client *http.Client
}

func parsePage(text string) (*page, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("that is no URL") // it may hold a secret
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = maxIdle
	return &page{url: u, client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// answer posts the event. A failure to connect, 429 and 5xx are Transient.
func (p *page) answer(ctx context.Context, event []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.String(), bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, Transient(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, Transient(fmt.Errorf("the answer of %s broke off: %w", p.url.Redacted(), err))
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500:
		return nil, Transient(p.failure(answer.Status, body))
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return nil, p.failure(answer.Status, body)
	case answer.Header.Get("X-Amz-Function-Error") != "":
		return nil, fmt.Errorf("the function failed: %s", start(body))
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s has more than %d bytes", p.url.Redacted(), maxAnswer)
	}
	return body, nil
}

func (p *page) failure(status string, body []byte) error {
	return fmt.Errorf("%s answered %s: %s", p.url.Redacted(), status, start(body))
}

// start is as much of an answer as fits into an error.
func start(body []byte) string {
	const most = 200
	text := strings.ToValidUTF8(string(body[:min(len(body), most)]), "")
	if len(body) > most {
		text += "…"
	}
	return strings.TrimSpace(text)
}
