// Package updater is a device that updates its shadow over MQTT as fast as it is answered, for measurements and for tests that break
// the program. It keeps a window of requests under way and holds every answer against what it asked for.
package updater

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"telltale/lang/mqtt"
)

// Device updates the shadow of the thing that has its name. Nobody else may, as long as it runs.
type Device struct {
	Name    string
	Window  int    // requests that may be under way
	Version int64  // of the shadow at the start; afterwards, of the last accepted update
	Sent    int64  // the version that the last update that was sent would make
	Payload string // of an update; %d stands for the version that it will make

	nc      net.Conn
	out, in []byte
	have    int
}

// Connect connects to a broker and listens to the answers.
func (d *Device) Connect(addr string) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	d.nc, d.in, d.have = nc, make([]byte, 64<<10), 0
	hello := mqtt.Connect{Version: mqtt.V311, CleanStart: true, KeepAlive: 600, ClientID: []byte(d.Name)}
	if err := d.request(mqtt.AppendConnect(nil, &hello), mqtt.TypeConnack); err != nil {
		return err
	}
	answers := mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(d.topic() + "/accepted")}, {Filter: []byte(d.topic() + "/rejected")}}}
	return d.request(mqtt.AppendSubscribe(nil, &answers, mqtt.V311), mqtt.TypeSuback)
}

// Close ends the connection.
func (d *Device) Close() error { return d.nc.Close() }

func (d *Device) topic() string { return "$aws/things/" + d.Name + "/shadow/update" }

// request sends a packet and waits for the one that answers it.
func (d *Device) request(frame []byte, answer mqtt.Type) error {
	if _, err := d.nc.Write(frame); err != nil {
		return err
	}
	for done := false; !done; {
		err := d.read(func(header byte, _ []byte) error {
			if done = mqtt.TypeOf(header) == answer; !done {
				return fmt.Errorf("%s: got %v, want %v", d.Name, mqtt.TypeOf(header), answer)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// patience is how long an answer may take.
const patience = 30 * time.Second

// wrong is an answer that must not be.
type wrong string

func (w wrong) Error() string { return string(w) }

// IsWrong reports whether an error of Update is about an answer, and not about the connection.
func IsWrong(err error) bool {
	_, is := errors.AsType[wrong](err)
	return is
}

// Update updates the shadow so many times, or until ctx ends or the connection breaks. An answer that is not the next version is an
// error.
func (d *Device) Update(ctx context.Context, times int64) error {
	stop := context.AfterFunc(ctx, func() { _ = d.nc.Close() })
	defer stop()
	d.Sent = d.Version
	last := d.Version + times
	for d.Version < last {
		if err := d.send(min(last, d.Version+int64(d.Window))); err != nil {
			return err
		}
		if err := d.read(d.answer); err != nil {
			return err
		}
	}
	return nil
}

// send sends the updates up to the one that makes a version, in one write.
func (d *Device) send(upTo int64) error {
	d.out = d.out[:0]
	p := mqtt.Publish{Topic: []byte(d.topic())}
	for d.Sent < upTo {
		d.Sent++
		p.Payload = []byte(strings.ReplaceAll(d.Payload, "%d", strconv.FormatInt(d.Sent, 10)))
		d.out = mqtt.AppendPublish(d.out, &p, mqtt.V311)
	}
	_, err := d.nc.Write(d.out)
	return err
}

// read waits for packets and hands over those that are whole.
func (d *Device) read(f func(header byte, body []byte) error) error {
	_ = d.nc.SetReadDeadline(time.Now().Add(patience))
	n, err := d.nc.Read(d.in[d.have:])
	if err != nil {
		return err
	}
	d.have += n
	used := 0
	for {
		header, body, size, err := mqtt.NextFrame(d.in[used:d.have], 0)
		if errors.Is(err, mqtt.ErrNeedMore) {
			break
		}
		if err != nil {
			return err
		}
		used += size
		if err := f(header, body); err != nil {
			return err
		}
	}
	d.have = copy(d.in, d.in[used:d.have])
	return nil
}

// answer checks that a message is the answer to the oldest update under way.
func (d *Device) answer(header byte, body []byte) error {
	p, err := mqtt.DecodePublish(header, body, mqtt.V311)
	if err != nil {
		return err
	}
	version, ok := versionOf(p.Payload)
	if !bytes.HasSuffix(p.Topic, []byte("/accepted")) || !ok || version != d.Version+1 {
		return wrong(fmt.Sprintf("%s: after version %d came %s %s", d.Name, d.Version, p.Topic, p.Payload))
	}
	d.Version = version
	return nil
}

// versionOf reads the version of an answer, which stands behind everything that a device chose.
func versionOf(answer []byte) (int64, bool) {
	const key = `"version":`
	_, text, ok := bytes.Cut(answer[max(0, bytes.LastIndex(answer, []byte(key))):], []byte(key))
	digits, _, _ := bytes.Cut(text, []byte(","))
	version, err := strconv.ParseInt(string(digits), 10, 64)
	return version, ok && err == nil
}
