package fault

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/test/binary"
)

// device is a client with a session that outlives its connections. It acknowledges what it gets, and remembers all of it.
type device struct {
	id string

	mu  sync.Mutex
	got map[string]int // by payload
}

// live connects and takes in messages until the connection is lost or ctx ends.
func (d *device) live(ctx context.Context, t *testing.T, addr string) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	frames := mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, ClientID: []byte(d.id)})
	frames = mqtt.Append(frames, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("kill/#"), QoS: 1}}}, mqtt.V311)
	if _, err := nc.Write(frames); err != nil {
		return
	}
	var have []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := nc.Read(buf)
		if err != nil {
			return
		}
		have = append(have, buf[:n]...)
		var acks []byte
		for {
			header, body, size, err := mqtt.NextFrame(have, 0)
			if err != nil {
				break
			}
			if mqtt.TypeOf(header) == mqtt.TypePublish {
				p, err := mqtt.DecodePublish(header, body, mqtt.V311)
				if err != nil {
					t.Error(err)
					return
				}
				d.mu.Lock()
				d.got[string(p.Topic)]++
				d.mu.Unlock()
				acks = mqtt.Append(acks, &mqtt.Puback{ID: p.ID}, mqtt.V311)
			}
			have = have[size:]
		}
		if _, err := nc.Write(acks); err != nil {
			return
		}
	}
}

func (d *device) missing(topics []string) (list []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, topic := range topics {
		if d.got[topic] == 0 {
			list = append(list, topic)
		}
	}
	return list
}

// publishBatches publishes batches and notes what was acknowledged.
func publishBatches(ctx context.Context, t *testing.T, addr, prefix string) (acknowledged []string) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer nc.Close()
	_, err = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(prefix)}))
	buf := make([]byte, 4)
	if err == nil {
		_, err = io.ReadFull(nc, buf)
	}
	for i := 0; err == nil && ctx.Err() == nil; i++ {
		const size = 8
		var batch []byte
		topics := make([]string, size)
		for k := range topics {
			topics[k] = fmt.Sprintf("kill/%s/%d", prefix, i*size+k)
			batch = mqtt.AppendPublish(batch, &mqtt.Publish{Topic: []byte(topics[k]), Payload: make([]byte, 200), QoS: 1, ID: uint16((i*size+k)%65535 + 1)}, mqtt.V311)
		}
		if _, err = nc.Write(batch); err != nil {
			break
		}
		for k := range topics {
			if _, err = io.ReadFull(nc, buf); err != nil { // a PUBACK has four bytes
				break
			}
			acknowledged = append(acknowledged, topics[k])
		}
		time.Sleep(2 * time.Millisecond)
	}
	return acknowledged
}

// kill -9, again and again, while clients publish to one device that is there, one that comes and goes, and one that is away all the time:
// each gets, sooner or later, every message that was acknowledged.
func TestKillSessions(t *testing.T) {
	const kills = 20
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TELLTALE_MQTT_STORED_RATE", "0")
	t.Setenv("TELLTALE_MQTT_SESSION_MESSAGES", "60000")
	dir := t.TempDir()
	there, comes, away := &device{id: "there", got: map[string]int{}}, &device{id: "comes", got: map[string]int{}}, &device{id: "away", got: map[string]int{}}
	p := start(t, telltale, dir)
	devices := []*device{there, comes, away}
	for _, d := range devices { // from now on each has a session
		soon, end := context.WithTimeout(t.Context(), 200*time.Millisecond)
		d.live(soon, t, p.mqtt)
		end()
	}
	var acknowledged []string
	for round := range kills {
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		var mu sync.Mutex
		for k := range 2 {
			running.Go(func() {
				list := publishBatches(ctx, t, p.mqtt, fmt.Sprintf("r%dp%d", round, k))
				mu.Lock()
				acknowledged = append(acknowledged, list...)
				mu.Unlock()
			})
		}
		running.Go(func() { there.live(ctx, t, p.mqtt) })
		if round%2 == 0 {
			running.Go(func() { comes.live(ctx, t, p.mqtt) })
		}
		time.Sleep(time.Duration(50+rand.IntN(200)) * time.Millisecond)
		p.kill()
		end()
		running.Wait()
		p = start(t, telltale, dir)
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, d := range devices {
		running.Go(func() { d.live(ctx, t, p.mqtt) })
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if len(there.missing(acknowledged))+len(comes.missing(acknowledged))+len(away.missing(acknowledged)) == 0 {
			break
		}
	}
	end()
	running.Wait()
	if len(acknowledged) < kills {
		t.Fatalf("%d messages were acknowledged, so nothing was tested", len(acknowledged))
	}
	for _, d := range devices {
		list, again := d.missing(acknowledged), 0
		for _, n := range d.got {
			again += n - 1
		}
		if len(list) > 0 {
			t.Errorf("%s: %d of %d acknowledged messages never came, the first is %s", d.id, len(list), len(acknowledged), list[0])
		}
		t.Logf("%s: %d acknowledged messages came; %d came again", d.id, len(acknowledged), again)
	}
}
