package gateway

import (
	"reflect"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
)

// authorize asks whether the caller may do this to what the input names.
func (s *Server) authorize(c *call) error {
	action := actionPrefix(c.match.Service.Name) + ":" + c.match.Op.Name
	if action == "sts:GetCallerIdentity" {
		return nil // always allowed (aws: sts/API_GetCallerIdentity)
	}
	return s.needs.Identity.Allow(c.ctx, &c.caller, action, resource(c.match.Service.Name, c.caller.Scope, c.in))
}

// actionPrefix is the name of a service in policies.
func actionPrefix(service string) string {
	if service == "iotdata" {
		return "iot"
	}
	return service
}

// resourceMembers are the input members that name what an operation works on, in order of precedence, with the resource they name.
// (aws: service-authorization/list_awsiot and its siblings)
var resourceMembers = map[string][]struct{ member, kind string }{
	"iot": {
		{"ThingName", "thing/"}, {"ThingGroupName", "thinggroup/"}, {"ThingTypeName", "thingtype/"}, {"PolicyName", "policy/"},
		{"CertificateId", "cert/"}, {"BillingGroupName", "billinggroup/"}, {"RuleName", "rule/"}, {"JobId", "job/"},
		{"CaCertificateId", "cacert/"}, {"AuthorizerName", "authorizer/"}, {"RoleAlias", "rolealias/"},
	},
	"iotdata":     {{"ThingName", "thing/"}, {"Topic", "topic/"}, {"ClientId", "client/"}},
	"iotjobsdata": {{"ThingName", "thing/"}},
	"logs":        {{"LogGroupName", "log-group:"}, {"LogGroupIdentifier", "log-group:"}},
	"iam":         {{"RoleName", "role/"}, {"UserName", "user/"}, {"GroupName", "group/"}},
	"cloudwatch":  {{"AlarmName", "alarm:"}},
	"cloudtrail":  {{"Name", "trail/"}},
}

// resource is the ARN of what an input names, or * where it names nothing.
func resource(service string, s caller.Scope, in any) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	for _, m := range resourceMembers[service] {
		f := v.FieldByName(m.member)
		if !f.IsValid() || f.Kind() != reflect.String || f.String() == "" {
			continue
		}
		name := f.String()
		if strings.HasPrefix(name, "arn:") {
			return name
		}
		switch service {
		case "iam":
			return arn.IAM(s.Account, m.kind+name)
		case "iotdata", "iotjobsdata":
			service = "iot"
		}
		return arn.ARN{Partition: arn.Partition, Service: service, Region: s.Region, Account: s.Account, Resource: m.kind + name}.String()
	}
	return "*"
}
