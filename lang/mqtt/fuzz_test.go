package mqtt

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzDecode feeds any bytes as any version: an error must be an *Error with a text, and what decodes must be a
// fixed point of appending and decoding.
func FuzzDecode(f *testing.F) {
	for _, c := range corpus(f) {
		f.Add(byte(c.v), c.frame)
	}
	f.Fuzz(func(t *testing.T, version byte, data []byte) {
		v := V311 + Version(version&1)
		header, body, n, err := NextFrame(data, 1<<16)
		if err == ErrNeedMore {
			return
		}
		var p Packet
		if err == nil {
			if n > len(data) || n < len(body)+2 {
				t.Fatalf("%x: n %d, body %d", data, n, len(body))
			}
			p, err = Decode(header, body, v)
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || !e.Code.Failed() || e.Text == "" || p != nil {
				t.Fatalf("%x: packet %v, error %#v", data, p, err)
			}
			return
		}
		first := Append(nil, p, v)
		again := decodeFrame(t, first, v)
		second := Append(nil, again, v)
		if len(first) > n || !bytes.Equal(first, second) || dump(p) != dump(again) {
			t.Fatalf("%x\nappended %x\nagain    %x\n%s\n%s", data[:n], first, second, dump(p), dump(again))
		}
	})
}

// FuzzRoundTrip appends generated packets of any seed.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), true, []byte("topic"), []byte("payload"))
	f.Fuzz(func(t *testing.T, id uint64, v5 bool, topic, payload []byte) {
		v := V311
		if v5 {
			v = V5
		}
		p := &Publish{Topic: topic, Payload: payload, QoS: byte(id>>16) % 3, ID: uint16(id)}
		if v5 {
			p.Properties = Properties{ContentType: topic, CorrelationData: payload, MessageExpiry: Some(uint32(id))}
		}
		frame := AppendPublish(nil, p, v)
		header, body, _, err := NextFrame(frame, 0)
		if err != nil && len(frame) > 0 {
			t.Fatalf("%s: NextFrame(%x): %v", dump(p), frame, err)
		}
		if len(frame) == 0 {
			return
		}
		got, err := DecodePublish(header, body, v)
		valid := checkText(topic) == nil && len(topic) > 0 && !bytes.ContainsAny(topic, "#+") && (p.QoS == 0 || p.ID != 0)
		if (err == nil) != valid {
			t.Fatalf("%s: %x: error %v, valid %t", dump(p), frame, err, valid)
		}
		if err == nil && (!bytes.Equal(got.Topic, topic) || !bytes.Equal(got.Payload, payload)) {
			t.Fatalf("got %s, want %s", dump(&got), dump(p))
		}
	})
}
