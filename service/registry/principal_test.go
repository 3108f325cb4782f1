package registry

import (
	"strings"
	"testing"

	"telltale/base/arn"
)

func TestReadTarget(t *testing.T) {
	id := strings.Repeat("0a", 32)
	f := func(text, want string) {
		t.Helper()
		p, err := readTarget(home, text)
		if got := p.kind + " " + p.name + " " + p.text; err != nil && want != "" || err == nil && got != want {
			t.Errorf("readTarget(%q): got %q, %v, want %q", text, got, err, want)
		}
	}
	f(arn.IoT(home, "cert", id), "cert "+id+" "+arn.IoT(home, "cert", id))
	f(arn.IoT(home, "cert", strings.ToUpper(id)), "cert "+id+" "+arn.IoT(home, "cert", id))
	f(arn.IoT(home, "thinggroup", "house"), "thinggroup house "+arn.IoT(home, "thinggroup", "house"))
	f(identity, "cognito "+identity+" "+identity)
	for _, text := range []string{
		"", "arn:", "cert/" + id, arn.IoT(home, "cert", ""), arn.IoT(home, "thing", "lamp"), arn.IoT(abroad, "cert", id), arn.IoT(stranger, "cert", id),
		"arn:aws-cn:iot:us-east-1:111111111111:cert/" + id, "us-east-1:", ":" + identity[10:], "US EAST:" + identity[10:], identity + "0", identity[:len(identity)-1] + "z",
	} {
		f(text, "")
	}
}

// What is read is stored under one spelling, which reads as itself.
func FuzzReadTarget(f *testing.F) {
	f.Add(arn.IoT(home, "cert", "0A"))
	f.Add(arn.IoT(home, "thinggroup", "house"))
	f.Add(identity)
	f.Add("arn:aws:iot:::")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readTarget(home, text)
		if err != nil {
			return
		}
		if again, err := readTarget(home, p.text); err != nil || again != p {
			t.Errorf("readTarget(%q) is %+v, whose text reads as %+v, %v", text, p, again, err)
		}
	})
}
