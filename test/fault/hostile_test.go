package fault

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// Clients that send noise, and packets damaged at random, for half a minute, in both profiles: telltale lives, says nothing of a bug, and
// what it held for them is free afterwards.
func TestNoise(t *testing.T) {
	for _, profile := range []string{"aws", "standard"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			makeNoise(t, besiege(t, "--mqtt-profile", profile))
		})
	}
}

func makeNoise(t *testing.T, s *siege) {
	const clients = 6
	span := 30 * time.Second
	if testing.Short() {
		span = 5 * time.Second
	}
	before := s.holds()
	polite := s.visit("polite")
	var running sync.WaitGroup
	var connections, bytes atomic.Int64
	end := time.Now().Add(span)
	for seed := range uint64(clients) {
		running.Go(func() {
			n := &noise{r: rand.New(rand.NewPCG(seed, 4711))}
			for time.Now().Before(end) {
				bytes.Add(int64(n.connection(s.mqtt)))
				connections.Add(1)
			}
		})
	}
	for time.Now().Before(end) {
		polite.greet()
		time.Sleep(50 * time.Millisecond)
	}
	running.Wait()
	polite.nc.Close()
	after := s.calm(before)
	t.Logf("%d connections, %d bytes; before: %v; after: %v", connections.Load(), bytes.Load(), before, after)
	if connections.Load() < 100 {
		t.Errorf("only %d connections: nothing was tested", connections.Load())
	}
	if grown := after.kilobytes - before.kilobytes; grown > 128<<10 {
		t.Errorf("telltale has grown by %d KiB", grown)
	}
	s.lift()
}

// noise makes connections of one hostile client.
type noise struct {
	r *rand.Rand
	v mqtt.Version
}

// connection opens a connection, misbehaves, and leaves in one way or another. It returns how many bytes it sent.
func (n *noise) connection(address string) int {
	nc, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return 0
	}
	defer nc.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, nc)
	}()
	n.v = mqtt.V311 + mqtt.Version(n.r.IntN(2))
	var frames []byte
	if n.r.IntN(8) > 0 {
		frames = n.damaged(n.connect(), 8)
		for range n.r.IntN(20) {
			frames = append(frames, n.damaged(n.packet(), 2)...)
		}
	} else {
		frames = n.bytes(n.r.IntN(2000))
	}
	sent := 0
	for len(frames) > 0 {
		k := min(len(frames), 1+n.r.IntN(400))
		_ = nc.SetWriteDeadline(time.Now().Add(5 * time.Second))
		if _, err := nc.Write(frames[:k]); err != nil {
			break
		}
		sent, frames = sent+k, frames[k:]
	}
	if n.r.IntN(4) == 0 {
		_ = nc.(*net.TCPConn).SetLinger(0) // a reset
		return sent
	}
	_ = nc.(*net.TCPConn).CloseWrite()
	_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
	<-gone
	return sent
}

func (n *noise) bytes(k int) []byte {
	b := make([]byte, k)
	for i := range b {
		b[i] = byte(n.r.Uint32())
	}
	return b
}

func (n *noise) connect() mqtt.Packet {
	p := &mqtt.Connect{Version: n.v, CleanStart: n.r.IntN(2) == 0, KeepAlive: uint16(n.r.IntN(100)), ClientID: fmt.Append(nil, "noise", n.r.IntN(40))}
	if n.r.IntN(3) == 0 {
		p.Will = &mqtt.Will{Topic: n.topic(), Payload: n.bytes(n.r.IntN(50)), QoS: byte(n.r.IntN(3))}
	}
	if n.r.IntN(3) == 0 {
		p.Username, p.Password = n.bytes(5), n.bytes(5)
	}
	p.Properties.SessionExpiry = mqtt.Some(uint32(n.r.IntN(5)))
	p.Properties.ReceiveMaximum = mqtt.Some(uint16(1 + n.r.IntN(20)))
	p.Properties.MaximumPacketSize = mqtt.Some(uint32(1 + n.r.IntN(2000)))
	return p
}

func (n *noise) topic() []byte { return fmt.Append(nil, "noise/", n.r.IntN(20)) }

// packet makes a packet that is as it should be.
func (n *noise) packet() mqtt.Packet {
	id := uint16(1 + n.r.IntN(30))
	switch n.r.IntN(11) {
	case 0:
		filters := []string{"noise/#", "noise/+", "#", "$share/g/noise/#", "noise/1", "+/+"}
		return &mqtt.Subscribe{ID: id, Subscriptions: []mqtt.Subscription{{Filter: []byte(filters[n.r.IntN(len(filters))]), QoS: byte(n.r.IntN(3))}}}
	case 1:
		return &mqtt.Unsubscribe{ID: id, Filters: [][]byte{[]byte("noise/#")}}
	case 2:
		return &mqtt.Puback{ID: id, Reason: mqtt.ReasonCode(n.r.IntN(2) * 0x80)}
	case 3:
		return &mqtt.Pubrec{ID: id}
	case 4:
		return &mqtt.Pubrel{ID: id}
	case 5:
		return &mqtt.Pubcomp{ID: id}
	case 6:
		return &mqtt.Pingreq{}
	case 7:
		return &mqtt.Disconnect{}
	}
	p := &mqtt.Publish{Topic: n.topic(), Payload: n.bytes(n.r.IntN(300)), QoS: byte(n.r.IntN(3)), Retain: n.r.IntN(8) == 0, ID: id}
	if n.r.IntN(2) == 0 {
		p.Properties = mqtt.Properties{TopicAlias: mqtt.Some(uint16(1 + n.r.IntN(10))), MessageExpiry: mqtt.Some(uint32(n.r.IntN(3))),
			User: []mqtt.UserProperty{{Key: []byte("k"), Value: n.bytes(3)}}}
	}
	return p
}

// damaged writes a packet, and one time in so many damages it.
func (n *noise) damaged(p mqtt.Packet, oneIn int) []byte {
	b := mqtt.Append(nil, p, n.v)
	if len(b) == 0 || n.r.IntN(oneIn) > 0 {
		return b
	}
	at := n.r.IntN(len(b))
	switch n.r.IntN(6) {
	case 0:
		b[at] ^= 1 << n.r.IntN(8)
	case 1:
		b[at] = byte(n.r.Uint32())
	case 2:
		b = b[:at]
	case 3:
		b = append(b, n.bytes(1+n.r.IntN(10))...)
	case 4:
		b = append(b[:at:at], append(n.bytes(1+n.r.IntN(4)), b[at:]...)...)
	case 5:
		b[min(1, len(b)-1)] = byte(n.r.Uint32()) // the length
	}
	return b
}

// Clients that take all the time in the world to say who they are, and those that never do, over TCP and over TLS: all are shut out, and
// others do not notice.
func TestSlowGreetings(t *testing.T) {
	t.Parallel()
	s := besiege(t)
	before := s.holds()
	hello := mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: make([]byte, 1000)})
	handshake := append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 500)...)
	var running sync.WaitGroup
	slow := func(address, what string, say []byte) {
		for range 20 {
			nc, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			running.Go(func() {
				defer nc.Close()
				gone := make(chan struct{})
				go func() {
					defer close(gone)
					shut(t, nc, what)
				}()
				tick := time.NewTicker(time.Second)
				defer tick.Stop()
				for say := say; len(say) > 0; say = say[1:] {
					select {
					case <-gone:
						return
					case <-tick.C:
						_, _ = nc.Write(say[:1])
					}
				}
				<-gone
			})
		}
	}
	slow(s.mqtt, "a CONNECT of one byte a second", hello)
	slow(s.mqtt, "half a CONNECT", hello[:3])
	slow(s.mqtt, "silence", nil)
	slow(s.mqtts, "a ClientHello of one byte a second", handshake)
	slow(s.mqtts, "silence on the TLS port", nil)
	s.visit("polite").greet()
	running.Wait()
	after := s.calm(holds{sockets: before.sockets + 1}) // the visitor stays
	t.Logf("before: %v; after: %v", before, after)
	s.visit("polite2").greet()
	for _, id := range []string{"polite", "polite2"} { // take over and leave
		s.visit(id).nc.Close()
	}
	s.calm(before)
	s.lift()
}

// Ten thousand clients connect as fast as they can and stay: each is accepted or shut out, a client that was there before is served
// meanwhile, one that comes later is too, and all is free afterwards.
func TestFlood(t *testing.T) {
	s := besiege(t)
	first := s.visit("first")
	before := s.holds()
	f := s.flood(first)
	if f.accepted != flooders {
		t.Errorf("%d of %d were accepted, without any limit", f.accepted, flooders)
	}
	s.visit("late").greet()
	f.ebb()
	s.visit("late").nc.Close()
	t.Logf("%v; before: %v; full: %v; after: %v", f, before, f.full, s.calm(before))
	first.greet()
	first.nc.Close()
	s.calm(holds{sockets: before.sockets - 1})
	s.lift()
}

// The same where there are limits: what is over them is told so or shut out, and counted, and nobody else suffers.
func TestFloodOverTheLimits(t *testing.T) {
	const most, waiting = 1500, 500
	s := besiege(t, "--mqtt-connections", fmt.Sprint(most), "--mqtt-connect-rate", "2000", "--waiting-connections", fmt.Sprint(waiting))
	first := s.visit("first")
	before := s.holds()
	f := s.flood(first)
	if f.accepted == 0 || f.accepted > most || f.told == 0 {
		t.Errorf("%v; the limit is %d connections", f, most)
	}
	for range 150 { // facts are counted a moment after they happened
		if s.sum(t, "Connect.Throttle") >= float64(f.told) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if counted := s.sum(t, "Connect.Throttle"); counted != float64(f.told) {
		t.Errorf("Connect.Throttle is %v; %d clients were told", counted, f.told)
	}
	f.ebb()
	http.DefaultClient.CloseIdleConnections() // of the questions about metrics
	after := s.calm(before)
	late := s.visit("late")
	late.greet()
	late.nc.Close()
	first.greet()
	first.nc.Close()
	t.Logf("%v; before: %v; full: %v; after: %v", f, before, f.full, after)
	s.calm(holds{sockets: before.sockets - 1})
	s.lift()
}

// flooders are how many clients come at once.
const flooders = 10_000

// flooding is how a flood went.
type flooding struct {
	accepted, told, shut int // connections: told in CONNACK that there are too many, and closed without
	took                 time.Duration
	served               int // answers that a client which was there before got meanwhile
	full                 holds
	open                 []net.Conn
}

func (f *flooding) String() string {
	return fmt.Sprintf("%d accepted, %d told no, %d shut out in %v; the first client was answered %d times meanwhile", f.accepted, f.told, f.shut, f.took.Round(time.Millisecond), f.served)
}

// ebb lets the clients go.
func (f *flooding) ebb() {
	for _, nc := range f.open {
		nc.Close()
	}
}

// flood lets the clients come, as fast as they can. They stay as long as they are let.
func (s *siege) flood(first *visitor) *flooding {
	s.t.Helper()
	const hands = 200
	room(s.t, flooders+1000)
	var accepted, told, shutOut atomic.Int64
	open := make(chan net.Conn, flooders)
	numbers := make(chan int, flooders)
	for i := range flooders {
		numbers <- i
	}
	close(numbers)
	began := time.Now()
	var running sync.WaitGroup
	for range hands {
		running.Go(func() {
			for i := range numbers {
				nc, err := net.Dial("tcp", s.mqtt)
				if err != nil {
					shutOut.Add(1)
					continue
				}
				open <- nc
				v := &visitor{t: s.t, nc: nc}
				_, err = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: fmt.Append(nil, "flood", i), KeepAlive: 600}))
				header, body, readErr := v.next()
				switch timeout, _ := errors.AsType[net.Error](readErr); {
				case err == nil && readErr == nil && mqtt.TypeOf(header) == mqtt.TypeConnack && body[1] == 0:
					accepted.Add(1)
				case readErr == nil && mqtt.TypeOf(header) == mqtt.TypeConnack && mqtt.ReasonCode(body[1]) == mqtt.ReturnServerUnavailable:
					told.Add(1)
				case timeout != nil && timeout.Timeout():
					s.t.Errorf("client %d waits for a minute", i)
				default:
					shutOut.Add(1)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	f := &flooding{}
	for came := false; !came; {
		select {
		case <-done:
			came = true
		default:
			first.greet()
			f.served++
		}
	}
	f.took, f.full = time.Since(began), s.holds()
	f.accepted, f.told, f.shut = int(accepted.Load()), int(told.Load()), int(shutOut.Load())
	close(open)
	for nc := range open {
		f.open = append(f.open, nc)
	}
	if f.accepted+f.told+f.shut != flooders {
		s.t.Errorf("%v of %d", f, flooders)
	}
	return f
}

// room raises the limit of open files to what a test needs; the programs it starts inherit it.
func room(t *testing.T, files uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= files {
		return
	}
	if limit.Max < files {
		t.Skipf("this machine allows %d open files; %d are needed", limit.Max, files)
	}
	limit.Cur = files
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// Connections that announce the largest packet and never finish it cost what they sent and no more than that packet.
func TestUnfinishedPackets(t *testing.T) {
	const connections, packet = 200, 140 << 10
	s := besiege(t)
	before := s.holds()
	var open []*visitor
	for i := range connections {
		v := s.visit(fmt.Sprint("unfinished", i))
		frame := mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte("t"), Payload: make([]byte, packet-10)}, mqtt.V311)
		if _, err := v.nc.Write(frame[:len(frame)-1]); err != nil {
			t.Fatal(err)
		}
		open = append(open, v)
	}
	s.visit("polite").greet()
	full := s.holds()
	t.Logf("before: %v; full: %v", before, full)
	if each := (full.kilobytes - before.kilobytes) / connections; each > 3*packet>>10 {
		t.Errorf("a connection costs %d KiB; what it sent has %d", each, packet>>10)
	}
	for _, v := range open {
		v.nc.Close()
	}
	s.visit("polite").nc.Close()
	s.calm(before)
	s.lift()
}

// A packet that announces more than is accepted ends its connection before the rest has come.
func TestBoundlessPackets(t *testing.T) {
	s := besiege(t)
	before := s.holds()
	for i := range 50 {
		v := s.visit(fmt.Sprint("boundless", i))
		if _, err := v.nc.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't'}); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		shut(t, v.nc, "a packet of 256 MB")
	}
	t.Logf("before: %v; after: %v", before, s.calm(before))
	s.lift()
}
