package mqtt

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/packets"
	paho3 "github.com/eclipse/paho.mqtt.golang/packets"
)

// The independent codecs of Eclipse Paho read what we write, and we read what they write from it: each frame goes
// through them and must come back with the same value. Paho does
// not keep texts that are present and empty, so there are none.
func TestPahoCarriesOurPackets(t *testing.T) {
	for seed := range uint64(200) {
		g := generator{rand.New(rand.NewPCG(seed, 2)), V311, true}
		if seed%2 == 1 {
			g.v = V5
		}
		for _, p := range g.packets() {
			if c, ok := p.(*Connect); ok && c.Will != nil { // all that Paho writes of a will's properties
				c.Will.Properties = Properties{WillDelay: c.Will.Properties.WillDelay, User: c.Will.Properties.User}
			}
			frame := Append(nil, p, g.v)
			if g.v == V5 && len(frame) == 2 && p.Type() == TypeDisconnect { // Paho does not read the shortest form
				continue
			}
			back, err := throughPaho(frame, g.v)
			if err != nil {
				t.Errorf("seed %d: paho on %s: %x: %v", seed, dump(p), frame, err)
				continue
			}
			if got, want := dump(decodeFrame(t, back, g.v)), dump(p); got != want {
				t.Errorf("seed %d: through paho\n got %s\nwant %s", seed, got, want)
			}
		}
	}
}

func throughPaho(frame []byte, v Version) ([]byte, error) {
	var out bytes.Buffer
	if v == V311 {
		p, err := paho3.ReadPacket(bytes.NewReader(frame))
		if err != nil {
			return nil, err
		}
		err = p.Write(&out)
		return out.Bytes(), err
	}
	p, err := paho5.ReadPacket(bytes.NewReader(frame))
	if err != nil {
		return nil, err
	}
	_, err = p.WriteTo(&out)
	return out.Bytes(), err
}

func TestPaho5Values(t *testing.T) {
	frame := AppendConnect(nil, &Connect{
		Version: V5, CleanStart: true, KeepAlive: 30, ClientID: []byte("dev"), Username: []byte("u"), Password: []byte("p"),
		Will:       &Will{Topic: []byte("gone"), Payload: []byte("bye"), QoS: 1, Retain: true, Properties: Properties{WillDelay: Some(uint32(5)), MessageExpiry: Some(uint32(6)), ContentType: []byte("c")}},
		Properties: Properties{SessionExpiry: Some(uint32(3600)), ReceiveMaximum: Some(uint16(10))},
	})
	read, err := paho5.ReadPacket(bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	c := read.Content.(*paho5.Connect)
	if c.ProtocolVersion != 5 || !c.CleanStart || c.KeepAlive != 30 || c.ClientID != "dev" || c.Username != "u" || string(c.Password) != "p" ||
		c.WillTopic != "gone" || string(c.WillMessage) != "bye" || c.WillQOS != 1 || !c.WillRetain ||
		*c.WillProperties.WillDelayInterval != 5 || *c.WillProperties.MessageExpiry != 6 || c.WillProperties.ContentType != "c" || *c.Properties.SessionExpiryInterval != 3600 || *c.Properties.ReceiveMaximum != 10 {
		t.Errorf("paho reads our CONNECT as %v", c)
	}

	alias, format := uint16(4), byte(1)
	theirs := paho5.NewControlPacket(paho5.PUBLISH)
	p := theirs.Content.(*paho5.Publish)
	p.Topic, p.Payload, p.QoS, p.PacketID, p.Retain = "a/b", []byte("hi"), 2, 77, true
	p.Properties = &paho5.Properties{TopicAlias: &alias, PayloadFormat: &format, User: []paho5.User{{Key: "k", Value: "1"}, {Key: "k", Value: "2"}}}
	var out bytes.Buffer
	if _, err := p.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	want := `Publish{Topic:"a/b" Payload:"hi" ID:77 QoS:2 Retain:true Properties:Properties{TopicAlias:4 PayloadFormat:1 User:["k"="1" "k"="2"]}}`
	if got := dump(decodeFrame(t, out.Bytes(), V5)); got != want {
		t.Errorf("paho's PUBLISH: got %s, want %s", got, want)
	}
}

func TestPaho3Values(t *testing.T) {
	frame := AppendSubscribe(nil, &Subscribe{ID: 9, Subscriptions: []Subscription{{Filter: []byte("a/#"), QoS: 1}, {Filter: []byte("b"), QoS: 2}}}, V311)
	read, err := paho3.ReadPacket(bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	s := read.(*paho3.SubscribePacket)
	if s.MessageID != 9 || strings.Join(s.Topics, " ") != "a/# b" || string(s.Qoss) != "\x01\x02" {
		t.Errorf("paho reads our SUBSCRIBE as %v", s)
	}

	c := paho3.NewControlPacket(paho3.Connect).(*paho3.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.ClientIdentifier, c.Keepalive = "MQTT", 4, "dev", 20
	c.WillFlag, c.WillTopic, c.WillMessage, c.WillQos = true, "gone", []byte("bye"), 2
	c.UsernameFlag, c.Username = true, "u"
	var out bytes.Buffer
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `Connect{Version:3.1.1 KeepAlive:20 ClientID:"dev" Will:Will{Topic:"gone" Payload:"bye" QoS:2} Username:"u"}`
	if got := dump(decodeFrame(t, out.Bytes(), V311)); got != want {
		t.Errorf("paho's CONNECT: got %s, want %s", got, want)
	}
}
