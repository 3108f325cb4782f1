package logs

import (
	"context"
	"errors"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/filterpattern"
	"telltale/lang/predicate"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
	"telltale/store/state"
)

// filterPage is where FilterLogEvents continues.
type filterPage struct {
	Group uint32
	After logseg.Cursor
}

// FilterLogEvents finds the events of a group that match a pattern, in order of time and then of arrival. endTime belongs to the range.
// A page may end early when its messages reach 1 MB. (aws: logs/API_FilterLogEvents)
func (l *Logs) FilterLogEvents(ctx context.Context, in *logs.FilterLogEventsInput) (*logs.FilterLogEventsOutput, error) {
	const op = "logs.FilterLogEvents"
	req, limit, err := filterRequest(op, in)
	if err != nil {
		return nil, err
	}
	g, selected, err := l.selectStreams(ctx, op, in)
	if err != nil {
		return nil, err
	}
	at := filterPage{Group: g.ID}
	if err := fromToken(op, in.NextToken, &at); err != nil {
		return nil, err
	}
	if at.Group != g.ID {
		return nil, badToken(op)
	}
	out := &logs.FilterLogEventsOutput{Events: []logs.FilteredLogEvent{}, SearchedLogStreams: []logs.SearchedLogStream{}}
	if selected.none {
		return out, nil
	}
	req.Groups, req.Streams, req.After = []uint32{g.ID}, selected.ids, at.After
	events, more, err := l.collect(ctx, req, limit)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	if more {
		out.NextToken = pageToken(op, filterPage{g.ID, events[len(events)-1].at})
	}
	names, err := l.streamNames(ctx, op, events)
	if err != nil {
		return nil, err
	}
	for i := range events {
		e := &events[i]
		name, ok := names[e.stream]
		if !ok {
			continue // the stream was deleted a moment ago
		}
		out.Events = append(out.Events, logs.FilteredLogEvent{LogStreamName: name, Timestamp: &e.at.TS, Message: e.message,
			IngestionTime: &e.ingested, EventId: eventID(g.ID, e.at)})
	}
	return out, nil
}

// filterRequest is the part of the scan that needs no look at the group.
func filterRequest(op string, in *logs.FilterLogEventsInput) (r logseg.ScanReq, limit int, err error) {
	if r.From, r.To, err = window(op, in.StartTime, in.EndTime, true); err != nil {
		return r, 0, err
	}
	if limit, err = pageLimit(op, in.Limit); err != nil {
		return r, 0, err
	}
	r.Pred, err = parsePattern(op, in.FilterPattern)
	return r, limit, err
}

// parsePattern reads a filter pattern.
func parsePattern(op, text string) (*predicate.Expr, error) {
	p, err := filterpattern.Parse(text)
	if err != nil {
		return nil, invalid(op, "Invalid %v", err)
	}
	return p.Expr(), nil
}

// selection is the streams that a filter looks at.
type selection struct {
	ids  []uint32 // empty: all
	none bool     // there is no stream to look at
}

// selectStreams finds the group, and the streams that are named or begin with the prefix.
func (l *Logs) selectStreams(ctx context.Context, op string, in *logs.FilterLogEventsInput) (g *group, sel selection, err error) {
	scope := caller.From(ctx).Scope
	name, err := chosenGroup(op, scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, sel, err
	}
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return nil, sel, invalid(op, "Only one of logStreamNames and logStreamNamePrefix may be given.")
	}
	if len(in.LogStreamNames) > 100 {
		return nil, sel, invalid(op, "There are %d logStreamNames: at most 100 are allowed.", len(in.LogStreamNames))
	}
	err = l.view(ctx, op, func(tx *state.Tx) error {
		if g, err = getGroup(tx, op, scope, name); err != nil {
			return err
		}
		for _, name := range in.LogStreamNames {
			s, err := getStream(tx, op, g.ID, name)
			if err != nil {
				return err
			}
			sel.ids = append(sel.ids, s.ID)
		}
		if in.LogStreamNamePrefix == "" {
			return nil
		}
		for s, err := range streamsTable.Scan(tx, state.K(g.ID).Begins(in.LogStreamNamePrefix), state.Key{}, 0) {
			if err != nil {
				return err
			}
			sel.ids = append(sel.ids, s.ID)
		}
		sel.none = len(sel.ids) == 0
		return nil
	})
	return g, sel, err
}

// streamNames finds the names of the streams of some events. Streams that are no more are left out.
func (l *Logs) streamNames(ctx context.Context, op string, events []found) (map[uint32]string, error) {
	names := map[uint32]string{}
	for i := range events {
		names[events[i].stream] = ""
	}
	err := l.view(ctx, op, func(tx *state.Tx) error {
		for id := range names {
			s, err := streamsTable.Find(tx, "id", state.K(id))
			switch {
			case errors.Is(err, state.ErrNotFound):
				delete(names, id)
			case err != nil:
				return err
			default:
				names[id] = s.Name
			}
		}
		return nil
	})
	return names, err
}
