package destination

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// How confirmation requests are sent.
const (
	sendTimeout = 5 * time.Second
	together    = 16 // requests under way at the same time
	idle        = time.Hour
)

// pauses are between the tries to send a request.
var pauses = []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute}

// work does all that is due, and returns how long there will be nothing more to do.
func (d *Destinations) work(ctx context.Context) (time.Duration, error) {
	for {
		due, next, err := d.due(ctx)
		if err != nil || len(due) == 0 {
			return next, err
		}
		failures := make([]error, len(due))
		var sending sync.WaitGroup
		for i, r := range due {
			sending.Go(func() { failures[i] = d.attend(ctx, r) })
		}
		sending.Wait()
		for _, err := range failures {
			if err != nil {
				return 0, err
			}
		}
	}
}

// due returns the destinations for which something is to be done now, or else when that will be.
func (d *Destinations) due(ctx context.Context) (due []*record, next time.Duration, err error) {
	now := time.Now()
	next = idle
	err = d.needs.State.View(ctx, func(tx *state.Tx) error {
		for r, err := range records.ScanIndex(tx, "due", state.Key{}, state.Cursor{}, together) {
			if err != nil {
				return err
			}
			if wait := time.UnixMilli(r.Due).Sub(now); wait > 0 {
				next = min(next, wait)
				return nil
			}
			due = append(due, r)
		}
		return nil
	})
	return due, next, err
}

// attend sends the request of a destination, or lets its token expire, and keeps what came of it.
func (d *Destinations) attend(ctx context.Context, was *record) error {
	var failure error
	if !was.Sent {
		if failure = d.send(ctx, was); ctx.Err() != nil {
			return nil // it is due again when we start again
		}
	}
	return d.needs.State.Update(ctx, func(tx *state.Tx) error {
		r, err := records.Get(tx, was.key())
		switch now := time.Now(); {
		case isAbsent(err):
			return nil
		case err != nil:
			return err
		case r.Token != was.Token || r.Status != iot.TopicRuleDestinationStatusInProgress:
			return nil // confirmed or asked anew meanwhile
		case was.Sent:
			r.fail("The confirmation timed out: no answer came within three days", now)
		case failure == nil:
			r.Sent, r.Due, r.Reason = true, r.Expires, ""
		case r.Tries == len(pauses):
			d.needs.Diary.Warn("destinations: gave up sending a confirmation request", "destination", r.arn(), "error", failure)
			r.fail("The confirmation request could not be sent: "+failure.Error(), now)
		default:
			r.Due = now.Add(pauses[r.Tries]).UnixMilli()
			r.Tries++
			r.Reason = "The confirmation request could not be sent and will be sent again: " + failure.Error()
		}
		return records.Put(tx, r)
	})
}

// send posts the confirmation request. (aws: iot/rule-destination-http-managing)
func (d *Destinations) send(ctx context.Context, r *record) error {
	body, err := json.Marshal(struct {
		ARN         string `json:"arn"`
		Token       string `json:"confirmationToken"`
		EnableURL   string `json:"enableUrl"`
		MessageType string `json:"messageType"`
	}{r.arn(), r.Token, strings.TrimSuffix(d.cfg.Endpoint(), "/") + "/confirmdestination/" + r.Token, "DestinationConfirmation"})
	if err != nil {
		return err
	}
	url, query, _ := strings.Cut(r.URL, "?")
	url = strings.TrimSuffix(url, "/") + "/?confirmationToken=" + r.Token
	if query != "" {
		url += "&" + query
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-amz-rules-engine-message-type", "DestinationConfirmation")
	req.Header.Set("x-amz-rules-engine-destination-arn", r.arn())
	answer, err := d.client.Do(req)
	if err != nil {
		return hideToken(err, r.Token)
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 16<<10) // lets the connection be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the URL answered %s", answer.Status)
	}
	return nil
}

// hideToken keeps the token out of what anybody who may see the destination reads: it must come from its owner.
func hideToken(err error, token string) error {
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), token, "…"))
}
