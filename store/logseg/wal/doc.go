// Package wal keeps records in an append-only log of checksummed frames that survives the death of the process.
//
// Concurrent appends share one write. Each record carries a count of items, and the log numbers the items
// consecutively over its whole life, so a position in the log is the number of an item. The log is cut into
// parts, files that are deleted as a whole once their items are needed no more (Rotate, Trim).
package wal
