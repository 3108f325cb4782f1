package mqtt_test

import (
	"fmt"

	"telltale/lang/mqtt"
)

// A reader fills a buffer, handles every whole frame in it, and keeps the rest for the next read.
func Example() {
	var buf []byte
	buf = mqtt.AppendConnect(buf, &mqtt.Connect{Version: mqtt.V5, CleanStart: true, KeepAlive: 60, ClientID: []byte("lamp")})
	buf = mqtt.AppendPublish(buf, &mqtt.Publish{Topic: []byte("lamp/state"), Payload: []byte("on"), QoS: 1, ID: 1}, mqtt.V5)
	buf = append(buf, 0x30, 0x05, 0x00, 0x03, 'a', '/', '#')

	var version mqtt.Version
	for len(buf) > 0 {
		header, body, n, err := mqtt.NextFrame(buf, 128<<10)
		if err != nil { // mqtt.ErrNeedMore: read on; any other error ends the connection
			fmt.Println(err)
			return
		}
		switch mqtt.TypeOf(header) {
		case mqtt.TypeConnect:
			c, err := mqtt.DecodeConnect(body)
			version = c.Version
			fmt.Printf("%s connects with MQTT %v, error %v\n", c.ClientID, version, err)
		case mqtt.TypePublish:
			p, err := mqtt.DecodePublish(header, body, version)
			if err != nil {
				fmt.Println(err)
				break
			}
			fmt.Printf("%s: %s\n", p.Topic, p.Payload)
			fmt.Printf("answer % x\n", mqtt.AppendPuback(nil, &mqtt.Puback{ID: p.ID}, version))
		}
		buf = buf[n:]
	}
	// Output:
	// lamp connects with MQTT 5, error <nil>
	// lamp/state: on
	// answer 40 02 00 01
	// mqtt: PUBLISH: the topic name "a/#" contains the wildcard '#'; wildcards belong in topic filters [MQTT-3.3.2-2]
}
