package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/cloudtrail"
	"telltale/store/logseg"
)

// endOfTime is later than any event, in epoch seconds, and far from the limits of an int64 also in milliseconds.
const endOfTime = 1 << 40

// maxResults is the size of a page, unless less is asked for. aws: awscloudtrail/API_LookupEvents
const maxResults = 50

// lookup is a checked request.
type lookup struct {
	scope     caller.Scope
	attribute *cloudtrail.LookupAttribute // nil: all events
	from, to  int64                       // epoch seconds, both inclusive
	limit     int
	after     logseg.Cursor
}

// LookupEvents finds the events of the caller's account and region in the last 90 days, newest first. Times are compared in whole
// seconds, as records show them.
//
// Errors: InvalidLookupAttributesException, InvalidTimeRangeException, InvalidMaxResultsException, InvalidNextTokenException.
func (t *Trail) LookupEvents(ctx context.Context, in *cloudtrail.LookupEventsInput) (*cloudtrail.LookupEventsOutput, error) {
	q, err := newLookup(caller.From(ctx).Scope, in)
	if err != nil {
		return nil, err
	}
	out := &cloudtrail.LookupEventsOutput{Events: []cloudtrail.Event{}}
	if in.EventCategory == cloudtrail.EventCategoryInsight {
		return out, nil // nothing here makes insights
	}
	group, ok, err := t.find(ctx, q.scope)
	if err != nil {
		return nil, fault.Wrap("trail.LookupEvents", fault.Unavailable, err)
	}
	if !ok {
		return out, nil
	}
	return out, t.search(ctx, q, group, out)
}

func newLookup(s caller.Scope, in *cloudtrail.LookupEventsInput) (*lookup, error) {
	const op = "trail.LookupEvents"
	q := &lookup{scope: s, limit: maxResults, to: endOfTime}
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > maxResults {
			return nil, fault.New(op, fault.Invalid, "MaxResults is %d; 1 to %d are allowed.", *in.MaxResults, maxResults).
				Named(cloudtrail.InvalidMaxResultsException)
		}
		q.limit = int(*in.MaxResults)
	}
	switch len(in.LookupAttributes) {
	case 0:
	case 1:
		q.attribute = &in.LookupAttributes[0]
		if err := checkAttribute(q.attribute); err != nil {
			return nil, err
		}
	default:
		return nil, fault.New(op, fault.Invalid, "The request has %d lookup attributes; at most one is allowed.", len(in.LookupAttributes)).
			Named(cloudtrail.InvalidLookupAttributesException)
	}
	if !in.StartTime.IsZero() {
		q.from = min(max(0, in.StartTime.Unix()), endOfTime)
	}
	if !in.EndTime.IsZero() {
		q.to = min(max(0, in.EndTime.Unix()), endOfTime)
	}
	if q.to < q.from {
		return nil, fault.New(op, fault.Invalid, "The end of the time range, %s, is before its start, %s.",
			in.EndTime.UTC().Format(time.RFC3339), in.StartTime.UTC().Format(time.RFC3339)).Named(cloudtrail.InvalidTimeRangeException)
	}
	return q, q.resume(in.NextToken)
}

// position is where a page ends, and of which lookup it is a page.
type position struct {
	After  logseg.Cursor
	Lookup uint64
}

// resume goes on where the page that gave the token ended.
func (q *lookup) resume(token string) error {
	if token == "" {
		return nil
	}
	var p position
	if page.Parse("LookupEvents", token, &p) != nil || p.Lookup != q.fingerprint() {
		return fault.New("trail.LookupEvents", fault.Invalid, "The NextToken was not returned by a LookupEvents call with the same parameters.").
			Named(cloudtrail.InvalidNextTokenException)
	}
	q.after = p.After
	return nil
}

// fingerprint tells lookups apart whose tokens must not be mixed up. The size of a page may change on the way.
func (q *lookup) fingerprint() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %d %d", q.scope.Account, q.scope.Region, q.from, q.to)
	if q.attribute != nil {
		fmt.Fprintf(h, " %q %q", q.attribute.AttributeKey, q.attribute.AttributeValue)
	}
	return h.Sum64()
}

// scan is what the store is asked for.
func (q *lookup) scan(group uint32) logseg.ScanReq {
	r := logseg.ScanReq{Groups: []uint32{group}, Descending: true, After: q.after, To: (q.to + 1) * 1000}
	r.From = max(q.from*1000, time.Now().Add(-history).UnixMilli())
	if q.attribute != nil {
		r.Pred = attributes[q.attribute.AttributeKey].narrow(q.attribute.AttributeValue)
	}
	return r
}

// search fills out with one page. One event beyond it tells whether there is a next.
func (t *Trail) search(ctx context.Context, q *lookup, group uint32, out *cloudtrail.LookupEventsOutput) error {
	var last logseg.Cursor
	for row, err := range t.needs.Store.Scan(ctx, q.scan(group)) {
		if _, damaged := errors.AsType[*logseg.DamageError](err); damaged {
			t.needs.Diary.Error("event history is damaged", "account", q.scope.Account, "region", q.scope.Region, "error", err)
			continue
		}
		if err != nil {
			return fault.Wrap("trail.LookupEvents", fault.Unavailable, err)
		}
		e, err := readEvent(row.Message)
		if err != nil {
			t.needs.Diary.Error("event history holds what is no record", "account", q.scope.Account, "region", q.scope.Region, "error", err)
			continue
		}
		if q.attribute != nil && !attributes[q.attribute.AttributeKey].matches(e, q.attribute.AttributeValue) {
			continue
		}
		if len(out.Events) == q.limit {
			out.NextToken = page.Token("LookupEvents", position{After: last, Lookup: q.fingerprint()})
			return nil
		}
		out.Events = append(out.Events, *e)
		last = row.Cursor()
	}
	return nil
}

// readEvent makes the answer of LookupEvents of a stored record.
func readEvent(message []byte) (*cloudtrail.Event, error) {
	var r record
	if err := json.Unmarshal(message, &r); err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, r.EventTime)
	if err != nil {
		return nil, err
	}
	e := &cloudtrail.Event{EventId: r.EventID, EventName: r.EventName, ReadOnly: "false", AccessKeyId: r.UserIdentity.AccessKeyID,
		EventTime: at, EventSource: r.EventSource, Username: r.UserIdentity.lookupName(), Resources: r.resources(),
		CloudTrailEvent: string(message)}
	if r.ReadOnly {
		e.ReadOnly = "true"
	}
	return e, nil
}
