package logseg

import (
	"math"
	"time"
)

// hiding says which rows of one group must not be seen.
type hiding struct {
	dropped uint64
	streams map[uint32]uint64
	oldest  int64 // rows with a TS before it have expired
}

// at is what r hides at the time now. A nil rule hides nothing.
func (r *rule) at(now time.Time) hiding {
	if r == nil {
		return hiding{oldest: math.MinInt64}
	}
	h := hiding{dropped: r.dropped, streams: r.streams, oldest: math.MinInt64}
	if r.days > 0 {
		h.oldest = now.UnixMilli() - int64(r.days)*24*60*60*1000
	}
	return h
}

// hides reports whether a row must not be seen.
func (h *hiding) hides(stream uint32, ts int64, seq uint64) bool {
	return ts < h.oldest || seq <= h.dropped || len(h.streams) > 0 && seq <= h.streams[stream]
}
