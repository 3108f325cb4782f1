package topic_test

import (
	"fmt"

	"telltale/lang/topic"
)

func Example() {
	tree := topic.NewTree[string, string](topic.AWS)
	tree.Add("sensor/+/temperature", "lamp", "lamp wants temperatures")
	tree.Add("sensor/#", "logger", "logger wants everything below sensor")

	for _, name := range []string{"sensor/kitchen/temperature", "sensor"} {
		subscribers := tree.Match(name, nil)
		fmt.Println(name, len(subscribers))
		for _, s := range subscribers {
			fmt.Println("-", s)
		}
	}
	fmt.Println(topic.ValidateFilter("sensor/#/temperature"))
	// Output:
	// sensor/kitchen/temperature 2
	// - logger wants everything below sensor
	// - lamp wants temperatures
	// sensor 0
	// topic "sensor/#/temperature": "#" must be the last level [MQTT-4.7.1-1]
}
