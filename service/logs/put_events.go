package logs

import (
	"context"
	"fmt"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
)

// Limits of PutLogEvents. (aws: logs/API_PutLogEvents)
const (
	maxBatchEvents = 10_000
	maxBatchBytes  = 1 << 20 // of messages and eventOverhead for each
	eventOverhead  = 26
	maxBatchSpan   = 24 * time.Hour
	maxFuture      = 2 * time.Hour
	maxPast        = 14 * 24 * time.Hour
)

// PutLogEvents stores events in a stream. They are visible when it returns. Events that are too old, expired or too far in the future are
// left out, and the output says which. (aws: logs/API_PutLogEvents)
func (l *Logs) PutLogEvents(ctx context.Context, in *logs.PutLogEventsInput) (*logs.PutLogEventsOutput, error) {
	const op = "logs.PutLogEvents"
	if err := checkBatch(op, in.LogEvents); err != nil {
		return nil, err
	}
	key := groupKey{caller.From(ctx).Scope, in.LogGroupName}
	g, id, err := l.hold(ctx, op, key, in.LogStreamName, false)
	if err != nil {
		return nil, err
	}
	defer g.mu.RUnlock()
	now := time.Now()
	accepted, rejected := sift(in.LogEvents, now, g.retention.Load())
	if err := checkSpan(op, accepted); err != nil {
		return nil, err
	}
	entries := make([]logseg.Entry, len(accepted))
	for i, e := range accepted {
		entries[i] = logseg.Entry{Group: g.id, Stream: id, TS: e.Timestamp, Ingested: now.UnixMilli(), Raw: []byte(e.Message)}
	}
	if len(entries) > 0 {
		if err := l.needs.Store.Append(ctx, entries); err != nil {
			return nil, fault.Wrap(op, fault.Unavailable, err)
		}
	}
	return &logs.PutLogEventsOutput{NextSequenceToken: fmt.Sprintf("%056d", now.UnixNano()), RejectedLogEventsInfo: rejected}, nil
}

// checkBatch refuses what the whole call fails for.
func checkBatch(op string, events []logs.InputLogEvent) error {
	if n := len(events); n == 0 || n > maxBatchEvents {
		return invalid(op, "There are %d log events: a call must have 1 to %d.", n, maxBatchEvents)
	}
	size := 0
	for i, e := range events {
		switch {
		case e.Message == "":
			return invalid(op, "The message of log event %d is empty: it must have at least one byte.", i)
		case e.Timestamp < 0:
			return invalid(op, "The timestamp %d of log event %d is negative.", e.Timestamp, i)
		case i > 0 && e.Timestamp < events[i-1].Timestamp:
			return invalid(op, "Log events in a single PutLogEvents request must be in chronological order.")
		case len(e.Message) > maxBatchBytes:
			return invalid(op, "Log event too large: %d bytes exceeds limit of %d", len(e.Message), maxBatchBytes)
		}
		size += len(e.Message) + eventOverhead
	}
	if size > maxBatchBytes {
		return invalid(op, "Upload too large: %d bytes exceeds limit of %d", size, maxBatchBytes)
	}
	return nil
}

func checkSpan(op string, events []logs.InputLogEvent) error {
	if len(events) == 0 {
		return nil
	}
	if span := events[len(events)-1].Timestamp - events[0].Timestamp; span > maxBatchSpan.Milliseconds() {
		return invalid(op, "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// sift takes the events that may be stored. As a batch is in order of time, what is too old is at its beginning, what is too new at its end.
func sift(events []logs.InputLogEvent, now time.Time, retention int32) ([]logs.InputLogEvent, *logs.RejectedLogEventsInfo) {
	before := func(t time.Time) (n int) { // how many events are before t
		for n < len(events) && events[n].Timestamp < t.UnixMilli() {
			n++
		}
		return n
	}
	var info logs.RejectedLogEventsInfo
	index := func(n int) *int32 { i := int32(n); return &i }
	first, last := 0, before(now.Add(maxFuture+time.Millisecond))
	if last < len(events) {
		info.TooNewLogEventStartIndex = index(last)
	}
	if n := before(now.Add(-maxPast)); n > 0 {
		info.TooOldLogEventEndIndex, first = index(n), n
	}
	if retention > 0 {
		if n := before(now.Add(-time.Duration(retention) * 24 * time.Hour)); n > 0 {
			info.ExpiredLogEventEndIndex, first = index(n), max(first, n)
		}
	}
	if info == (logs.RejectedLogEventsInfo{}) {
		return events, nil
	}
	return events[first:max(first, last)], &info
}
