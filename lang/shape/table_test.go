package shape_test

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
)

// newTable makes a table of all services the tests know, in all protocols.
func newTable() *wire.Table {
	return wire.NewTable(iot.Service, iotdata.Service, iotjobsdata.Service, logs.Service, cloudwatch.Service, cloudtrail.Service, iam.Service, sts.Service).
		Use(restjson.Codec{}, awsjson.V10, awsjson.V11, awsquery.Codec{}, rpccbor.Codec{})
}
