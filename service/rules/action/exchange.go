package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// exchange is an HTTP request that is made again where that may help.
// (aws: iot/https-rule-action#https-rule-action-considerations)
type exchange struct {
	client  *http.Client
	within  time.Duration // all tries together
	request func(context.Context) (*http.Request, error)
}

// answer is what came back for a request.
type answer struct {
	status int
	reason string // Internal Server Error
	body   []byte // its first maxAnswer bytes
	long   bool   // there was more
}

// maxAnswer is how much of an answer is read. One that is longer is not asked for again.
const maxAnswer = 16384

// betweenTries are the pauses before the second and the third try. AWS does not document its own.
var betweenTries = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond}

// errTooLong ends an exchange that took all of its time.
var errTooLong = errors.New("no answer in time")

// client is one for actions that speak HTTP themselves. It follows no redirects: only who was named gets the message.
func (n *Needs) client() *http.Client {
	client := http.Client{}
	if n.HTTP != nil {
		client = *n.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// run makes the request up to three times. The error is errTooLong when the time was over.
func (x *exchange) run(ctx context.Context) (*answer, error) {
	limited, cancel := context.WithTimeoutCause(ctx, x.within, errTooLong)
	defer cancel()
	for try := 0; ; try++ {
		a, err := x.once(limited)
		if err != nil && limited.Err() != nil {
			return nil, context.Cause(limited)
		}
		if try == len(betweenTries) || !again(a, err) || !pause(limited, betweenTries[try]) {
			return a, err
		}
	}
}

// send makes the request; an answer that is no good one is an error.
func (x *exchange) send(ctx context.Context) error {
	a, err := x.run(ctx)
	switch {
	case errors.Is(err, errTooLong):
		return fmt.Errorf("there was no answer within %v", x.within)
	case err != nil:
		return err
	case !a.good():
		return fmt.Errorf("%d %s %s", a.status, a.reason, a.excerpt())
	}
	return nil
}

// again reports whether another try may help and does no harm: nothing was said that tells the request apart from a good one, and a peer
// that closed the connection had perhaps read it.
func again(a *answer, err error) bool {
	if err != nil {
		failure, ok := errors.AsType[*net.OpError](err)
		return ok && failure.Op == "dial"
	}
	return !a.long && (a.status == http.StatusTooManyRequests || a.status >= 500)
}

// pause waits, unless there would be no time left after it.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (x *exchange) once(ctx context.Context) (*answer, error) {
	req, err := x.request(ctx)
	if err != nil {
		return nil, err
	}
	got, err := x.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	a := &answer{status: got.StatusCode, reason: http.StatusText(got.StatusCode), body: body, long: len(body) > maxAnswer}
	if _, words, ok := strings.Cut(got.Status, " "); ok && words != "" {
		a.reason = words
	}
	if a.long {
		a.body = body[:maxAnswer]
	}
	return a, nil
}

// good reports whether the request was accepted.
func (a *answer) good() bool { return a.status >= 200 && a.status < 300 }

// excerpt is the beginning of what the other side said, for an error.
func (a *answer) excerpt() string {
	const most = 500
	text := strings.ToValidUTF8(strings.TrimSpace(string(a.body)), "�")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
