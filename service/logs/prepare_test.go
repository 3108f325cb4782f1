package logs

import (
	"errors"
	"testing"

	"telltale/lang/shape/logs"
)

func TestPrepare(t *testing.T) {
	l := newLogs(t)
	f := func(group, deny string, wantErr bool, retention int32) {
		t.Helper()
		may := func(action string) error {
			if action == deny {
				return errors.New("denied " + action)
			}
			return nil
		}
		if err := l.Prepare(t.Context(), home, group, may); (err != nil) != wantErr {
			t.Errorf("Prepare(%s) without %s: %v", group, deny, err)
		}
		found := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{LogGroupNamePrefix: group}).LogGroups
		if wantErr {
			if len(found) != 0 {
				t.Errorf("the group %s was made although that was denied", group)
			}
			return
		}
		if len(found) != 1 || retention == 0 && found[0].RetentionInDays != nil || retention > 0 && *found[0].RetentionInDays != retention {
			t.Errorf("group %s: %+v, want a retention of %d", group, found, retention)
		}
	}
	f("a", "logs:CreateLogGroup", true, 0)
	f("a", "logs:PutRetentionPolicy", false, 0)
	f("a", "", false, 0) // it is there: nothing changes
	f("b", "", false, 30)
	f("b", "logs:CreateLogGroup", false, 30) // not asked for a group that is there
}
