package conform

import (
	"testing"

	"telltale/lang/mqtt"
)

// Flags that are reserved close the connection, whatever packet carries them. [MQTT311-2.2.2-1] [MQTT-2.2.2-2] [MQTT-2.1.3-1] [MQTT-3.6.1-1]
// [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] [MQTT5-4.13.1-1] [MQTT5-4.13.2-1] [MQTT311-4.8.0-1] [MQTT-3.3.1-4]
// [MQTT5-3.3.1-2]
func TestReservedFlags(t *testing.T) {
	each(t, both, func(w *world) {
		for _, header := range []byte{
			0x00, 0x01, 0x41, 0x50 | 2, 0x60, 0x63, 0x70 | 1, 0x80, 0x83, 0xa0, 0xa1, 0xc1, 0xe1, 0xe8, 0xf1,
			0x36, 0x37, 0x38, // PUBLISH with QoS 3, and with DUP at QoS 0
		} {
			c := w.connect("flags")
			c.raw([]byte{header, 2, 0, 1})
			c.ended(mqtt.Malformed, mqtt.ProtocolError)
		}
	})
}

// Packets that only a server sends, from a client. [MQTT5-4.13.1-1] [MQTT311-4.8.0-1]
func TestPacketsOfServers(t *testing.T) {
	each(t, both, func(w *world) {
		for _, p := range []mqtt.Packet{
			&mqtt.Connack{}, &mqtt.Suback{ID: 1, Reasons: []mqtt.ReasonCode{0}}, &mqtt.Unsuback{ID: 1, Reasons: []mqtt.ReasonCode{0}}, &mqtt.Pingresp{},
		} {
			c := w.connect("server")
			c.send(p)
			c.ended(mqtt.ProtocolError, mqtt.Malformed)
		}
	})
}

// A length of more than four bytes, or longer than it needs to be. [MQTT-1.5.5-1]
func TestRemainingLength(t *testing.T) {
	each(t, only5, func(w *world) {
		for _, frame := range [][]byte{{0xc0, 0x80, 0x80, 0x80, 0x80, 0x01}, {0xc0, 0x80, 0x00}, {0x30, 0xff, 0xff, 0xff, 0xff}} {
			c := w.connect("length")
			c.raw(frame)
			c.ended(mqtt.Malformed)
		}
	})
}

// Packets that end too early or too late. [MQTT5-4.13.1-1] [MQTT311-4.8.0-1] [MQTT5-1.5.7-1] [MQTT5-2.2.2-1]
func TestCutPackets(t *testing.T) {
	each(t, both, func(w *world) {
		frames := [][]byte{
			{0x30, 1, 0}, {0x30, 3, 0, 5, 'a'}, {0x32, 4, 0, 1, 'a', 0}, // PUBLISH
			{0x82, 2, 0, 1}, {0x82, 5, 0, 1, 0, 1, 'a'}, {0x82, 3, 0, 1, 0}, // SUBSCRIBE
			{0xa2, 2, 0, 1}, {0xa2, 4, 0, 1, 0, 5}, // UNSUBSCRIBE
			{0x40, 1, 0}, {0xc0, 1, 0}, // PUBACK, PINGREQ
		}
		if w.v == mqtt.V5 {
			frames = append(frames,
				[]byte{0x30, 4, 0, 1, 'a', 9},                                    // properties longer than the packet
				[]byte{0x30, 11, 0, 1, 'a', 7, 0x26, 0, 1, 'k', 0, 9, 'v'},       // half a user property
				[]byte{0x30, 11, 0, 1, 'a', 7, 0x26, 0, 1, 0xff, 0, 1, 'v'},      // a key that is no text
				[]byte{0x30, 8, 0, 1, 'a', 4, 1, 0, 1, 0},                        // payload format twice
				[]byte{0x30, 6, 0, 1, 'a', 2, 0x11, 0},                           // a property of CONNECT
				[]byte{0x30, 6, 0, 1, 'a', 2, 0x7f, 0},                           // no property at all
				[]byte{0x82, 7, 0, 1, 9, 0, 1, 'a', 0}, []byte{0xe0, 2, 0x66, 0}, // a reason that is none
			)
		}
		for _, frame := range frames {
			c := w.connect("cut")
			c.raw(frame)
			c.ended(mqtt.Malformed, mqtt.ProtocolError, mqtt.TopicFilterInvalid)
		}
	})
}

// Text is well-formed UTF-8 without U+0000 in every packet. [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-3.3.2-1]
// [MQTT311-3.8.3-1] [MQTT5-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.7.3-2] [MQTT5-3.3.2-13] [MQTT5-3.3.2-19]
func TestTexts(t *testing.T) {
	each(t, both, func(w *world) {
		for _, bad := range []string{"\xff", "a\xed\xa0\x80", "\xc0\x80", "a\x00b", "\xf5\x80\x80\x80"} {
			packets := []mqtt.Packet{
				&mqtt.Publish{Topic: []byte(bad)},
				&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(bad)}}},
				&mqtt.Unsubscribe{ID: 1, Filters: [][]byte{[]byte(bad)}},
			}
			if w.v == mqtt.V5 {
				packets = append(packets,
					&mqtt.Publish{Topic: []byte("a"), Properties: mqtt.Properties{ResponseTopic: []byte(bad)}},
					&mqtt.Publish{Topic: []byte("a"), Properties: mqtt.Properties{ContentType: []byte(bad)}},
					&mqtt.Publish{Topic: []byte("a"), Properties: mqtt.Properties{User: []mqtt.UserProperty{{Key: []byte("k"), Value: []byte(bad)}}}})
			}
			for _, p := range packets {
				c := w.connect("text")
				c.send(p)
				c.ended()
			}
		}
	})
}

// U+FEFF is a character like others. [MQTT-1.5.3-3] [MQTT-1.5.4-3]
func TestByteOrderMark(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("bom")
		topic := "\ufeff" + w.topic("x")
		c.subscribe(topic, 0)
		c.subscribe(w.topic("x"), 0)
		c.send(&mqtt.Publish{Topic: []byte(topic), Payload: []byte("kept")})
		c.receive(topic, "kept", 0)
		c.fence()
	})
}

// [MQTT-2.3.1-1] [MQTT-2.2.1-3]
func TestPacketIdentifierZero(t *testing.T) {
	each(t, both, func(w *world) {
		for _, p := range []mqtt.Packet{
			&mqtt.Publish{Topic: []byte("a"), QoS: 1},
			&mqtt.Subscribe{Subscriptions: []mqtt.Subscription{{Filter: []byte("a")}}},
			&mqtt.Unsubscribe{Filters: [][]byte{[]byte("a")}},
		} {
			c := w.connect("zero")
			c.send(p)
			c.ended(mqtt.Malformed, mqtt.ProtocolError)
		}
	})
}

// Reserved bits, a QoS of 3 and no filters at all. [MQTT-3-8.3-4] [MQTT311-3.8.3-3] [MQTT5-3.8.3-2] [MQTT-3.8.3-5] [MQTT-3.10.3-2]
func TestSubscribeOptions(t *testing.T) {
	each(t, both, func(w *world) {
		options := []byte{3, 0x80, 0x40, 0xc0}
		frames := [][]byte{{0x82, 2, 0, 1}, {0xa2, 2, 0, 1}}
		if w.v == mqtt.V5 {
			frames = [][]byte{{0x82, 3, 0, 1, 0}, {0xa2, 3, 0, 1, 0}}
			options = append(options, 0x30) // retain handling 3
		} else {
			options = append(options, 4, 8, 0x10)
		}
		for _, o := range options {
			frame := []byte{0x82, 6, 0, 1, 0, 1, 'a', o}
			if w.v == mqtt.V5 {
				frame = []byte{0x82, 7, 0, 1, 0, 0, 1, 'a', o}
			}
			frames = append(frames, frame)
		}
		for _, frame := range frames {
			c := w.connect("options")
			c.raw(frame)
			c.ended(mqtt.Malformed, mqtt.ProtocolError)
		}
	})
}
