package catalogue

import (
	"strings"
	"testing"
)

// The validator is worth something only if it finds mistakes.
func TestValidatorFindsMistakes(t *testing.T) {
	const good = `{"timestamp":"2026-01-02 03:04:05.678","logLevel":"ERROR","traceId":"00000000-0000-4000-8000-000000000001","accountId":"123456789012","status":"Failure","eventType":"Publish-In","protocol":"MQTT","topicName":"t","clientId":"c","principalId":"p","sourceIp":"10.0.0.1","sourcePort":1,"reason":"R","details":"D","authorization":{}}`
	entries, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	if wrong := entries.Validate(good); len(wrong) > 0 {
		t.Fatalf("a good entry: %q", wrong)
	}
	f := func(old, new, want string) {
		t.Helper()
		if wrong := strings.Join(entries.Validate(strings.Replace(good, old, new, 1)), "; "); !strings.Contains(wrong, want) {
			t.Errorf("%s instead of %s: got %q, want %s", new, old, wrong, want)
		}
	}
	f(`{`, `[`, "not a JSON object")
	f(`,`, `, `, "not compact")
	f(`"Publish-In"`, `"Publish"`, "unknown eventType Publish")
	f(`"ERROR"`, `"INFO"`, "level INFO with status Failure")
	f(`"clientId":"c",`, ``, "clientId is missing")
	f(`"reason":"R",`, ``, "reason is missing")
	f(`"sourcePort":1`, `"sourcePort":"1"`, `sourcePort is the text "1", want integer`)
	f(`"sourcePort":1`, `"sourcePort":0`, "sourcePort is 0, out of range")
	f(`"sourcePort":1`, `"sourcePort":1,"x":1`, "unknown field x")
	f(`"topicName":"t","clientId":"c"`, `"clientId":"c","topicName":"t"`, "topicName is behind clientId")
	f(`10.0.0.1`, `here`, `sourceIp is "here", want an IP address`)
	f(`"MQTT"`, `"COAP"`, `protocol is "COAP", want one of`)
	f(`.678"`, `"`, "timestamp is")
	f(`"Failure"`, `"Success"`, "unknown field authorization")
	f(`"topicName":"t",`, `"payload":"x","topicName":"t","payloads":1,`, "unknown field payloads")
	const pardoned = `"details":"Allowed only because of --permissive"`
	success := strings.NewReplacer(`"ERROR"`, `"INFO"`, `"Failure"`, `"Success"`, `"reason":"R",`, ``, `"details":"D"`, pardoned).Replace(good)
	if wrong := entries.Validate(success); len(wrong) > 0 {
		t.Errorf("a good entry: %q", wrong)
	}
}
