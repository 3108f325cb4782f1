// Package logseg keeps log entries: acknowledged means written to a write-ahead log, older rows rest in
// immutable sorted segments.
//
// An Append is encoded outside any lock, joins the writes of its neighbours (package wal) and then becomes visible in
// the memtable. A full or old memtable is frozen together with its part of the write-ahead log, sorted by (TS, Seq),
// written as a segment, and only then is that part deleted. Scan merges memtables and segments. The files are described
// in docs/format/log-segment.md.
package logseg
