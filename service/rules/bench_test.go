package rules

import (
	"context"
	"fmt"
	"testing"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/message"
)

// idle is a sink that does what a real one must, and keeps nothing.
type idle struct{}

func (idle) Record(*caller.Origin, event.Fact) {}

// manyRules is a world with n rules, each of which listens to the topics of one device.
func manyRules(b *testing.B, n int) *world {
	w := running(b, options{adjust: func(c *Config) { c.Rules, c.Evaluations = n, 1_000_000_000 }})
	for i := range n {
		w.rule(fmt.Sprintf("r%d", i), fmt.Sprintf("SELECT temp, topic(2) AS d FROM 'sensors/%d/+/t' WHERE temp > 30", i), "", republish("out/${topic(2)}"))
	}
	w.Engine.needs.Facts = event.NewRecorder(idle{})
	w.deaf = true
	return w
}

const benchPayload = `{"temp":31.25,"humidity":55,"battery":3.61,"site":"hall 7","device":"s7-000123","ok":true,"gps":{"lat":52.5201,"lon":13.4049},"seq":1844,"tags":["a","b"],"x":1}`

// BenchmarkManyRules measures a message that one rule matches and republishes, from the broker's route to the end, with ten rules and with
// ten thousand. The route is found anew for each message. The last line is the ratio of the two: at most 2 is wanted.
func BenchmarkManyRules(b *testing.B) {
	var cost [2]float64
	for i, n := range []int{10, 10_000} {
		w := manyRules(b, n)
		topics := make([]string, 1024)
		for j := range topics {
			topics[j] = fmt.Sprintf("sensors/%d/x/t", j*7%n)
		}
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				m := message.Message{Origin: device(home), Topic: topics[at&1023], Payload: []byte(benchPayload)}
				if err := w.broker.Publish(context.Background(), &m); err != nil {
					b.Fatal(err)
				}
				at++
			}
			cost[i] = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
		})
	}
	b.Run("ratio", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(cost[1]/cost[0], "10000/10-rules")
		b.ReportMetric(0, "ns/op")
	})
}
