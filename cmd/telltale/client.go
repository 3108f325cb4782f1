package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"telltale/app"
	"telltale/lang/wire/sigv4"
)

// client calls the public API of a telltale, signed like any other client: the commands have no back door.
type client struct {
	endpoint, region string
	key              sigv4.Key
}

// addTarget gives a command the flags that say which telltale it talks to.
func addTarget(cmd *cobra.Command) {
	cmd.Flags().String("endpoint", "", "URL of the AWS API (default: AWS_ENDPOINT_URL, else what --data-dir's telltale listens on)")
	cmd.Flags().String("data-dir", "./data", "data directory of the telltale to talk to")
	cmd.Flags().String("region", "", "region (default: AWS_REGION, else the telltale's)")
}

// newClient finds out whom to call and with which key: flags, then the environment that AWS tools read, then the data directory.
func newClient(cmd *cobra.Command) (*client, error) {
	flag := func(name string) string { v, _ := cmd.Flags().GetString(name); return v }
	running, notRunning := app.LastRun(flag("data-dir"))
	if running == nil {
		running = &app.Running{Mode: app.Dev}
	}
	c := &client{
		endpoint: first(flag("endpoint"), os.Getenv("AWS_ENDPOINT_URL")),
		region:   first(flag("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), running.Region, "us-east-1"),
		key:      sigv4.Key{ID: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: os.Getenv("AWS_SECRET_ACCESS_KEY"), Token: os.Getenv("AWS_SESSION_TOKEN")},
	}
	if c.endpoint == "" {
		if notRunning != nil {
			return nil, notRunning
		}
		c.endpoint = running.Endpoint()
	}
	c.endpoint = strings.TrimRight(c.endpoint, "/")
	if c.key.ID != "" {
		return c, nil
	}
	file := os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
	if file == "" && running.Mode == app.Dev {
		c.key.ID, c.key.Secret = "test", "test"
		return c, nil
	}
	var err error
	c.key, err = readCredentials(first(file, running.CredentialsFile()))
	return c, err
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// readCredentials reads the default profile of a file in the AWS shared-credentials format.
func readCredentials(path string) (key sigv4.Key, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	profile := ""
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			profile = strings.Trim(line, "[] ")
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || profile != "default" {
			continue
		}
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			key.ID = strings.TrimSpace(value)
		case "aws_secret_access_key":
			key.Secret = strings.TrimSpace(value)
		}
	}
	if key.ID == "" || key.Secret == "" {
		return key, fmt.Errorf("%s has no key in its [default] profile", path)
	}
	return key, nil
}

// logs calls an operation of CloudWatch Logs.
func (c *client) logs(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	answer, status, err := c.send(r, body, "logs")
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return apiError(operation, answer)
	}
	return json.Unmarshal(answer, out)
}

// send signs a request for a service, sends it, and reads the answer.
func (c *client) send(r *http.Request, body []byte, service string) (answer []byte, status int, err error) {
	if err := sigv4.Sign(r, body, c.key, service, c.region, time.Now()); err != nil {
		return nil, 0, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, &unreachable{c.endpoint, err}
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return answer, res.StatusCode, err
}

// unreachable is the error of a call that nobody answered.
type unreachable struct {
	endpoint string
	err      error
}

func (e *unreachable) Error() string {
	return "telltale cannot be reached at " + e.endpoint + ": " + e.err.Error()
}
func (e *unreachable) Unwrap() error { return e.err }

// errNotFound is the answer that a log group does not exist.
var errNotFound = errors.New("the log group does not exist: nothing has been logged, or logging is not configured (aws iot get-v2-logging-options)")

func apiError(operation string, answer []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &e) // what is not JSON is shown as it is
	switch {
	case e.Type == "ResourceNotFoundException":
		return errNotFound
	case e.Type != "":
		return fmt.Errorf("%s: %s: %s", operation, e.Type, e.Message)
	}
	return fmt.Errorf("%s: %s", operation, bytes.TrimSpace(answer))
}

// logEvent is one event of FilterLogEvents.
type logEvent struct {
	EventID   string `json:"eventId"`
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

// filter reads every event of a group from a time on that matches a pattern, page by page.
func (c *client) filter(ctx context.Context, group, pattern string, from time.Time, visit func(logEvent) error) error {
	in := map[string]any{"logGroupName": group, "startTime": from.UnixMilli()}
	if pattern != "" {
		in["filterPattern"] = pattern
	}
	for {
		var out struct {
			Events    []logEvent `json:"events"`
			NextToken string     `json:"nextToken"`
		}
		if err := c.logs(ctx, "FilterLogEvents", in, &out); err != nil {
			return err
		}
		for _, e := range out.Events {
			if err := visit(e); err != nil {
				return err
			}
		}
		if out.NextToken == "" {
			return nil
		}
		in["nextToken"] = out.NextToken
	}
}
