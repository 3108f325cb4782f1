package gateway

import (
	"reflect"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iotdata"
)

// authorize asks whether the caller may do this to everything the input names, and may pass the role it names.
func (s *Server) authorize(c *call) error {
	if c.device != nil {
		return s.authorizeDevice(c)
	}
	action := actionPrefix(c.match.Service.Name) + ":" + c.match.Op.Name
	if ownDecision[action] || s.open(c) {
		return nil
	}
	actions := []string{action}
	if in, ok := c.in.(*iotdata.PublishInput); ok && in.Retain != nil && *in.Retain {
		actions = append(actions, "iot:RetainPublish") // (aws: iot/mqtt#mqtt-retain)
	}
	for _, action := range actions {
		for _, resource := range s.resources(c) {
			if err := s.needs.Identity.AllowUnder(c.ctx, &c.caller, action, resource, conditions(c.in)); err != nil {
				return err
			}
		}
	}
	if c.match.Service.Name == "iot" {
		for _, role := range passedRoles(reflect.ValueOf(c.in), nil) {
			if err := s.needs.Identity.Allow(c.ctx, &c.caller, "iam:PassRole", role); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownDecision are the actions that need no permission, or whose service decides itself because a trust policy has a say.
// (aws: sts/API_GetCallerIdentity, sts/API_GetSessionToken, sts/API_AssumeRole)
var ownDecision = map[string]bool{"sts:AssumeRole": true, "sts:GetCallerIdentity": true, "sts:GetSessionToken": true}

// passedRoles are the roles that a service is to act with, wherever they stand in the input: each action of a rule has one.
// (aws: iam/id_roles_use_passrole)
func passedRoles(in reflect.Value, found []string) []string {
	switch in.Kind() {
	case reflect.Pointer:
		if !in.IsNil() {
			found = passedRoles(in.Elem(), found)
		}
	case reflect.Slice:
		for i := range in.Len() {
			found = passedRoles(in.Index(i), found)
		}
	case reflect.Struct:
		for field, v := range in.Fields() {
			switch {
			case !field.IsExported():
			case field.Name == "RoleArn" && v.Kind() == reflect.String && v.String() != "":
				found = append(found, v.String())
			default:
				found = passedRoles(v, found)
			}
		}
	}
	return found
}

// actionPrefix is the name of a service in policies.
func actionPrefix(service string) string {
	if service == "iotdata" {
		return "iot"
	}
	return service
}

// resourceMembers are the input members that name what an operation works on, with the kind of resource; "" is an ARN already.
// (aws: service-authorization/list_awsiot and its siblings)
var resourceMembers = map[string][]struct{ member, kind string }{
	"iot": {
		{"ThingName", "thing/"}, {"ThingArn", ""}, {"ThingGroupName", "thinggroup/"}, {"ThingGroupArn", ""}, {"ParentGroupName", "thinggroup/"},
		{"ThingGroupsToAdd", "thinggroup/"}, {"ThingGroupsToRemove", "thinggroup/"}, {"ThingTypeName", "thingtype/"},
		{"PolicyName", "policy/"}, {"CertificateId", "cert/"}, {"BillingGroupName", "billinggroup/"}, {"BillingGroupArn", ""},
		{"Target", ""}, {"Principal", ""}, {"ResourceArn", ""}, {"RuleName", "rule/"}, {"JobId", "job/"}, {"Targets", ""},
		{"JobTemplateId", "jobtemplate/"}, {"JobTemplateArn", ""}, {"JobArn", ""}, {"CaCertificateId", "cacert/"},
		{"AuthorizerName", "authorizer/"}, {"DomainConfigurationName", "domainconfiguration/"}, {"RoleAlias", "rolealias/"}, {"Arn", ""},
	},
	"iotdata":     {{"ThingName", "thing/"}, {"Topic", "topic/"}, {"ClientId", "client/"}},
	"iotjobsdata": {{"ThingName", "thing/"}},
	"logs":        {{"LogGroupName", "log-group:"}, {"LogGroupIdentifier", "log-group:"}, {"LogGroupNamePrefix", "log-group:"}},
	"cloudwatch":  {{"AlarmName", "alarm:"}},
	"cloudtrail":  {{"Name", "trail/"}},
}

// resources are the ARNs of everything the input names, or * where it names nothing.
func (s *Server) resources(c *call) []string {
	switch in := reflect.Indirect(reflect.ValueOf(c.in)); c.match.Service.Name {
	case "iotdata":
		if in, ok := c.in.(*iotdata.SendDirectMessageInput); ok { // its topic is a condition
			return []string{arn.IoT(c.caller.Scope, "client", in.ClientId)}
		}
		return named("iotdata", c.caller.Scope, in, shadowOf(in))
	case "iam":
		return []string{s.iamResource(c)}
	case "logs":
		if f := in.FieldByName("ResourceArn"); f.IsValid() && f.String() != "" {
			return []string{f.String()}
		}
		return []string{logResource(c.caller.Scope, in)}
	default:
		return named(c.match.Service.Name, c.caller.Scope, in, "")
	}
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

// shadowOf is what a named shadow adds to the resource of its thing: policies name it thing/THING/SHADOW.
// (aws: service-authorization/list_awsiot#awsiot-thing)
func shadowOf(in reflect.Value) string {
	if f := in.FieldByName("ShadowName"); f.IsValid() && f.String() != "" {
		return "/" + f.String()
	}
	return ""
}

// named lists what an input of a regional service names, each with an ending.
func named(service string, s caller.Scope, in reflect.Value, ending string) (list []string) {
	prefix := service
	if service == "iotdata" || service == "iotjobsdata" {
		prefix = "iot"
	}
	for _, m := range resourceMembers[service] {
		for _, name := range texts(in.FieldByName(m.member)) {
			switch {
			case strings.HasPrefix(name, "arn:"):
				list = append(list, name)
			case m.kind != "":
				list = append(list, arn.ARN{Partition: arn.Partition, Service: prefix, Region: s.Region, Account: s.Account, Resource: m.kind + name + ending}.String())
			}
		}
	}
	if list == nil {
		return []string{"*"}
	}
	return list
}

// texts are the strings of a member: one, a list, or none.
func texts(f reflect.Value) []string {
	if !f.IsValid() {
		return nil
	}
	switch v := f.Interface().(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []string:
		return v
	}
	return nil
}

// logResource is what the log service asks about: a stream, whose name is empty for operations on a group, and the group's for
// operations on all. So log-group:NAME:* allows all that concerns a group, and log-group:NAME nothing, as on AWS.
func logResource(s caller.Scope, in reflect.Value) string {
	group, kind := logGroup(in)
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

// logGroup finds the group an input names, and the kind of resource that is. Where the members are empty, so is the name; where the
// input has none of them, the kind is, too.
func logGroup(in reflect.Value) (name, kind string) {
	for _, m := range resourceMembers["logs"] {
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
