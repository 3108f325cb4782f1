package trail

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"telltale/base/arn"
	"telltale/lang/predicate"
	"telltale/lang/shape/cloudtrail"
)

// resourceMembers says which members of a call name a resource, and of what type, for each event source. Members that hold an ARN
// need not be listed.
var resourceMembers = map[string]map[string]string{
	"iot.amazonaws.com": {
		"thingName":               "AWS::IoT::Thing",
		"thingGroupName":          "AWS::IoT::ThingGroup",
		"parentGroupName":         "AWS::IoT::ThingGroup",
		"thingTypeName":           "AWS::IoT::ThingType",
		"billingGroupName":        "AWS::IoT::BillingGroup",
		"policyName":              "AWS::IoT::Policy",
		"certificateId":           "AWS::IoT::Certificate",
		"ruleName":                "AWS::IoT::TopicRule",
		"roleAlias":               "AWS::IoT::RoleAlias",
		"jobId":                   "AWS::IoT::Job",
		"jobTemplateId":           "AWS::IoT::JobTemplate",
		"authorizerName":          "AWS::IoT::Authorizer",
		"templateName":            "AWS::IoT::ProvisioningTemplate",
		"domainConfigurationName": "AWS::IoT::DomainConfiguration",
	},
	"logs.amazonaws.com": {
		"logGroupName":       "AWS::Logs::LogGroup",
		"logGroupIdentifier": "AWS::Logs::LogGroup",
		"logStreamName":      "AWS::Logs::LogStream",
	},
	"monitoring.amazonaws.com": {
		"alarmName":     "AWS::CloudWatch::Alarm",
		"dashboardName": "AWS::CloudWatch::Dashboard",
	},
	"iam.amazonaws.com": {
		"roleName":    "AWS::IAM::Role",
		"userName":    "AWS::IAM::User",
		"groupName":   "AWS::IAM::Group",
		"accessKeyId": "AWS::IAM::AccessKey",
	},
}

// arnTypes gives the type of what an ARN names, by its service and the kind its resource part begins with.
var arnTypes = map[[2]string]string{
	{"iot", "thing"}:                "AWS::IoT::Thing",
	{"iot", "thinggroup"}:           "AWS::IoT::ThingGroup",
	{"iot", "thingtype"}:            "AWS::IoT::ThingType",
	{"iot", "billinggroup"}:         "AWS::IoT::BillingGroup",
	{"iot", "policy"}:               "AWS::IoT::Policy",
	{"iot", "cert"}:                 "AWS::IoT::Certificate",
	{"iot", "cacert"}:               "AWS::IoT::CACertificate",
	{"iot", "rule"}:                 "AWS::IoT::TopicRule",
	{"iot", "rolealias"}:            "AWS::IoT::RoleAlias",
	{"iot", "job"}:                  "AWS::IoT::Job",
	{"iot", "jobtemplate"}:          "AWS::IoT::JobTemplate",
	{"iot", "authorizer"}:           "AWS::IoT::Authorizer",
	{"iot", "provisioningtemplate"}: "AWS::IoT::ProvisioningTemplate",
	{"iot", "domainconfiguration"}:  "AWS::IoT::DomainConfiguration",
	{"logs", "log-group"}:           "AWS::Logs::LogGroup",
	{"cloudwatch", "alarm"}:         "AWS::CloudWatch::Alarm",
	{"iam", "role"}:                 "AWS::IAM::Role",
	{"iam", "user"}:                 "AWS::IAM::User",
	{"iam", "group"}:                "AWS::IAM::Group",
	{"iam", "policy"}:               "AWS::IAM::Policy",
	{"cloudtrail", "trail"}:         "AWS::CloudTrail::Trail",
}

// trees are the members of a record that name resources.
var trees = []string{"requestParameters", "responseElements"}

// resources lists what a call named, each once: the parameters before the response, members by name.
func (r *record) resources() []cloudtrail.Resource {
	var all []cloudtrail.Resource
	for _, text := range []json.RawMessage{r.RequestParameters, r.ResponseElements} {
		var members map[string]any
		if json.Unmarshal(text, &members) != nil {
			continue // null
		}
		for _, member := range slices.Sorted(maps.Keys(members)) {
			name, ok := members[member].(string)
			if !ok || name == "" {
				continue
			}
			found := cloudtrail.Resource{ResourceType: resourceType(r.EventSource, member, name), ResourceName: name}
			if found.ResourceType != "" && !slices.Contains(all, found) {
				all = append(all, found)
			}
		}
	}
	return all
}

// resourceType tells the type of what a member names, or "" if it names nothing known.
func resourceType(source, member, name string) string {
	if a, err := arn.Parse(name); err == nil {
		kind, _, _ := strings.Cut(a.Resource, "/")
		kind, _, _ = strings.Cut(kind, ":")
		return arnTypes[[2]string{a.Service, kind}]
	}
	return resourceMembers[source][member]
}

// namesResource is true of records that may name a resource called name.
func namesResource(name string) *predicate.Expr {
	var either []*predicate.Expr
	for _, tree := range trees {
		either = append(either, equal(name, predicate.Key(tree), predicate.AnyKey()))
	}
	anywhere := predicate.Or(either...)
	if plain(name) {
		return predicate.And(predicate.Contains(name), anywhere) // an alternative tells the store nothing, a text does
	}
	return anywhere
}

// namesType is true of records that may name a resource of a type.
func namesType(typ string) *predicate.Expr {
	var either []*predicate.Expr
	add := func(pattern string, step predicate.Step) {
		for _, tree := range trees {
			either = append(either, like(pattern, predicate.Key(tree), step))
		}
	}
	for _, source := range slices.Sorted(maps.Keys(resourceMembers)) {
		members := resourceMembers[source]
		for _, member := range slices.Sorted(maps.Keys(members)) {
			if members[member] == typ {
				add("*", predicate.Key(member))
			}
		}
	}
	for key, t := range arnTypes {
		if t == typ {
			add("arn:*:"+key[0]+":*:"+key[1]+"*", predicate.AnyKey())
		}
	}
	return predicate.Or(either...)
}
