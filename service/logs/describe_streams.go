package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
	"telltale/store/state"
)

// streamPage is where DescribeLogStreams continues: after this stream, which had its last event at this time.
type streamPage struct {
	Last  int64 `json:",omitempty"`
	After string
}

// DescribeLogStreams lists the streams of a group, by name or by the time of their last event; streams without events come before all
// times. (aws: logs/API_DescribeLogStreams)
func (l *Logs) DescribeLogStreams(ctx context.Context, in *logs.DescribeLogStreamsInput) (*logs.DescribeLogStreamsOutput, error) {
	const op = "logs.DescribeLogStreams"
	scope := caller.From(ctx).Scope
	name, err := chosenGroup(op, scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	order, err := streamOrderOf(op, in)
	if err != nil {
		return nil, err
	}
	limit, err := describeLimit(op, in.Limit, maxDescribed)
	if err != nil {
		return nil, err
	}
	var at *streamPage
	if in.NextToken != "" {
		at = new(streamPage)
		if err := fromToken(op, in.NextToken, at); err != nil {
			return nil, err
		}
	}
	g, streams, usage, err := l.streamsOf(ctx, op, scope, name, in.LogStreamNamePrefix)
	if err != nil {
		return nil, err
	}
	page, next := order.page(streams, usage, at, limit)
	out := &logs.DescribeLogStreamsOutput{LogStreams: []logs.LogStream{}}
	for _, s := range page {
		out.LogStreams = append(out.LogStreams, describeStream(g, s, usage.Streams[s.ID]))
	}
	if next != nil {
		out.NextToken = pageToken(op, *next)
	}
	return out, nil
}

func (l *Logs) streamsOf(ctx context.Context, op string, s caller.Scope, name, prefix string) (g *group, list []*stream, u logseg.Usage, err error) {
	err = l.view(ctx, op, func(tx *state.Tx) error {
		if g, err = getGroup(tx, op, s, name); err != nil {
			return err
		}
		for s, err := range streamsTable.Scan(tx, state.K(g.ID).Begins(prefix), state.Key{}, 0) {
			if err != nil {
				return err
			}
			list = append(list, s)
		}
		return nil
	})
	if err == nil {
		u = l.needs.Store.Usage(g.ID)
	}
	return g, list, u, err
}

// describeStream answers storedBytes 0, as AWS does for all streams.
func describeStream(g *group, s *stream, held logseg.Span) logs.LogStream {
	d := logs.LogStream{LogStreamName: s.Name, CreationTime: &s.Created, Arn: arn.LogStream(g.scope(), g.Name, s.Name), StoredBytes: new(int64),
		UploadSequenceToken: eventID(g.ID, logseg.Cursor{TS: s.Created})}
	if held.Entries > 0 {
		d.FirstEventTimestamp, d.LastEventTimestamp, d.LastIngestionTime = &held.FirstTS, &held.LastTS, &held.LastIngested
	}
	return d
}

// streamOrder is the order of a listing of streams.
type streamOrder struct{ byTime, descending bool }

func streamOrderOf(op string, in *logs.DescribeLogStreamsInput) (o streamOrder, err error) {
	o = streamOrder{byTime: in.OrderBy == logs.OrderByLastEventTime, descending: in.Descending != nil && *in.Descending}
	switch {
	case in.OrderBy != "" && in.OrderBy != logs.OrderByLastEventTime && in.OrderBy != logs.OrderByLogStreamName:
		return o, invalid(op, "The orderBy %q is not known: it must be LogStreamName or LastEventTime.", in.OrderBy)
	case o.byTime && in.LogStreamNamePrefix != "":
		return o, invalid(op, "Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	return o, nil
}

// page sorts the streams and takes those after a place; next is where the next page begins, nil at the end.
func (o streamOrder) page(streams []*stream, u logseg.Usage, at *streamPage, limit int) (page []*stream, next *streamPage) {
	place := func(s *stream) streamPage {
		if o.byTime {
			return streamPage{u.Streams[s.ID].LastTS, s.Name}
		}
		return streamPage{0, s.Name}
	}
	compare := func(a, b streamPage) int {
		c := cmp.Or(cmp.Compare(a.Last, b.Last), strings.Compare(a.After, b.After))
		if o.descending {
			return -c
		}
		return c
	}
	if at != nil {
		streams = slices.DeleteFunc(streams, func(s *stream) bool { return compare(place(s), *at) <= 0 })
	}
	slices.SortFunc(streams, func(a, b *stream) int { return compare(place(a), place(b)) })
	if len(streams) > limit {
		last := place(streams[limit-1])
		return streams[:limit], &last
	}
	return streams, nil
}
