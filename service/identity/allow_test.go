package identity

import (
	"fmt"
	"strings"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

const thing = "arn:aws:iot:us-east-1:" + home + ":thing/lamp"

func TestDenial(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	n := 0
	f := func(want string, policies ...string) {
		t.Helper()
		n++
		name := fmt.Sprintf("bob%d", n)
		who := mustKey(t, d, newUser(t, d, ctx, name, policies...)).Caller
		err := d.Allow(ctx, &who, "iot:DescribeThing", thing)
		refused(t, "Allow", err, fault.Denied, "AccessDeniedException", "")
		got := err.(*fault.Error).Message()
		want = "User: arn:aws:iam::" + home + ":user/" + name + " is not authorized to perform: iot:DescribeThing on resource: " + thing + " " + want
		if got = strings.ReplaceAll(got, name, "bob"); got != strings.ReplaceAll(want, name, "bob") {
			t.Errorf("policies %v:\n got %s\nwant %s", policies, got, want)
		}
	}
	help := ` This statement would allow it: {"Effect":"Allow","Action":"iot:DescribeThing","Resource":"` + thing + `"}`
	f("because no identity-based policy allows the iot:DescribeThing action. There is no policy." + help)
	f("because no identity-based policy allows the iot:DescribeThing action. Nearest is statement 1 of policy p0 from user bob (inline): "+
		"action iot:DescribeThing is not among iot:ListThings."+help, statement("Allow", "iot:ListThings", "*"))
	f("because no identity-based policy allows the iot:DescribeThing action. Nearest is statement 1 of policy p1 from user bob (inline): "+
		"resource "+thing+" does not match arn:aws:iot:*:*:thing/door."+help,
		statement("Allow", "iot:ListThings", "*"), statement("Allow", "iot:*", "arn:aws:iot:*:*:thing/door"))
	f("with an explicit deny in an identity-based policy. It is denied by statement 1 of policy p1 from user bob (inline).",
		statement("Allow", "*", "*"), statement("Deny", "iot:Describe*", "*"))
	f("because no identity-based policy allows the iot:DescribeThing action. No policy holds an Allow statement."+help,
		statement("Deny", "iot:ListThings", "*"))
}

func TestAllowWithoutUser(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	if err := d.Allow(ctx, caller.From(ctx), "iot:DescribeThing", thing); err != nil {
		t.Errorf("root: %v", err)
	}
	err := d.Allow(ctx, &caller.Caller{Kind: caller.Anonymous}, "iot:DescribeThing", thing)
	refused(t, "anonymous", err, fault.Denied, accessDenied, "User: anonymous is not authorized to perform: iot:DescribeThing")

	// Who was deleted while its connection lived on may do nothing.
	id := newUser(t, d, ctx, "bob", statement("Allow", "*", "*"))
	bob := mustKey(t, d, id).Caller
	if err := d.Allow(ctx, &bob, "iot:DescribeThing", thing); err != nil {
		t.Errorf("bob: %v", err)
	}
	must[*iam.DeleteUserPolicyOutput](t)(d.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: "bob", PolicyName: "p0"}))
	must[*iam.DeleteAccessKeyOutput](t)(d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: "bob", AccessKeyId: id}))
	must[*iam.DeleteUserOutput](t)(d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"}))
	err = d.Allow(ctx, &bob, "iot:DescribeThing", thing)
	refused(t, "deleted user", err, fault.Denied, accessDenied, "There is no policy.")
	newUser(t, d, ctx, "bob", statement("Allow", "*", "*"))
	err = d.Allow(ctx, &bob, "iot:DescribeThing", thing)
	refused(t, "deleted user of a name that somebody else has now", err, fault.Denied, accessDenied, "There is no policy.")
}

func TestConditionKeys(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	who := mustKey(t, d, newUser(t, d, ctx, "bob")).Caller
	who.SourceIP, who.UserAgent, who.TLS, who.Region = "192.0.2.7", "aws-cli/2", true, "eu-west-1"
	f := func(condition string, want bool) {
		t.Helper()
		putUserPolicy(t, d, ctx, "bob", "p", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
		if err := d.Allow(ctx, &who, "iot:DescribeThing", thing); (err == nil) != want {
			t.Errorf("condition %s: got %v, want allowed %v", condition, err, want)
		}
	}
	f(`{"StringEquals":{"aws:username":"bob"}}`, true)
	f(`{"StringEquals":{"aws:username":"eve"}}`, false)
	f(`{"StringEquals":{"aws:userid":"`+who.PrincipalID+`"}}`, true)
	f(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/b*"}}`, true)
	f(`{"StringEquals":{"aws:PrincipalAccount":"`+home+`"}}`, true)
	f(`{"StringEquals":{"aws:PrincipalAccount":"`+foreign+`"}}`, false)
	f(`{"StringEquals":{"aws:PrincipalType":"User"}}`, true)
	f(`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, true)
	f(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, false)
	f(`{"StringLike":{"aws:UserAgent":"aws-cli/*"}}`, true)
	f(`{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`, true)
	f(`{"Bool":{"aws:SecureTransport":"true"}}`, true)
	f(`{"Bool":{"aws:SecureTransport":"false"}}`, false)
	f(`{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, true)
	f(`{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, false)
	f(`{"NumericGreaterThan":{"aws:EpochTime":"1577836800"}}`, true)
	f(`{"Null":{"aws:MultiFactorAuthAge":"true"}}`, true)

	who.SourceIP = "" // a call that came without an address has none
	f(`{"Null":{"aws:SourceIp":"true"}}`, true)
}
