package logseg

import (
	"context"
	"errors"
	"iter"

	"telltale/lang/predicate"
)

// Store keeps log entries. Every implementation passes logsegtest.Run.
// All methods may be called from several goroutines.
type Store interface {
	// Template returns the id of t, the same id for the same parts for the life of the store.
	// The template is durable when Template returns.
	Template(t Template) (uint32, error)

	// Append stores entries and sets their Seq and, where it is 0, Ingested. When it returns nil they survive the
	// death of the process; when it returns an error none of them is stored. It retains nothing of what it is given.
	Append(ctx context.Context, entries []Entry) error

	// Scan yields the rows that match r, in the order of Cursor. It sees every entry acknowledged before it was called
	// and may see later ones. The yielded row is reused: copy what is to be kept. A damaged block is yielded as a
	// *DamageError that names it, and the scan goes on behind it; any other error ends the scan.
	Scan(ctx context.Context, r ScanReq) iter.Seq2[*Row, error]

	// Aggregate counts the rows that match r, or returns ErrNotPushed when the caller has to scan and count itself.
	Aggregate(ctx context.Context, r AggReq) (AggTable, error)

	// Drop removes what a stream holds now, or for stream 0 what the group holds now along with its retention.
	// It takes effect at once; later entries of the same ids are kept.
	Drop(ctx context.Context, group, stream uint32) error

	// Retain hides and in time deletes entries of group whose TS is more than days days ago; 0 keeps them forever.
	Retain(ctx context.Context, group uint32, days int) error

	// Follow subscribes to entries acknowledged from now on, until the follower is closed.
	Follow(r FollowReq) (*Follower, error)

	// Usage says what a group holds. Expired entries count until they are deleted.
	Usage(group uint32) Usage

	// Stats says how the store is doing.
	Stats() Stats

	// Flush moves what is in memory into segments, and returns when that is done.
	Flush(ctx context.Context) error

	// Close stops the background work and releases the files; followers end. Later calls fail with fault.Unavailable.
	Close() error
}

// ErrNotPushed is returned by Aggregate for a request the engine cannot answer exactly by itself.
var ErrNotPushed = errors.New("aggregation not pushed down")

// ScanReq says which rows to read. It can be sent to another node as JSON.
type ScanReq struct {
	Groups     []uint32        `json:"groups"`            // at least one
	Streams    []uint32        `json:"streams,omitempty"` // empty: all
	From       int64           `json:"from,omitempty"`    // first TS
	To         int64           `json:"to,omitempty"`      // first TS no longer read; 0: no end
	Pred       *predicate.Expr `json:"pred,omitempty"`    // nil: all
	Descending bool            `json:"descending,omitempty"`
	Limit      int             `json:"limit,omitempty"`   // most rows to yield; 0: no limit
	After      Cursor          `json:"after,omitzero"`    // rows strictly after it, or before it when Descending; zero: all
	Columns    []string        `json:"columns,omitempty"` // JSON members the caller will look at; a hint, rows are always whole
}

// AggReq says which rows to count, and by what.
type AggReq struct {
	Groups   []uint32        `json:"groups"`            // at least one
	Streams  []uint32        `json:"streams,omitempty"` // empty: all
	From     int64           `json:"from,omitempty"`    // first TS
	To       int64           `json:"to,omitempty"`      // first TS no longer counted; 0: no end
	Pred     *predicate.Expr `json:"pred,omitempty"`    // nil: all
	ByGroup  bool            `json:"byGroup,omitempty"`
	ByStream bool            `json:"byStream,omitempty"`
	Bin      int64           `json:"bin,omitempty"`    // milliseconds; 0: no bins
	Fields   []string        `json:"fields,omitempty"` // count by JSON members; engines without columns answer ErrNotPushed
}

// AggKey is what a count is for. Members that were not asked for are 0.
type AggKey struct {
	Group, Stream uint32
	Bin           int64  // start of the bin, a multiple of AggReq.Bin
	Fields        string // values of AggReq.Fields, JSON array
}

// AggTable is the answer to an AggReq: full counts, so that tables of several nodes can be added up.
type AggTable map[AggKey]uint64

// FollowReq says which entries a follower receives.
type FollowReq struct {
	All     bool            // every group, whatever Groups says
	Groups  []uint32        // at least one, unless All
	Streams []uint32        // empty: all
	Pred    *predicate.Expr // nil: all
	Buffer  int             // bytes kept for a slow reader; 0: 1 MiB
}

// Span counts entries and says which times they cover.
type Span struct {
	Entries         uint64
	Bytes           uint64 // of messages, rendered, without any overhead
	FirstTS, LastTS int64  // of the oldest and the newest entry by event time; 0 without entries
	LastIngested    int64  // 0 without entries
}

// Usage is what a group holds.
type Usage struct {
	Span
	Streams map[uint32]Span // streams that hold something
}

// Stats describes the state of a store.
type Stats struct {
	Segments     int    // immutable segments
	SegmentRows  uint64 // rows in them, hidden ones too
	SegmentBytes int64  // their size
	MemRows      int    // rows not yet in a segment
	MemBytes     int64  // memory they take
	WALBytes     int64  // size of the write-ahead log
	LastSeq      uint64 // newest sequence number given
	Followers    int
}
