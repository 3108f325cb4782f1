package managed

import (
	"encoding/json"
	"strings"
	"testing"

	"telltale/base/fault"
)

func TestFind(t *testing.T) {
	f := func(name string, found bool) {
		t.Helper()
		if got := Find(name); (got != nil) != found || found && !strings.HasPrefix(name, got.name) {
			t.Errorf("%s: got %+v, want one: %v", name, got, found)
		}
	}
	f("AWS-Reboot", true)
	f("AWS-Reboot:1.0", true)
	f("AWS-Reboot:2.0", false)
	f("AWS-Dance", false)
}

// Every template becomes a document that a device can read when it gets the examples of what must be given.
func TestFill(t *testing.T) {
	for _, x := range List("eu-central-1", "") {
		template := Find(x.TemplateName)
		values := map[string]string{}
		for _, p := range template.parameters {
			if !p.optional {
				values[p.key] = p.example
			}
		}
		if doc, err := template.Fill(values); err != nil || !json.Valid([]byte(doc)) || strings.Contains(doc, "${") {
			t.Errorf("%s: got %s, %v", x.TemplateName, doc, err)
		}
	}
	f := func(values map[string]string, want string) {
		t.Helper()
		if _, err := Find("AWS-Run-Command").Fill(values); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", values, err, want)
		}
	}
	f(nil, "needs the parameter command")
	f(map[string]string{"command": ""}, "does not match")
	f(map[string]string{"command": "x", "speed": "1"}, "has no parameter speed; it has command, runAsUser")
}
