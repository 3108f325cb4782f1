package broker

import (
	"net"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/mqtt"
)

// lives is a sink that keeps the lives of connections.
type lives struct{ list []Life }

func (l *lives) Record(_ *caller.Origin, f event.Fact) {
	if d, ok := f.(*Disconnect); ok {
		l.list = append(l.list, *d.Life)
	}
}

// A Disconnect tells what the connection did, and who took its client id over.
func TestLife(t *testing.T) {
	bubble(t, func(f *fixture) {
		told := &lives{}
		f.needs.Facts = event.NewRecorder(told)
		c := f.dial(mqtt.V311).connect(&mqtt.Connect{ClientID: []byte("c"), KeepAlive: 60})
		came := len(mqtt.Append(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("c"), KeepAlive: 60}, mqtt.V311))
		began := time.Now()
		send := func(p mqtt.Packet) {
			c.send(p)
			came += len(mqtt.Append(nil, p, mqtt.V311))
		}
		subscribe := &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("a"), QoS: 1}}}
		time.Sleep(time.Second)
		send(subscribe)
		for id := range uint16(3) {
			send(publish("a", "hello", 1, id+1))
		}
		went := 0
		for _, p := range c.take() {
			went += len(mqtt.Append(nil, p, mqtt.V311))
		}
		went += len(mqtt.Append(nil, &mqtt.Connack{}, mqtt.V311))
		time.Sleep(time.Second)
		send(&mqtt.Pingreq{})
		went += len(mqtt.Append(nil, &mqtt.Pingresp{}, mqtt.V311))
		heard := time.Now()
		time.Sleep(5 * time.Second)
		f.connect(mqtt.V311, "c")
		if len(told.list) != 1 {
			t.Fatalf("%d connections ended", len(told.list))
		}
		got := told.list[0]
		rival := got.Rival
		want := Life{Connected: 7 * time.Second, LastPacket: "PINGREQ", LastAt: heard, KeepAlive: time.Minute, BytesIn: uint64(came), MessagesIn: 3, BytesOut: uint64(went), MessagesOut: 3, Rival: rival}
		if got != want || !began.Add(2*time.Second).Equal(heard) {
			t.Errorf("told\n     %+v\nwant %+v", got, want)
		}
	})
}

// The rival is named by its address.
func TestRival(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MQTT = "127.0.0.1:0" })
	defer f.stop()
	told := make(chan Life, 1)
	f.needs.Facts = event.NewRecorder(sinkFunc(func(_ *caller.Origin, x event.Fact) {
		if d, ok := x.(*Disconnect); ok && d.DisconnectReason == takenOver.reason {
			told <- *d.Life
		}
	}))
	join := func() string {
		nc, err := net.Dial("tcp", f.at.MQTT)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nc.Close() })
		if _, err := nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("c")})); err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Read(make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		return nc.LocalAddr().String()
	}
	join()
	second := join()
	select {
	case got := <-told:
		if got.Rival.String() != second {
			t.Errorf("the rival is %v, want %s", got.Rival, second)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing told")
	}
}

// sinkFunc is a sink.
type sinkFunc func(*caller.Origin, event.Fact)

func (f sinkFunc) Record(o *caller.Origin, x event.Fact) { f(o, x) }
