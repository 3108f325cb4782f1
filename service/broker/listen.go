package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// Addresses are those of the listeners, "" for one that is not configured.
type Addresses struct{ MQTTS, MQTT, TLS, HTTPS string }

// door is one listener, and the ways in which clients may come through it.
type door struct {
	b        *Broker
	name     string // for people
	listener net.Listener
	ways     []*way // with TLS, the preferred one first; none: plain MQTT
}

// way is how clients come through a door with TLS. (aws: iot/protocols)
type way struct {
	protocols   []string // of ALPN
	http        bool     // not MQTT
	certificate bool     // of the client, demanded; MQTT without one asks a custom authorizer
	config      *tls.Config
}

// Listen opens the listeners of the configuration and returns their addresses.
func (b *Broker) Listen() (a Addresses, err error) {
	for _, x := range []struct {
		name, address string
		opened        *string
		ways          []way
	}{
		{"MQTT with TLS", b.cfg.MQTTS, &a.MQTTS, []way{{protocols: []string{"x-amzn-mqtt-ca", "mqtt"}, certificate: true}}},
		{"plain MQTT", b.cfg.MQTT, &a.MQTT, nil},
		{"TLS for all protocols", b.cfg.TLS, &a.TLS, []way{
			{protocols: []string{"x-amzn-mqtt-ca"}, certificate: true}, {protocols: []string{"mqtt"}},
			{protocols: []string{"x-amzn-http-ca"}, certificate: true, http: true}, {protocols: []string{"http/1.1"}, http: true},
		}},
		{"HTTPS for devices", b.cfg.HTTPS, &a.HTTPS, []way{{protocols: []string{"x-amzn-http-ca", "http/1.1"}, certificate: true, http: true}}},
	} {
		if x.address == "" {
			continue
		}
		if *x.opened, err = b.open(x.name, x.address, x.ways); err != nil {
			b.closeListeners()
			return Addresses{}, err
		}
	}
	return a, nil
}

// open opens a listener and returns its address.
func (b *Broker) open(name, address string, ways []way) (string, error) {
	d := &door{b: b, name: name}
	for _, w := range ways {
		if b.needs.TLS == nil {
			return "", fmt.Errorf("%s: there is no server certificate", name)
		}
		w.config = d.tlsConfig(&w)
		d.ways = append(d.ways, &w)
	}
	var err error
	if d.listener, err = net.Listen("tcp", address); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	b.doors = append(b.doors, d)
	return d.listener.Addr().String(), nil
}

// tlsConfig is the configuration of a way: TLS 1.2 or 1.3, a client certificate if it is demanded. Whether the certificate is good is for
// the registry to say, not for a chain: AWS registers certificates of any issuer. (aws: iot/x509-client-certs)
func (d *door) tlsConfig(w *way) *tls.Config {
	config := d.b.needs.TLS.Clone()
	config.MinVersion = tls.VersionTLS12
	if w.certificate {
		config.ClientAuth = tls.RequireAnyClientCert
		config.VerifyConnection = d.b.verify
	}
	config.GetConfigForClient = d.greet
	config.NextProtos = w.protocols
	config.SessionTicketsDisabled = true      // (aws: iot/transport-security)
	config.DynamicRecordSizingDisabled = true // one record, and so one write, for all that leaves at once
	return config
}

func (b *Broker) closeListeners() {
	b.web.close()
	for _, d := range b.doors {
		_ = d.listener.Close()
	}
}

// accept serves the connections of a door until it is closed.
func (d *door) accept() {
	for {
		nc, err := d.listener.Accept()
		switch {
		case err == nil:
			d.b.take(nc, d)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			d.b.needs.Diary.Error("accept failed", "listener", d.name, "error", err)
			time.Sleep(50 * time.Millisecond) // out of descriptors: let some close
		}
	}
}

// crowd counts the connections that have not got as far as a CONNECT that was accepted.
type crowd struct {
	waiting atomic.Int64
	refused atomic.Uint64 // since the last was told
	told    atomic.Int64  // when, in Unix seconds
}

// take serves a connection in a goroutine of its own, unless there are too many that have not connected yet: then it is closed at once,
// before it costs anything, and told at most once a second.
func (b *Broker) take(nc net.Conn, d *door) {
	limit := b.cfg.Waiting
	if limit == 0 || b.crowd.waiting.Load() < int64(limit) {
		b.start(newConn(b, nc, d))
		return
	}
	_ = nc.Close()
	b.crowd.refused.Add(1)
	if now := time.Now().Unix(); b.crowd.told.Swap(now) != now {
		b.needs.Diary.Warn("connections refused: too many have not sent CONNECT yet", "listener", d.name, "refused", b.crowd.refused.Swap(0), "limit", limit)
	}
}
