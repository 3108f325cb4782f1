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
// ten thousand: the same message again and again, or messages for a thousand rules in turn, which the processor's caches do not hold. The
// route is found anew each time. The last lines are the ratios of the two: at most 2 is wanted for the same message.
func BenchmarkManyRules(b *testing.B) {
	counts := []int{10, 10_000}
	cost := map[string]float64{}
	for _, n := range counts {
		w := manyRules(b, n)
		for _, spread := range []int{1, 1000} {
			name := fmt.Sprintf("topics=%d/rules=%d", spread, n)
			b.Run(name, func(b *testing.B) {
				topics := make([]string, spread)
				for j := range topics {
					topics[j] = fmt.Sprintf("sensors/%d/x/t", j*7%n)
				}
				b.ReportAllocs()
				for at := 0; b.Loop(); at++ {
					m := message.Message{Origin: device(home), Topic: topics[at%spread], Payload: []byte(benchPayload)}
					if err := w.broker.Publish(context.Background(), &m); err != nil {
						b.Fatal(err)
					}
				}
				cost[name] = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			})
		}
	}
	for _, spread := range []int{1, 1000} {
		b.Run(fmt.Sprintf("topics=%d/ratio", spread), func(b *testing.B) {
			for b.Loop() {
			}
			few, many := fmt.Sprintf("topics=%d/rules=%d", spread, counts[0]), fmt.Sprintf("topics=%d/rules=%d", spread, counts[1])
			b.ReportMetric(cost[many]/cost[few], "times")
			b.ReportMetric(0, "ns/op")
		})
	}
}
