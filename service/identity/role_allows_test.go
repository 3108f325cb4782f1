package identity

import (
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

const (
	trustIoT  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allowLogs = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`
	logStream = "arn:aws:logs:us-east-1:" + home + ":log-group:AWSIotLogsV2:log-stream:s"
)

func TestRoleAllows(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	arn := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, allowLogs))
	f := func(arn, service, action string, kind fault.Kind, want string) {
		t.Helper()
		for range 2 { // from the database, and from the cache
			err := d.RoleAllows(ctx, arn, service, action, logStream)
			if want == "" && err != nil {
				t.Errorf("RoleAllows(%s, %s, %s): %v", arn, service, action, err)
			} else if want != "" {
				refused(t, "RoleAllows", err, kind, "", want)
			}
		}
	}
	f(arn, "iot.amazonaws.com", "logs:PutLogEvents", 0, "")
	f("arn:aws:iam::"+home+":role/other", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, "Role arn:aws:iam::"+home+":role/other does not exist.")
	f("arn:aws:iam::"+home+":role/x/logging", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, "does not exist")
	f("arn:aws:iam::"+home+":role/LOGGING", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, "does not exist")
	f("arn:aws:iam::"+foreign+":role/logging", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, "does not exist")
	f("arn:aws:iam::"+home+":user/logging", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, "want arn:aws:iam::account:role/name")
	f("logging", "iot.amazonaws.com", "logs:PutLogEvents", fault.NotFound, `Role "logging" does not exist`)
	f(arn, "lambda.amazonaws.com", "logs:PutLogEvents", fault.Denied, "cannot be assumed by lambda.amazonaws.com: its trust policy does not allow "+
		"sts:AssumeRole. Nearest is statement 1 of policy trust from role logging: principal Service:lambda.amazonaws.com is not among Service:iot.amazonaws.com.")
	f(arn, "iot.amazonaws.com", "logs:DeleteLogGroup", fault.Denied, "Role: "+arn+" is not authorized to perform: logs:DeleteLogGroup on resource: "+
		logStream+" because no identity-based policy allows the logs:DeleteLogGroup action. Nearest is statement 1 of policy logging from role logging (inline)")

	// A change is felt at once.
	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: "logging", PolicyName: "no", PolicyDocument: statement("Deny", "logs:Put*", "*")}))
	f(arn, "iot.amazonaws.com", "logs:PutLogEvents", fault.Denied, "with an explicit deny in an identity-based policy. It is denied by statement 1 of policy no")
}

func TestTrustConditions(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	arn := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, allowLogs))
	f := func(condition string, want bool) {
		t.Helper()
		text := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":` + condition + `}}`
		must[*iam.UpdateAssumeRolePolicyOutput](t)(d.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: "logging", PolicyDocument: text}))
		if err := d.RoleAllows(ctx, arn, "iot.amazonaws.com", "logs:PutLogEvents", logStream); (err == nil) != want {
			t.Errorf("condition %s: got %v, want allowed %v", condition, err, want)
		}
	}
	f(`{"StringEquals":{"aws:SourceAccount":"`+home+`"}}`, true)
	f(`{"StringEquals":{"aws:SourceAccount":"`+foreign+`"}}`, false)
	f(`{"ArnLike":{"aws:SourceArn":"arn:aws:iot:us-east-1:`+home+`:*"}}`, true)
	f(`{"ArnLike":{"aws:SourceArn":"arn:aws:iot:eu-west-1:`+home+`:*"}}`, false)
	f(`{"ArnLike":{"aws:SourceArn":"arn:aws:iot:us-east-1:`+home+`:rule/r"}}`, false)
}

func TestEnsureRole(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	f := func(account, name, trust, inline, want string) {
		t.Helper()
		_, err := d.EnsureRole(ctx, account, name, trust, inline)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("EnsureRole(%s, %q): got %v, want invalid", account, name, err)
			return
		}
		refused(t, "EnsureRole", err, fault.Invalid, err.(*fault.Error).Code, want)
	}
	f("42", "r", trustIoT, "", `account "42": want 12 digits`)
	f(home, "", trustIoT, "", `role name "": want 1 to 64`)
	f(home, "a/b", trustIoT, "", `role name "a/b"`)
	f(home, "r", "{", "", "Policy document: ")
	f(home, "r", trustIoT, "{}", "Statement is missing")

	first := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, allowLogs))
	if want := "arn:aws:iam::" + home + ":role/logging"; first != want {
		t.Errorf("got %s, want %s", first, want)
	}
	role := must[*iam.GetRoleOutput](t)(d.GetRole(ctx, &iam.GetRoleInput{RoleName: "logging"})).Role
	must[*iam.DeleteRolePolicyOutput](t)(d.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: "logging", PolicyName: "logging"}))
	if again := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, allowLogs)); again != first {
		t.Errorf("second time: got %s, want %s", again, first)
	}
	if now := must[*iam.GetRoleOutput](t)(d.GetRole(ctx, &iam.GetRoleInput{RoleName: "logging"})).Role; now.RoleId != role.RoleId {
		t.Errorf("second time made another role: %s, want %s", now.RoleId, role.RoleId)
	}
	if names := must[*iam.ListRolePoliciesOutput](t)(d.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: "logging"})).PolicyNames; len(names) != 0 {
		t.Errorf("second time undid the owner's change: policies %v, want none", names)
	}
	if bare := must[string](t)(d.EnsureRole(ctx, foreign, "bare", trustIoT, "")); bare != "arn:aws:iam::"+foreign+":role/bare" {
		t.Errorf("got %s", bare)
	}
}
