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
	if c.caller.Kind == caller.Root {
		return s.needs.Identity.Allow(c.ctx, &c.caller, action, "*")
	}
	return s.needs.Identity.Allow(c.ctx, &c.caller, action, s.resource(c))
}

// resource is the ARN of what the input names, or * where it names nothing.
func (s *Server) resource(c *call) string {
	if c.match.Service.Name == "iam" {
		return s.iamResource(c)
	}
	return resource(c.match.Service.Name, c.caller.Scope, c.in)
}

// iamResource is the ARN of the user, role or policy an input names. Only the directory knows the path in it.
func (s *Server) iamResource(c *call) string {
	in := reflect.Indirect(reflect.ValueOf(c.in))
	text := func(member string) (string, bool) {
		f := in.FieldByName(member)
		if !f.IsValid() || f.Kind() != reflect.String {
			return "", false
		}
		return f.String(), true
	}
	path, _ := text("Path")
	if name, ok := text("RoleName"); ok {
		return s.needs.Identity.RoleARN(c.ctx, &c.caller, name, path)
	}
	if name, ok := text("UserName"); ok {
		return s.needs.Identity.UserARN(c.ctx, &c.caller, name, path)
	}
	if policy, ok := text("PolicyArn"); ok {
		return policy
	}
	if name, ok := text("PolicyName"); ok {
		return arn.IAM(c.caller.Account, "policy/"+strings.TrimPrefix(path+name, "/"))
	}
	return "*"
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
	"logs":        {{"LogGroupName", "log-group:"}, {"LogGroupIdentifier", "log-group:"}, {"LogGroupNamePrefix", "log-group:"}},
	"cloudwatch":  {{"AlarmName", "alarm:"}},
	"cloudtrail":  {{"Name", "trail/"}},
}

// resource is the ARN of what an input of a regional service names.
func resource(service string, s caller.Scope, in any) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	if service == "logs" {
		return logResource(s, v)
	}
	name, kind := named(resourceMembers[service], v)
	switch {
	case name == "":
		return "*"
	case strings.HasPrefix(name, "arn:"):
		return name
	case service == "iotdata", service == "iotjobsdata":
		service = "iot"
	}
	return arn.ARN{Partition: arn.Partition, Service: service, Region: s.Region, Account: s.Account, Resource: kind + name}.String()
}

// logResource is what the log service asks about: a stream, whose name is empty for operations on a group, and the group's for
// operations on all. So log-group:NAME:* allows all that concerns a group, and log-group:NAME nothing, as on AWS.
func logResource(s caller.Scope, in reflect.Value) string {
	group, kind := named(resourceMembers["logs"], in)
	if kind == "" {
		return "*"
	}
	if a, err := arn.Parse(group); err == nil {
		group = strings.TrimSuffix(strings.TrimPrefix(a.Resource, kind), ":*")
		s = caller.Scope{Account: a.Account, Region: a.Region}
	}
	stream := ""
	if f := in.FieldByName("LogStreamName"); f.IsValid() && f.Kind() == reflect.String {
		stream = f.String()
	}
	return arn.LogStream(s, group, stream)
}

// named finds the first of the members that says something, and the kind of resource it names. Where all are empty, the name is
// empty and the kind that of a member the input has, if it has one.
func named(members []struct{ member, kind string }, in reflect.Value) (name, kind string) {
	for _, m := range members {
		f := in.FieldByName(m.member)
		if !f.IsValid() || f.Kind() != reflect.String {
			continue
		}
		if kind = m.kind; f.String() != "" {
			return f.String(), kind
		}
	}
	return "", kind
}
