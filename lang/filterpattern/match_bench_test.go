package filterpattern

import (
	"testing"

	"telltale/lang/predicate"
)

// publishIn is an AWS IoT log entry of 420 bytes.
const publishIn = `{"timestamp":"2026-01-15 10:21:43.118","logLevel":"INFO","traceId":"9f1c52b0-7d3a-4f0e-8a65-2f6de1c04b7e","accountId":"123456789012",` +
	`"status":"Success","eventType":"Publish-In","protocol":"MQTT","topicName":"dt/plant1/line14/dev1/temperature/outside","clientId":"dev1",` +
	`"principalId":"b3f8a0d16c2e4975a1d0e83b7c5f6429b3f8a0d16c2e4975a1d0e83b7c5f6429","sourceIp":"203.0.113.17","sourcePort":51823,"retain":"False","qos":1}`

func matcherFor(t testing.TB, pattern string) *predicate.Matcher {
	t.Helper()
	p, err := Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Expr().Compile()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMatchDoesNotAllocate(t *testing.T) {
	f := func(pattern, message string, want bool) {
		t.Helper()
		m := matcherFor(t, pattern)
		if got := m.Match([]byte(message)); got != want {
			t.Errorf("%s on %s: got %v, want %v", pattern, message, got, want)
		}
		b := []byte(message)
		if n := testing.AllocsPerRun(100, func() { m.Match(b) }); n != 0 {
			t.Errorf("%s on %s: %v allocations", pattern, message, n)
		}
	}
	f(`{ $.eventType = "Publish-In" && $.clientId = "dev1" }`, publishIn, true)
	f(`{ $.eventType = "Publish-In" && $.clientId = "dev2" }`, publishIn, false)
	f(`{ $.sourcePort > 50000.5 && $.qos != 0 && $.topicName = "dt/*/dev1/*" }`, publishIn, true)
	f(`{ $.*.x NOT EXISTS && $.status = %Succ% }`, publishIn, true)
	f(`ERROR -INFO`, publishIn, false)
	f(`[ip = 127.*, ..., status = 2*, bytes > 1000]`, accessLog, true)
}

func BenchmarkMatch(b *testing.B) {
	f := func(name, pattern, message string) {
		b.Run(name, func(b *testing.B) {
			m := matcherFor(b, pattern)
			text := []byte(message)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				m.Match(text)
			}
		})
	}
	f("json-hit", `{ $.eventType = "Publish-In" && $.clientId = "dev1" }`, publishIn)
	f("json-miss", `{ $.eventType = "Publish-In" && $.clientId = "dev2" }`, publishIn)
	f("json-number", `{ $.sourcePort > 50000 }`, publishIn)
	f("terms", `Publish-In dev1`, publishIn)
	f("delimited", `[ip = 127.*, ..., status = 2*, bytes > 1000]`, accessLog)
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(`{ $.eventType = "Publish-In" && $.clientId = "dev1" }`); err != nil {
			b.Fatal(err)
		}
	}
}
