package rolealias

import (
	"fmt"
	"testing"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
)

const role = "arn:aws:iam::123456789012:role/device"

func TestAliases(t *testing.T) {
	w := newWorld(t)
	out := ok(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: "a", RoleArn: role, Tags: []iot.Tag{{Key: "team", Value: "x"}}})
	if out.RoleAliasArn != "arn:aws:iot:eu-central-1:123456789012:rolealias/a" {
		t.Errorf("arn %s", out.RoleAliasArn)
	}
	if tags := ok(t, w.registry.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: out.RoleAliasArn}).Tags; len(tags) != 1 {
		t.Errorf("tags %v", tags)
	}
	refused(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: "a", RoleArn: role}, iot.ResourceAlreadyExistsException, "a already exists")
	refused(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: "b", RoleArn: "arn:aws:iam::123456789012:user/x"}, iot.InvalidRequestException, "is not the ARN of a role")
	d := ok(t, w.DescribeRoleAlias, iot.DescribeRoleAliasInput{RoleAlias: "a"}).RoleAliasDescription
	if d.RoleArn != role || *d.CredentialDurationSeconds != 3600 || d.Owner != home.Account {
		t.Errorf("description %+v", d)
	}
	ok(t, w.UpdateRoleAlias, iot.UpdateRoleAliasInput{RoleAlias: "a", CredentialDurationSeconds: new(int32(900))})
	if d := ok(t, w.DescribeRoleAlias, iot.DescribeRoleAliasInput{RoleAlias: "a"}).RoleAliasDescription; d.RoleArn != role || *d.CredentialDurationSeconds != 900 {
		t.Errorf("description %+v", d)
	}
	if _, err := w.DescribeRoleAlias(as(caller.Scope{Account: "999999999999", Region: home.Region}), &iot.DescribeRoleAliasInput{RoleAlias: "a"}); err == nil {
		t.Error("another account finds the alias")
	}
	for i := range most - 1 {
		ok(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: fmt.Sprintf("b%02d", i), RoleArn: role})
	}
	refused(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: "z", RoleArn: role}, iot.LimitExceededException, "101 role aliases")
	page := ok(t, w.ListRoleAliases, iot.ListRoleAliasesInput{PageSize: new(int32(60))})
	rest := ok(t, w.ListRoleAliases, iot.ListRoleAliasesInput{PageSize: new(int32(60)), Marker: page.NextMarker})
	if page.RoleAliases[0] != "b98" || len(rest.RoleAliases) != 40 || rest.RoleAliases[39] != "a" || rest.NextMarker != "" {
		t.Errorf("pages %v %v", page, rest)
	}
	ok(t, w.DeleteRoleAlias, iot.DeleteRoleAliasInput{RoleAlias: "a"})
	refused(t, w.DeleteRoleAlias, iot.DeleteRoleAliasInput{RoleAlias: "a"}, iot.ResourceNotFoundException, "a does not exist")
}
