package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"telltale/lang/mqtt"
)

// pairWindow is how many messages may be on their way: published and not yet delivered.
const pairWindow = 256

// outcome is what one round of a pair gave.
type outcome struct {
	delivered, disordered int
	rate                  float64 // messages a second
	p50, p99              time.Duration
}

// comparePairs measures telltale and mosquitto side by side.
func comparePairs(telltale string, messages, rounds, size int) error {
	ours, err := startTelltale(telltale)
	if err != nil {
		return err
	}
	defer ours.stop()
	peer, err := startMosquitto()
	if err != nil {
		return err
	}
	defer peer.stop()
	return measurePairs([]*broker{ours, peer}, messages, rounds, size)
}

// measurePairs sends messages from one publisher to one subscriber, QoS 0, with a window, in alternating rounds.
func measurePairs(brokers []*broker, messages, rounds, size int) error {
	cost := make([][]float64, len(brokers))
	for range rounds + 1 {
		for i, b := range brokers {
			before, err := b.cpu()
			if err != nil {
				return err
			}
			result, err := pair(b.addr, messages, size)
			if err != nil {
				return fmt.Errorf("%s: %w", b.name, err)
			}
			time.Sleep(300 * time.Millisecond) // what still waits to be written belongs to the round
			after, err := b.cpu()
			if err != nil {
				return err
			}
			if result.delivered != messages || result.disordered != 0 {
				return fmt.Errorf("%s: %d of %d messages delivered, %d out of order", b.name, result.delivered, messages, result.disordered)
			}
			cost[i] = append(cost[i], (after-before).Seconds()/float64(messages)*1e6)
			fmt.Printf("%-10s %7.0f messages/s   %6.2f CPU-s per million   p50 %v p99 %v\n", b.name, result.rate, cost[i][len(cost[i])-1], result.p50, result.p99)
		}
	}
	ours, peer := median(cost[0][1:]), median(cost[1][1:]) // the first round warms up
	fmt.Printf("\none publisher, one subscriber, %d B, QoS 0, median of %d rounds of %d messages:\n", size, rounds, messages)
	fmt.Printf("  %s, INFO entries of every message stored   %6.2f CPU-s per million\n", brokers[0].version, ours)
	fmt.Printf("  %s, logging off                %6.2f CPU-s per million\n", brokers[1].version, peer)
	fmt.Printf("  ratio %.2f (below 1 is better)\n", ours/peer)
	return nil
}

// pair publishes messages on one connection and receives them on another. Each payload carries its number and send time, so that
// every loss, reordering and delay is seen.
func pair(addr string, messages, size int) (outcome, error) {
	sub, err := connect(addr, "load-sub")
	if err != nil {
		return outcome{}, err
	}
	defer sub.Close()
	frame := mqtt.AppendSubscribe(nil, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("load/pair")}}}, mqtt.V311)
	if err := ask(sub, frame, mqtt.TypeSuback); err != nil {
		return outcome{}, err
	}
	pub, err := connect(addr, "load-pub")
	if err != nil {
		return outcome{}, err
	}
	defer pub.Close()
	room := make(chan struct{}, pairWindow)
	sent := make(chan error, 1)
	began := time.Now()
	go func() { sent <- publish(pub, messages, size, room) }()
	result, err := receive(sub, messages, room)
	result.rate = float64(result.delivered) / time.Since(began).Seconds()
	if err == nil {
		err = <-sent
	}
	return result, err
}

func connect(addr, id string) (net.Conn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := mqtt.Connect{Version: mqtt.V311, CleanStart: true, KeepAlive: 60, ClientID: []byte(id)}
	return nc, ask(nc, mqtt.AppendConnect(nil, &c), mqtt.TypeConnack)
}

// ask sends a packet and waits for its answer, which must come alone.
func ask(nc net.Conn, frame []byte, answer mqtt.Type) error {
	if _, err := nc.Write(frame); err != nil {
		return err
	}
	_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 512)
	n, err := nc.Read(buf)
	if err != nil {
		return err
	}
	header, _, _, err := mqtt.NextFrame(buf[:n], 0)
	if err == nil && mqtt.TypeOf(header) != answer {
		err = fmt.Errorf("got %v, want %v", mqtt.TypeOf(header), answer)
	}
	return err
}

// publish sends in batches of what the window allows, one write each.
func publish(nc net.Conn, messages, size int, room chan struct{}) error {
	payload := make([]byte, max(size, 16))
	p := mqtt.Publish{Topic: []byte("load/pair"), Payload: payload}
	var buf []byte
	for n := 0; n < messages; {
		buf = buf[:0]
		room <- struct{}{}
		for batch := 0; ; batch++ {
			binary.BigEndian.PutUint64(payload, uint64(n))
			binary.BigEndian.PutUint64(payload[8:], uint64(time.Now().UnixNano()))
			buf = mqtt.AppendPublish(buf, &p, mqtt.V311)
			if n++; n == messages || batch == pairWindow/4 {
				break
			}
			select {
			case room <- struct{}{}:
				continue
			default:
			}
			break
		}
		if _, err := nc.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

func receive(nc net.Conn, messages int, room chan struct{}) (r outcome, err error) {
	buf, have := make([]byte, 64<<10), 0
	delays := make([]time.Duration, 0, messages)
	var next uint64
	for r.delivered < messages {
		_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := nc.Read(buf[have:])
		if err != nil {
			return r, fmt.Errorf("after %d messages: %w", r.delivered, err)
		}
		have += n
		used, now := 0, time.Now().UnixNano()
		for {
			header, body, size, err := mqtt.NextFrame(buf[used:have], 0)
			if errors.Is(err, mqtt.ErrNeedMore) {
				break
			}
			if err != nil {
				return r, err
			}
			used += size
			p, err := mqtt.DecodePublish(header, body, mqtt.V311)
			if err != nil {
				return r, err
			}
			number := binary.BigEndian.Uint64(p.Payload)
			if number != next {
				r.disordered++
			}
			next = number + 1
			delays = append(delays, time.Duration(now-int64(binary.BigEndian.Uint64(p.Payload[8:]))))
			r.delivered++
			<-room
		}
		have = copy(buf, buf[used:have])
	}
	slices.Sort(delays)
	r.p50, r.p99 = delays[len(delays)/2].Round(time.Microsecond), delays[len(delays)*99/100].Round(time.Microsecond)
	return r, nil
}
