package logseg

import (
	"context"

	"telltale/base/fault"
)

// Aggregate implements Store. It counts by group, stream and time; members of messages are not pushed down.
// Damage ends it with a *DamageError, because a count that leaves rows out would be wrong.
func (l *Log) Aggregate(ctx context.Context, r AggReq) (AggTable, error) {
	const op = "logseg.Aggregate"
	if len(r.Fields) > 0 {
		return nil, ErrNotPushed
	}
	if r.Bin < 0 {
		return nil, fault.New(op, fault.Invalid, "bin of %d ms is negative", r.Bin)
	}
	q, err := l.query(scope{op: op, groups: r.Groups, streams: r.Streams, from: r.From, to: r.To, pred: r.Pred})
	if err != nil {
		return nil, err
	}
	defer q.close()
	table := AggTable{}
	err = q.each(ctx, func(s *source) error {
		var key AggKey
		if r.ByGroup {
			key.Group = s.body.group
		}
		if r.ByStream {
			key.Stream = s.body.stream
		}
		if r.Bin > 0 {
			key.Bin = s.row.ts - s.row.ts%r.Bin
		}
		table[key]++
		return nil
	})
	if err != nil {
		return nil, err
	}
	return table, nil
}
