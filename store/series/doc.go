// Package series keeps metric data: per series and minute a sum, a count, a smallest and a largest value, and a histogram from which
// percentiles are read.
//
// A series is a metric (scope, namespace, name and the exact set of dimensions) in one unit. Data that arrive for a minute merge into its
// bucket, in any order and up to two weeks late. Buckets are kept three times over their life:
//
//   - in memory, until the hour they belong to is over;
//   - in the journal, a table of blobs: every few seconds one blob of the buckets that changed, replaced once a minute by one for the
//     whole minute;
//   - in blocks of one hour, into which the hourly fold merges what is in memory, and which are thinned as they age: minutes become five
//     minutes after 15 days, hours after 63 days, and nothing after 455 days.
//
// At every moment a bucket is the merge of its block and of what is in memory, and the journal holds what is in memory. A journal entry
// states a bucket as it is, not what was added to it, so the last entry of a bucket wins and replaying twice does no harm.
//
// Put returns when its data are durable. What is counted through a Counter is durable after the next flush: a process that is killed
// loses at most the last Config.FlushEvery of it.
package series
