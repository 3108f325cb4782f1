package api

import (
	"telltale/lang/shape/logs"
	"telltale/lang/wire"
	logservice "telltale/service/logs"
)

// logsOperations lists CloudWatch Logs.
func logsOperations(t *wire.Table, l *logservice.Logs) {
	wire.Handle(t, logs.CreateLogGroup, l.CreateLogGroup)
	wire.Handle(t, logs.CreateLogStream, l.CreateLogStream)
	wire.Handle(t, logs.DeleteLogGroup, l.DeleteLogGroup)
	wire.Handle(t, logs.DeleteLogStream, l.DeleteLogStream)
	wire.Handle(t, logs.DeleteRetentionPolicy, l.DeleteRetentionPolicy)
	wire.Handle(t, logs.DescribeLogGroups, l.DescribeLogGroups)
	wire.Handle(t, logs.DescribeLogStreams, l.DescribeLogStreams)
	wire.Handle(t, logs.FilterLogEvents, l.FilterLogEvents)
	wire.Handle(t, logs.GetLogEvents, l.GetLogEvents)
	wire.Handle(t, logs.GetLogRecord, l.GetLogRecord)
	wire.Handle(t, logs.ListLogGroups, l.ListLogGroups)
	wire.Handle(t, logs.ListTagsForResource, l.ListTagsForResource)
	wire.Handle(t, logs.ListTagsLogGroup, l.ListTagsLogGroup)
	wire.Handle(t, logs.PutLogEvents, l.PutLogEvents)
	wire.Handle(t, logs.PutLogGroupDeletionProtection, l.PutLogGroupDeletionProtection)
	wire.Handle(t, logs.PutRetentionPolicy, l.PutRetentionPolicy)
	wire.Handle(t, logs.TagLogGroup, l.TagLogGroup)
	wire.Handle(t, logs.TagResource, l.TagResource)
	wire.Handle(t, logs.TestMetricFilter, l.TestMetricFilter)
	wire.Handle(t, logs.UntagLogGroup, l.UntagLogGroup)
	wire.Handle(t, logs.UntagResource, l.UntagResource)
}
