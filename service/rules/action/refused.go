package action

import (
	"errors"

	"telltale/lang/shape/iot"
)

// Kinds that the API has and this version does not run. A rule that uses one is refused. They have no name: no entry is of them.
var (
	iotAnalyticsKind = refusedKind("iotAnalytics", func(a *iot.Action) *iot.IotAnalyticsAction { return a.IotAnalytics })
	iotEventsKind    = refusedKind("iotEvents", func(a *iot.Action) *iot.IotEventsAction { return a.IotEvents })
	iotSiteWiseKind  = refusedKind("iotSiteWise", func(a *iot.Action) *iot.IotSiteWiseAction { return a.IotSiteWise })
	salesforceKind   = refusedKind("salesforce", func(a *iot.Action) *iot.SalesforceAction { return a.Salesforce })
)

func refusedKind[P any](key string, of func(*iot.Action) *P) *Kind {
	return newKind(Kind{Key: key, Text: "Refused: this version does not run it."}, of, func(*Compiler, *P) (Action, error) {
		return nil, errors.New("this version of telltale does not run actions of this kind")
	})
}
