package gateway

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"telltale/base/caller"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/shape/logs"
	"telltale/lang/wire"
)

func TestUsersNeedPermission(t *testing.T) {
	d := open(t, serve, nil)
	ctx := t.Context()
	keys, _ := d.user("ada", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:CreateThing","Resource":"arn:aws:iot:eu-west-1:123456789012:thing/ada-*"},
		{"Effect":"Allow","Action":"logs:*","Resource":"arn:aws:logs:*:*:log-group:mine:*"},
		{"Effect":"Deny","Action":"iot:CreateThing","Resource":"arn:aws:iot:*:*:thing/ada-secret"}]}`)
	cfg := d.client("eu-west-1", keys)
	create := func(name string) error {
		_, err := awsiot.NewFromConfig(cfg).CreateThing(ctx, &awsiot.CreateThingInput{ThingName: &name})
		return err
	}
	if err := create("ada-lamp"); err != nil {
		t.Errorf("what the policy allows: %v", err)
	}
	c := d.audit("iot.CreateThing", "")
	if c.Caller.Kind != caller.User || c.Caller.UserName != "ada" || c.Caller.ARN != "arn:aws:iam::123456789012:user/ada" {
		t.Errorf("the auditor was told of %+v, want the user", c.Caller)
	}

	refused(t, create("lamp"), "AccessDeniedException", "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iot:CreateThing "+
		"on resource: arn:aws:iot:eu-west-1:123456789012:thing/lamp because no identity-based policy allows the iot:CreateThing action")
	if c := d.audit("iot.CreateThing", "AccessDeniedException"); c.Output != nil || c.Caller.UserName != "ada" {
		t.Errorf("the auditor was told %+v", c)
	}
	refused(t, create("ada-secret"), "AccessDeniedException", "with an explicit deny in an identity-based policy")
	d.audit("iot.CreateThing", "AccessDeniedException")

	logsClient := awslogs.NewFromConfig(cfg)
	if _, err := logsClient.CreateLogGroup(ctx, &awslogs.CreateLogGroupInput{LogGroupName: aws.String("mine")}); err != nil {
		t.Errorf("CreateLogGroup: %v", err)
	}
	_, err := logsClient.CreateLogGroup(ctx, &awslogs.CreateLogGroupInput{LogGroupName: aws.String("other")})
	refused(t, err, "AccessDeniedException", "on resource: arn:aws:logs:eu-west-1:123456789012:log-group:other:log-stream: because")
	_, err = awsiam.NewFromConfig(cfg).CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("eve")})
	if err == nil {
		t.Error("a user without permission made another user")
	}
	d.audited.take()

	if who, err := awssts.NewFromConfig(cfg).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{}); err != nil || *who.Arn != "arn:aws:iam::123456789012:user/ada" {
		t.Errorf("GetCallerIdentity = %+v, %v; want it allowed to everybody", who, err)
	}
}

// What is asked comes from the input: the resource that a policy has to name.
func TestResource(t *testing.T) {
	s := caller.Scope{Account: account, Region: "eu-west-1"}
	services := map[string]*wire.Service{"iot": iot.Service, "iotdata": iotdata.Service, "logs": logs.Service}
	f := func(service string, in any, want ...string) {
		t.Helper()
		c := &call{in: in, caller: caller.Caller{Scope: s}, match: wire.Match{Service: services[service]}}
		if got := (&Server{}).resources(c); !slices.Equal(got, want) {
			t.Errorf("resources of %s %+v are %s, want %s", service, in, got, want)
		}
	}
	f("iot", &iot.CreateThingInput{ThingName: "lamp", BillingGroupName: "b"}, "arn:aws:iot:eu-west-1:123456789012:thing/lamp", "arn:aws:iot:eu-west-1:123456789012:billinggroup/b")
	f("iot", &iot.CreateJobInput{JobId: "j", Targets: []string{"arn:aws:iot:eu-west-1:123456789012:thing/a"}, JobTemplateArn: "arn:aws:iot:eu-west-1::jobtemplate/AWS-Reboot:1.0"},
		"arn:aws:iot:eu-west-1:123456789012:job/j", "arn:aws:iot:eu-west-1:123456789012:thing/a", "arn:aws:iot:eu-west-1::jobtemplate/AWS-Reboot:1.0")
	f("iot", &iot.DescribeJobTemplateInput{JobTemplateId: "t"}, "arn:aws:iot:eu-west-1:123456789012:jobtemplate/t")
	f("iot", &iot.AddThingToThingGroupInput{ThingName: "lamp", ThingGroupName: "g"}, "arn:aws:iot:eu-west-1:123456789012:thing/lamp", "arn:aws:iot:eu-west-1:123456789012:thinggroup/g")
	f("iot", &iot.UpdateThingGroupsForThingInput{ThingName: "lamp", ThingGroupsToAdd: []string{"a"}, ThingGroupsToRemove: []string{"b", "c"}},
		"arn:aws:iot:eu-west-1:123456789012:thing/lamp", "arn:aws:iot:eu-west-1:123456789012:thinggroup/a",
		"arn:aws:iot:eu-west-1:123456789012:thinggroup/b", "arn:aws:iot:eu-west-1:123456789012:thinggroup/c")
	f("iot", &iot.AttachPolicyInput{PolicyName: "p", Target: "arn:aws:iot:eu-west-1:123456789012:cert/1f"},
		"arn:aws:iot:eu-west-1:123456789012:policy/p", "arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("iot", &iot.AttachThingPrincipalInput{ThingName: "lamp", Principal: "arn:aws:iot:eu-west-1:123456789012:cert/1f"},
		"arn:aws:iot:eu-west-1:123456789012:thing/lamp", "arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("iot", &iot.TagResourceInput{ResourceArn: "arn:aws:iot:eu-west-1:123456789012:thinggroup/g"}, "arn:aws:iot:eu-west-1:123456789012:thinggroup/g")
	f("logs", &logs.TagResourceInput{ResourceArn: "arn:aws:logs:eu-west-1:123456789012:log-group:g"}, "arn:aws:logs:eu-west-1:123456789012:log-group:g")
	f("iot", &iot.DeletePolicyInput{PolicyName: "p"}, "arn:aws:iot:eu-west-1:123456789012:policy/p")
	f("iot", &iot.DescribeCertificateInput{CertificateId: "1f"}, "arn:aws:iot:eu-west-1:123456789012:cert/1f")
	f("iot", &iot.DeleteTopicRuleInput{RuleName: "r"}, "arn:aws:iot:eu-west-1:123456789012:rule/r")
	f("iot", &iot.ListThingsInput{}, "*")
	f("iot", &iot.GetIndexingConfigurationInput{}, "*")
	f("iotdata", &iotdata.GetThingShadowInput{ThingName: "lamp"}, "arn:aws:iot:eu-west-1:123456789012:thing/lamp")
	f("iotdata", &iotdata.GetThingShadowInput{ThingName: "lamp", ShadowName: "colour"}, "arn:aws:iot:eu-west-1:123456789012:thing/lamp/colour")
	f("iotdata", &iotdata.PublishInput{Topic: "a/b"}, "arn:aws:iot:eu-west-1:123456789012:topic/a/b")
	f("logs", &logs.PutLogEventsInput{LogGroupName: "g", LogStreamName: "s"}, "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s")
	f("logs", &logs.PutRetentionPolicyInput{LogGroupName: "g"}, "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:")
	f("logs", &logs.FilterLogEventsInput{LogGroupIdentifier: "arn:aws:logs:eu-west-2:210987654321:log-group:g:*"}, "arn:aws:logs:eu-west-2:210987654321:log-group:g:log-stream:")
	f("logs", &logs.DescribeLogGroupsInput{}, "arn:aws:logs:eu-west-1:123456789012:log-group::log-stream:")
	f("logs", &logs.DescribeLogGroupsInput{LogGroupNamePrefix: "a"}, "arn:aws:logs:eu-west-1:123456789012:log-group:a:log-stream:")
	f("logs", &logs.DescribeQueryDefinitionsInput{}, "*")
}

// A call that names several resources needs them all; one that names a role needs to be allowed to pass it.
func TestEveryResourceMustBeAllowed(t *testing.T) {
	d := open(t, serve, nil)
	ctx := asRoot(t)
	_, id := d.user("ada", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"},
		{"Effect":"Deny","Action":"iot:*","Resource":["arn:aws:iot:*:*:thinggroup/admins","arn:aws:iot:*:*:cert/*"]}]}`)
	key, err := d.dir.Key(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	who := key.Caller
	who.Region = "eu-west-1"
	s := New(Config{}, Needs{Identity: d.dir})
	f := func(op *wire.Op, in any, want bool) {
		t.Helper()
		c := &call{ctx: ctx, in: in, caller: who, match: wire.Match{Service: op.Service, Op: op}}
		if err := s.authorize(c); (err == nil) != want {
			t.Errorf("%s %+v: %v, want allowed %v", op, in, err, want)
		}
	}
	f(iot.AddThingToThingGroup.Op, &iot.AddThingToThingGroupInput{ThingName: "t", ThingGroupName: "others"}, true)
	f(iot.AddThingToThingGroup.Op, &iot.AddThingToThingGroupInput{ThingName: "t", ThingGroupName: "admins"}, false)
	f(iot.UpdateThingGroupsForThing.Op, &iot.UpdateThingGroupsForThingInput{ThingName: "t", ThingGroupsToRemove: []string{"admins"}}, false)
	f(iot.AttachPolicy.Op, &iot.AttachPolicyInput{PolicyName: "p", Target: "arn:aws:iot:eu-west-1:123456789012:cert/1f"}, false)
	f(iot.AttachThingPrincipal.Op, &iot.AttachThingPrincipalInput{ThingName: "t", Principal: "arn:aws:iot:eu-west-1:123456789012:cert/1f"}, false)
	f(iot.TagResource.Op, &iot.TagResourceInput{ResourceArn: "arn:aws:iot:eu-west-1:123456789012:thinggroup/admins"}, false)
	f(iot.SetV2LoggingOptions.Op, &iot.SetV2LoggingOptionsInput{DefaultLogLevel: "INFO"}, true)
	f(iot.SetV2LoggingOptions.Op, &iot.SetV2LoggingOptionsInput{RoleArn: "arn:aws:iam::123456789012:role/r"}, false)
	f(iot.CreateTopicRule.Op, &iot.CreateTopicRuleInput{RuleName: "r", TopicRulePayload: &iot.TopicRulePayload{Actions: []iot.Action{{Http: &iot.HttpAction{Url: "https://h"}}}}}, true)
	f(iot.CreateTopicRule.Op, &iot.CreateTopicRuleInput{RuleName: "r", TopicRulePayload: &iot.TopicRulePayload{Actions: []iot.Action{
		{Http: &iot.HttpAction{Url: "https://h"}}, {Republish: &iot.RepublishAction{RoleArn: "arn:aws:iam::123456789012:role/r", Topic: "t"}}}}}, false)
	f(iot.ReplaceTopicRule.Op, &iot.ReplaceTopicRuleInput{RuleName: "r", TopicRulePayload: &iot.TopicRulePayload{
		ErrorAction: &iot.Action{Sqs: &iot.SqsAction{RoleArn: "arn:aws:iam::123456789012:role/r"}}}}, false)
	f(iot.SetLoggingOptions.Op, &iot.SetLoggingOptionsInput{LoggingOptionsPayload: &iot.LoggingOptionsPayload{RoleArn: "arn:aws:iam::123456789012:role/r"}}, false)
}

// IAM names are known to policies with their path, which only the directory knows.
func TestIAMResource(t *testing.T) {
	d := open(t, dev, nil)
	s := New(Config{}, Needs{Identity: d.dir})
	if _, err := d.dir.CreateUser(asRoot(t), &iam.CreateUserInput{UserName: "bob", Path: "/ops/"}); err != nil {
		t.Fatal(err)
	}
	f := func(who caller.Kind, in any, want string) {
		t.Helper()
		c := &call{ctx: t.Context(), in: in, caller: caller.Caller{Scope: caller.Scope{Account: account}, Kind: who, ARN: "arn:aws:iam::123456789012:user/ops/ann"}}
		if got := s.iamResource(c); got != want {
			t.Errorf("resource of %+v is %s, want %s", in, got, want)
		}
	}
	f(caller.Root, &iam.GetUserInput{UserName: "bob"}, "arn:aws:iam::123456789012:user/ops/bob")
	f(caller.Root, &iam.CreateUserInput{UserName: "eve", Path: "/ops/"}, "arn:aws:iam::123456789012:user/ops/eve")
	f(caller.Root, &iam.CreateRoleInput{RoleName: "r"}, "arn:aws:iam::123456789012:role/r")
	f(caller.User, &iam.GetUserInput{}, "arn:aws:iam::123456789012:user/ops/ann")
	f(caller.Root, &iam.PutRolePolicyInput{RoleName: "r", PolicyName: "p"}, "arn:aws:iam::123456789012:role/r")
	f(caller.Root, &iam.GetPolicyInput{PolicyArn: "arn:aws:iam::123456789012:policy/x/p"}, "arn:aws:iam::123456789012:policy/x/p")
	f(caller.Root, &iam.CreatePolicyInput{PolicyName: "p", Path: "/x/"}, "arn:aws:iam::123456789012:policy/x/p")
	f(caller.Root, &iam.ListUsersInput{}, "*")
}
