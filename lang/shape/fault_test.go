package shape_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	iottypes "github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"telltale/base/fault"
)

// TestFaultsBecomeTypedExceptions answers calls of real clients with faults and looks at the exceptions they raise.
func TestFaultsBecomeTypedExceptions(t *testing.T) {
	e, cfg := startEcho(t)
	ctx := context.Background()

	e.err = fault.New("registry.CreateThing", fault.Exists, "thing lamp exists").With("resourceId", "lamp").With("resourceArn", "arn:x").With("stray", "never sent")
	_, err := iot.NewFromConfig(cfg).CreateThing(ctx, &iot.CreateThingInput{ThingName: aws.String("lamp")})
	if exists, ok := errors.AsType[*iottypes.ResourceAlreadyExistsException](err); !ok || exists.ErrorMessage() != "thing lamp exists" || *exists.ResourceId != "lamp" || *exists.ResourceArn != "arn:x" {
		t.Errorf("iot: got %v", err)
	}

	e.err = fault.New("logs.PutLogEvents", fault.NotFound, "The specified log group does not exist.")
	_, err = cloudwatchlogs.NewFromConfig(cfg).PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"),
		LogEvents: []logstypes.InputLogEvent{{Message: aws.String("m"), Timestamp: aws.Int64(1)}}})
	if missing, ok := errors.AsType[*logstypes.ResourceNotFoundException](err); !ok || missing.ErrorMessage() != "The specified log group does not exist." {
		t.Errorf("logs: got %v", err)
	}

	e.err = fault.New("metrics.DescribeAlarms", fault.Invalid, "bad token").Named("InvalidNextToken")
	_, err = cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
	if invalid, ok := errors.AsType[*cwtypes.InvalidNextToken](err); !ok || invalid.ErrorMessage() != "bad token" {
		t.Errorf("cloudwatch: got %v", err)
	}

	e.err = fault.New("trail.GetTrail", fault.NotFound, "Unknown trail")
	_, err = cloudtrail.NewFromConfig(cfg).GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String("t")})
	if _, ok := errors.AsType[*cttypes.TrailNotFoundException](err); !ok {
		t.Errorf("cloudtrail: got %v", err)
	}

	e.err = fault.New("identity.CreateRole", fault.Exists, "Role with name r already exists.")
	_, err = iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String("{}")})
	if exists, ok := errors.AsType[*iamtypes.EntityAlreadyExistsException](err); !ok || exists.ErrorMessage() != "Role with name r already exists." {
		t.Errorf("iam: got %v", err)
	}

	e.err = fault.New("identity.AssumeRole", fault.Invalid, "no JSON").Named("MalformedPolicyDocumentException")
	_, err = sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("r"), RoleSessionName: aws.String("s")})
	if _, ok := errors.AsType[*ststypes.MalformedPolicyDocumentException](err); !ok {
		t.Errorf("sts: got %v", err)
	}
}

// TestUnimplementedNamesTheOperation holds for all protocols of the clients.
func TestUnimplementedNamesTheOperation(t *testing.T) {
	e, cfg := startEcho(t)
	e.err = fault.New("gateway", fault.Unimplemented, "nothing answers it here")
	f := func(name string, err error, want string) {
		t.Helper()
		api, ok := errors.AsType[smithy.APIError](err)
		if !ok || api.ErrorCode() != "NotImplementedException" || api.ErrorMessage() != want {
			t.Errorf("%s: got %v, want NotImplementedException: %s", name, err, want)
		}
	}
	ctx := context.Background()
	_, err := iot.NewFromConfig(cfg).ListThings(ctx, &iot.ListThingsInput{})
	f("iot", err, "iot.ListThings is not implemented: nothing answers it here")
	_, err = cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	f("logs", err, "logs.DescribeLogGroups is not implemented: nothing answers it here")
	_, err = cloudwatch.NewFromConfig(cfg).ListMetrics(ctx, &cloudwatch.ListMetricsInput{})
	f("cloudwatch", err, "cloudwatch.ListMetrics is not implemented: nothing answers it here")
	_, err = iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{})
	f("iam", err, "iam.ListRoles is not implemented: nothing answers it here")
}
