// Package api is the tables of contents: which function answers which AWS operation. What is not listed here is answered "not
// implemented", with the operation's name.
package api

import (
	"telltale/lang/shape/cloudtrail"
	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/shape/iotjobsdata"
	"telltale/lang/shape/logs"
	"telltale/lang/shape/sts"
	"telltale/lang/wire"
	"telltale/lang/wire/awsjson"
	"telltale/lang/wire/awsquery"
	"telltale/lang/wire/restjson"
	"telltale/lang/wire/rpccbor"
	"telltale/service/announce"
	"telltale/service/authorizer"
	"telltale/service/broker"
	"telltale/service/domain"
	"telltale/service/eventlog"
	"telltale/service/identity"
	"telltale/service/jobs"
	logservice "telltale/service/logs"
	"telltale/service/metrics"
	"telltale/service/registry"
	"telltale/service/rolealias"
	"telltale/service/rules"
	"telltale/service/rules/destination"
	"telltale/service/shadow"
	"telltale/service/trail"
)

// Services are those whose methods answer operations.
type Services struct {
	Identity *identity.Directory
	Registry *registry.Registry
	Logs     *logservice.Logs
	Metrics  *metrics.Metrics
	EventLog *eventlog.Log
	Trail    *trail.Trail
	Shadows  *shadow.Shadows
	Broker   *broker.Broker
	Jobs     *jobs.Jobs
	Announce *announce.Announcements
	Rules    *rules.Engine

	Destinations *destination.Destinations

	Authorizers *authorizer.Authorizers
	Domains     *domain.Domains
	RoleAliases *rolealias.Aliases
}

// Table lists every operation of every service offered, in every protocol they speak. The services may be nil to see what is
// covered without running anything.
func Table(s Services) *wire.Table {
	t := wire.NewTable(iot.Service, iotdata.Service, iotjobsdata.Service, logs.Service, cloudwatch.Service, cloudtrail.Service, iam.Service, sts.Service)
	t.Use(restjson.Codec{}, awsjson.V10, awsjson.V11, awsquery.Codec{}, rpccbor.Codec{})
	iotOperations(t, s.Registry, s.EventLog)
	entranceOperations(t, s.Authorizers, s.Domains, s.RoleAliases)
	ruleOperations(t, s.Rules, s.Destinations)
	jobOperations(t, s.Jobs, s.Announce)
	iotdataOperations(t, s.Shadows)
	brokerOperations(t, s.Broker)
	iotjobsdataOperations(t, s.Jobs)
	logsOperations(t, s.Logs)
	cloudwatchOperations(t, s.Metrics)
	cloudtrailOperations(t, s.Trail)
	iamOperations(t, s.Identity)
	stsOperations(t, s.Identity)
	return t
}
