package action

import "strings"

// Kinds are the kinds of action that rules can use, in the order of their keys.
var Kinds = []*Kind{
	cloudwatchAlarmKind,
	cloudwatchLogsKind,
	cloudwatchMetricKind,
	dynamoDBKind,
	dynamoDBv2Kind,
	elasticsearchKind,
	firehoseKind,
	httpKind,
	iotAnalyticsKind,
	iotEventsKind,
	iotSiteWiseKind,
	kafkaKind,
	kinesisKind,
	lambdaKind,
	locationKind,
	openSearchKind,
	republishKind,
	s3Kind,
	salesforceKind,
	snsKind,
	sqsKind,
	stepFunctionsKind,
	timestreamKind,
}

// keys are the kinds that can be used.
func keys() string {
	var list []string
	for _, k := range Kinds {
		if k.Name != "" {
			list = append(list, k.Key)
		}
	}
	return strings.Join(list, ", ")
}
