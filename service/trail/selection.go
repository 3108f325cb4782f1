package trail

import (
	"slices"
	"strings"
)

// dataPlane are the operations that carry data rather than manage something; CloudTrail does not keep them as management events.
// Every operation of a service listed as "*" is one.
// aws: iot/iot-using-cloudtrail, AmazonCloudWatch/logging_cw_api_calls, AmazonCloudWatch/logging_cw_api_calls_cwl
var dataPlane = map[string][]string{
	"iotdata":     {"*"},
	"iotjobsdata": {"*"},
	"logs":        {"PutLogEvents"},
	"cloudwatch":  {"PutMetricData", "GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics"},
}

// wants reports whether a call is recorded.
func (t *Trail) wants(c *Call, readOnly bool) bool {
	if names := dataPlane[c.Service.Name]; slices.Contains(names, c.Name) || slices.Contains(names, "*") {
		return false
	}
	if c.Service.Name != "iot" || !readOnly {
		return true
	}
	switch t.cfg.IoTReads {
	case ReadsAll:
		return true
	case ReadsNone:
		return false
	}
	return c.Error != nil
}

// readOnlyPrefixes begin the names of the operations that change nothing.
var readOnlyPrefixes = []string{"Get", "List", "Describe", "Search", "BatchGet"}

// readOnlyNames are the operations that change nothing and are called otherwise.
var readOnlyNames = []string{"TestAuthorization", "TestInvokeAuthorizer", "ValidateSecurityProfileBehaviors", "TestMetricFilter",
	"LookupEvents", "FilterLogEvents"}

// isReadOnly reports whether an operation changes nothing, so that its record says readOnly and shows no response.
func isReadOnly(name string) bool {
	return slices.Contains(readOnlyNames, name) ||
		slices.ContainsFunc(readOnlyPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
