package mqtt

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Decoded fields are the frame's own bytes.
func TestPublishAliasesTheFrame(t *testing.T) {
	frame := AppendPublish(nil, &Publish{Topic: []byte("a/b"), Payload: []byte("hello"), Properties: Properties{ContentType: []byte("c")}}, V5)
	p := decodeFrame(t, frame, V5).(*Publish)
	for i := range frame {
		frame[i] = 'X'
	}
	if string(p.Topic) != "XXX" || string(p.Payload) != "XXXXX" || string(p.Properties.ContentType) != "X" {
		t.Errorf("after overwriting the frame: topic %q, payload %q, content type %q", p.Topic, p.Payload, p.Properties.ContentType)
	}
}

// A reused struct keeps nothing of the packet before.
func TestPublishDecodeForgets(t *testing.T) {
	var p Publish
	for _, c := range corpus(t) {
		header, body, _, err := NextFrame(c.frame, corpusLimit)
		if err != nil || TypeOf(header) != TypePublish {
			continue
		}
		fresh, wantErr := DecodePublish(header, body, c.v)
		err = p.Decode(header, body, c.v)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: reused: %v, fresh: %v", c.where, err, wantErr)
		}
		if err != nil {
			continue
		}
		reused := p
		if len(p.Properties.User) == 0 {
			reused.Properties.User = nil
		}
		if len(p.Properties.SubscriptionIDs) == 0 {
			reused.Properties.SubscriptionIDs = nil
		}
		if got, want := dump(&reused), dump(&fresh); got != want {
			t.Errorf("%s: reused\n got %s\nwant %s", c.where, got, want)
		}
	}
}

// A refused CONNECT still says which version its answer must have.
func TestConnectRefusalKeepsTheVersion(t *testing.T) {
	f := func(body string, want Version) {
		t.Helper()
		c, err := DecodeConnect([]byte(body))
		if err == nil || c.Version != want {
			t.Errorf("DecodeConnect(%x): version %v, error %v; want version %v and an error", body, c.Version, err, want)
		}
	}
	f("", 0)
	f("\x00\x04MQTT", 0)
	f("\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a", 3)
	f("\x00\x04MQTT\x07\x02\x00\x3c\x00\x01a", 7)
	f("\x00\x04MQTT\x04\x03\x00\x3c\x00\x01a", V311)
	f("\x00\x04MQTT\x05\x02\x00\x3c\x02\x11\x00\x00\x01a", V5)
	f("\x00\x04MQTT\x04\x00\x00\x3c\x00\x00", V311)
}

func TestAllocations(t *testing.T) {
	plain := &Publish{Topic: []byte("device/42/temperature"), Payload: bytes.Repeat([]byte("x"), 200), QoS: 1, ID: 7}
	rich := *plain
	rich.Properties = Properties{TopicAlias: Some(uint16(3)), ContentType: []byte("text/plain"), User: []UserProperty{{[]byte("k"), []byte("v")}}}
	buf := make([]byte, 0, 4096)
	f := func(name string, do func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
	for _, v := range []Version{V311, V5} {
		frame := AppendPublish(nil, plain, v)
		ack := AppendPuback(nil, &Puback{ID: 7, Reason: QuotaExceeded}, v)
		f("next frame", func() { NextFrame(frame, 0) })
		f("need more", func() { NextFrame(frame[:10], 0) })
		f("decode publish", func() {
			header, body, _, _ := NextFrame(frame, 0)
			if _, err := DecodePublish(header, body, v); err != nil {
				t.Fatal(err)
			}
		})
		f("decode puback", func() {
			if _, err := DecodePuback(ack[2:], v); err != nil {
				t.Fatal(err)
			}
		})
		g := generator{rand.New(rand.NewPCG(1, 3)), v, false}
		for _, p := range append(g.packets(), &rich) {
			f("append "+p.Type().String(), func() { Append(buf, p, v) })
		}
	}
	frame := AppendPublish(nil, &rich, V5)
	header, body, _, err := NextFrame(frame, 0)
	if err != nil {
		t.Fatal(err)
	}
	var p Publish
	f("decode publish with properties into a used struct", func() {
		if err := p.Decode(header, body, V5); err != nil {
			t.Fatal(err)
		}
	})
}
