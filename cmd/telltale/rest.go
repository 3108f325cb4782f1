package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// rest calls an operation of a service that speaks JSON over paths. in and out may be nil: nothing is sent, or looked at.
func (c *client) rest(ctx context.Context, service, method, path string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, status, err := c.send(r, body, service)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		var e struct{ Message string }
		_ = json.Unmarshal(answer, &e) // what is not JSON is shown as it is
		return fmt.Errorf("%s", first(e.Message, string(answer)))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// get calls a reading operation.
func (c *client) get(ctx context.Context, service, path string, query url.Values, out any) error {
	return c.rest(ctx, service, http.MethodGet, path, query, nil, out)
}

// seconds is a time as JSON has it: seconds since the epoch, with a fraction.
type seconds float64

func (s seconds) time() time.Time { return time.UnixMilli(int64(float64(s)*1000 + 0.5)).UTC() }
