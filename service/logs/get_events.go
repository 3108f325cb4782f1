package logs

import (
	"context"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
	"telltale/store/state"
)

// GetLogEvents reads a stream, forwards or backwards; a page is always in order of time. Without a token it begins with the newest page,
// or with startFromHead the oldest; with one, the token says the direction. At an end the token that was given comes back.
// endTime does not belong to the range. (aws: logs/API_GetLogEvents)
func (l *Logs) GetLogEvents(ctx context.Context, in *logs.GetLogEventsInput) (*logs.GetLogEventsOutput, error) {
	const op = "logs.GetLogEvents"
	var req logseg.ScanReq
	var err error
	if req.From, req.To, err = window(op, in.StartTime, in.EndTime, false); err != nil {
		return nil, err
	}
	limit, err := pageLimit(op, in.Limit)
	if err != nil {
		return nil, err
	}
	g, s, err := l.streamOf(ctx, op, in)
	if err != nil {
		return nil, err
	}
	at := readingPlace{forward: in.StartFromHead != nil && *in.StartFromHead}
	if in.NextToken != "" {
		if at, err = parsePlace(op, g.ID, in.NextToken); err != nil {
			return nil, err
		}
	}
	req.Groups, req.Streams, req.Descending, req.After = []uint32{g.ID}, []uint32{s.ID}, !at.forward, at.cursor
	var events []found
	if !at.atStart() {
		if events, _, err = l.collect(ctx, req, limit); err != nil {
			return nil, fault.Wrap(op, fault.Unavailable, err)
		}
	}
	if !at.forward {
		slices.Reverse(events)
	}
	out := &logs.GetLogEventsOutput{Events: []logs.OutputLogEvent{}}
	for i := range events {
		e := &events[i]
		out.Events = append(out.Events, logs.OutputLogEvent{Timestamp: &e.at.TS, Message: e.message, IngestionTime: &e.ingested})
	}
	back, forth := at.around(events)
	out.NextBackwardToken, out.NextForwardToken = back.token(g.ID), forth.token(g.ID)
	return out, nil
}

func (l *Logs) streamOf(ctx context.Context, op string, in *logs.GetLogEventsInput) (g *group, s *stream, err error) {
	scope := caller.From(ctx).Scope
	name, err := chosenGroup(op, scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, nil, err
	}
	err = l.view(ctx, op, func(tx *state.Tx) error {
		if g, err = getGroup(tx, op, scope, name); err != nil {
			return err
		}
		s, err = getStream(tx, op, g.ID, in.LogStreamName)
		return err
	})
	return g, s, err
}

// readingPlace is where a reader of a stream stands and which way it looks: what it reads next is strictly behind the cursor.
type readingPlace struct {
	forward bool
	cursor  logseg.Cursor
	given   bool // it comes from a token
}

// atStart reports whether there is nothing to read because nothing is before the first of all places.
func (p readingPlace) atStart() bool { return p.given && !p.forward && p.cursor == logseg.Cursor{} }

// around is the places behind which the events before and after a page are. An empty page lies between its two neighbours, so that turning
// round neither repeats nor misses the event at the cursor.
func (p readingPlace) around(page []found) (back, forth readingPlace) {
	back, forth = readingPlace{cursor: p.cursor}, readingPlace{forward: true, cursor: p.cursor}
	switch {
	case len(page) > 0:
		back.cursor, forth.cursor = page[0].at, page[len(page)-1].at
	case p.cursor.Seq == 0: // before all events
	case p.forward:
		back.cursor.Seq++
	default:
		forth.cursor.Seq--
	}
	return back, forth
}

// token is the place as AWS spells it: a direction and a place of 56 digits.
func (p readingPlace) token(group uint32) string {
	if p.forward {
		return "f/" + eventID(group, p.cursor) + "/s"
	}
	return "b/" + eventID(group, p.cursor) + "/s"
}

func parsePlace(op string, group uint32, token string) (readingPlace, error) {
	direction, rest, _ := strings.Cut(token, "/")
	id, found := strings.CutSuffix(rest, "/s")
	owner, cursor, ok := parseEventID(id)
	if !found || !ok || owner != group || direction != "f" && direction != "b" {
		return readingPlace{}, badToken(op)
	}
	return readingPlace{forward: direction == "f", cursor: cursor, given: true}, nil
}
