package wire_test

import (
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/wire"
)

func TestViolations(t *testing.T) {
	f := func(body string, want ...string) {
		t.Helper()
		k := newKit(wire.JSON11)
		r, b := target("PutKit", body)
		m := k.match(t, r, b)
		in, err := m.Decode(r, b)
		if len(want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", body, err)
			}
			return
		}
		noun := "errors"
		if len(want) == 1 {
			noun = "error"
		}
		text := strings.Join(want, "; ")
		e := k.put.ErrorFor(err)
		count := string(rune('0' + len(want)))
		if wanted := count + " validation " + noun + " detected: " + text; e.Message != wanted || e.Code != "InvalidRequestException" || e.Status != 400 {
			t.Errorf("%s:\ngot  %d %s %s\nwant %s", body, e.Status, e.Code, e.Message, wanted)
		}
		if in == nil {
			t.Errorf("%s: the input must come with the violation", body)
		}
	}
	// In the JSON protocols name has no place in the body, so it is always missing here.
	null := "Value null at 'name' failed to satisfy constraint: Member must not be null"
	violation := func(value, path, phrase string) string {
		return "Value '" + value + "' at '" + path + "' failed to satisfy constraint: " + phrase
	}
	f(`{}`, null)
	f(`{"size": null, "unknown": [1, {"a": "b"}]}`, null)
	f(`{"size": 11}`, violation("11", "size", "Member must have value less than or equal to 10"), null)
	f(`{"size": 0}`, violation("0", "size", "Member must have value greater than or equal to 1"), null)
	f(`{"ratio": 0.25}`, violation("0.25", "ratio", "Member must have value greater than or equal to 0.5"), null)
	f(`{"state": "X"}`, violation("X", "state", "Member must satisfy enum value set: [ON, OFF]"), null)
	f(`{"tags": [{"key": "a"}, {"key": "toolong"}]}`, violation("toolong", "tags.2.member.key", "Member must have length less than or equal to 4"), null)
	f(`{"tags": [{"value": "a"}]}`, "Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null", null)
	f(`{"tags": [{"key": "a"}, {"key": "b"}, {"key": "c", "value": "v"}]}`, violation("[tag(key=a), tag(key=b), tag(key=c, value=v)]", "tags", "Member must have length less than or equal to 2"), null)
	f(`{"tags": [null]}`, violation("[]", "tags", "Member must not be null"), null)
	f(`{"names": []}`, violation("[]", "names", "Member must have length greater than or equal to 1"), null)
	f(`{"names": ["ok", "NOT"]}`, violation("[ok, NOT]", "names", "Member must satisfy constraint: [Member must have length less than or equal to 8, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]"), null)
	f(`{"labels": {"a": "b", "toolong": "v"}}`, violation("{a=b, toolong=v}", "labels", "Map keys must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 1]"), null)
	f(`{"labels": {"a": "toolong"}}`, violation("{a=toolong}", "labels", "Map value must satisfy constraint: [Member must have length less than or equal to 4]"), null)
	f(`{"inner": {"inner": {}, "count": 1}}`, "Value null at 'inner.inner.count' failed to satisfy constraint: Member must not be null", null)
	f(`{"blob": "AAAA"}`, violation("java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]", "blob", "Member must have length less than or equal to 2"), null)
}

func TestDecodeRest(t *testing.T) {
	k := newKit(wire.RestJSON)
	body := `{"size": 3, "tags": [{"key": "a", "value": "b"}], "labels": {"k": "v"}, "since": 1763600000.5, "created": "2025-11-20T00:53:20Z",
		"inner": {"count": 1}, "inner": {"count": 2}}`
	r, b := request("PUT", "/kits/lamp?dryRun=true", body, "X-Token", "tok")
	m := k.match(t, r, b)
	in, err := m.Decode(r, b)
	if err != nil {
		t.Fatal(err)
	}
	got := in.(*putInput)
	if got.Name != "lamp" || !*got.DryRun || got.Token != "tok" || *got.Size != 3 || got.Tags[0] != (tag{"a", "b"}) || got.Labels["k"] != "v" ||
		!got.Since.Equal(time.UnixMilli(1763600000500)) || !got.Created.Equal(time.Unix(1763600000, 0)) || got.Inner.Count != 2 || got.Names != nil {
		t.Errorf("got %+v", got)
	}
}

func TestUnreadable(t *testing.T) {
	k := newKit(wire.JSON11)
	f := func(body, want string) {
		t.Helper()
		r, b := target("PutKit", body)
		m := k.match(t, r, b)
		in, err := m.Decode(r, b)
		if in != nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, %v", body, in, err)
			return
		}
		if e := k.put.ErrorFor(err); e.Code != wire.SerializationException || e.Status != 400 || !strings.Contains(e.Message, want) {
			t.Errorf("%s: got %d %s %s, want %s", body, e.Status, e.Code, e.Message, want)
		}
	}
	f(`{"size": "x"}`, "PutKit: the JSON must have an integer at byte 9, but has a string, at 'size'")
	f(`{"tags": [{"key": 1}]}`, "at 'tags.1.member.key'")
	f(`{"names": ["a", 2]}`, "at 'names'")
	f(`[]`, "must have an object")
	f(`{} {}`, "nothing more")
	f(`{"size": 1`, "has the end")
}

func TestUnknownTagWordIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a tag no one understands went unnoticed")
		}
	}()
	type bad struct {
		A string `wire:"a,nonsense"`
	}
	s := &wire.Service{Name: "bad"}
	op := wire.NewOp[bad, bad](s, "Bad", "", 0)
	wire.NewInput(op.Op)
}
