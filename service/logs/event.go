package logs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"telltale/store/logseg"
)

// Limits of one page of events. (aws: logs/API_FilterLogEvents, logs/API_GetLogEvents)
const (
	maxPageEvents = 10_000
	maxPageBytes  = 1 << 20 // of messages; a page holds at least one event whatever its size
)

// found is an event that a page shows.
type found struct {
	at       logseg.Cursor
	stream   uint32
	ingested int64
	message  string
}

// collect reads one page of events, and whether more follow.
func (l *Logs) collect(ctx context.Context, r logseg.ScanReq, limit int) (page []found, more bool, err error) {
	r.Limit = limit + 1
	size := 0
	for row, err := range l.needs.Store.Scan(ctx, r) {
		if damage, ok := errors.AsType[*logseg.DamageError](err); ok {
			l.needs.Diary.Error("log events cannot be read", "file", damage.File, "block", damage.Block, "error", damage.Err)
			continue
		}
		if err != nil {
			return nil, false, err
		}
		if size += len(row.Message); len(page) == limit || size > maxPageBytes && len(page) > 0 {
			return page, true, nil
		}
		page = append(page, found{row.Cursor(), row.Stream, row.Ingested, string(row.Message)})
	}
	return page, false, nil
}

// pageLimit is the number of events that a page may have.
func pageLimit(op string, limit *int32) (int, error) {
	switch {
	case limit == nil:
		return maxPageEvents, nil
	case *limit < 1 || *limit > maxPageEvents:
		return 0, invalid(op, "The limit %d is not allowed: it must be 1 to %d.", *limit, maxPageEvents)
	}
	return int(*limit), nil
}

// window is the range of event times from start to before end, as a ScanReq wants it; end is moved by one if it belongs to the range.
func window(op string, start, end *int64, inclusive bool) (from, to int64, err error) {
	if start != nil {
		from = *start
	}
	if from < 0 || end != nil && *end < 0 {
		return 0, 0, invalid(op, "startTime and endTime are milliseconds since 1970-01-01 00:00:00 UTC and must not be negative.")
	}
	if end == nil || *end == math.MaxInt64 {
		return from, 0, nil
	}
	to = *end
	if to < from {
		return 0, 0, invalid(op, "The endTime %d is before the startTime %d.", to, from)
	}
	if inclusive {
		to++
	}
	if to == 0 { // 0 would mean no end
		return 1, 1, nil
	}
	return from, to, nil
}

// eventID is a place in a group as a string of 56 digits that sorts by time: 19 digits of event time in milliseconds, 20 of the sequence
// number, 10 of the group, and zeros.
func eventID(group uint32, at logseg.Cursor) string {
	return fmt.Sprintf("%019d%020d%010d0000000", at.TS, at.Seq, group)
}

// parseEventID is the inverse of eventID.
func parseEventID(id string) (group uint32, at logseg.Cursor, ok bool) {
	if len(id) != 56 {
		return 0, logseg.Cursor{}, false
	}
	ts, err1 := strconv.ParseUint(id[:19], 10, 63)
	seq, err2 := strconv.ParseUint(id[19:39], 10, 64)
	g, err3 := strconv.ParseUint(id[39:49], 10, 32)
	if errors.Join(err1, err2, err3) != nil || id[49:] != "0000000" {
		return 0, logseg.Cursor{}, false
	}
	return uint32(g), logseg.Cursor{TS: int64(ts), Seq: seq}, true
}
