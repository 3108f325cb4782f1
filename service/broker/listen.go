package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// Listen opens the listeners of the configuration and returns their addresses; "" for one that is not configured.
func (b *Broker) Listen() (mqtts, mqtt string, err error) {
	if b.cfg.MQTTS != "" {
		if b.needs.TLS == nil {
			return "", "", errors.New("MQTT with TLS: there is no server certificate")
		}
		if b.mqtts, err = net.Listen("tcp", b.cfg.MQTTS); err != nil {
			return "", "", fmt.Errorf("MQTT with TLS: %w", err)
		}
		mqtts = b.mqtts.Addr().String()
	}
	if b.cfg.MQTT != "" {
		if b.mqtt, err = net.Listen("tcp", b.cfg.MQTT); err != nil {
			b.closeListeners()
			return "", "", fmt.Errorf("plain MQTT: %w", err)
		}
		mqtt = b.mqtt.Addr().String()
	}
	return mqtts, mqtt, nil
}

func (b *Broker) closeListeners() {
	for _, l := range []net.Listener{b.mqtts, b.mqtt} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// accept serves the connections of a listener until it is closed. A nil config is plain MQTT.
func (b *Broker) accept(l net.Listener, config *tls.Config) {
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			b.serve(nc, config)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			b.needs.Diary.Error("accept failed", "error", err)
			time.Sleep(50 * time.Millisecond) // out of descriptors: let some close
		}
	}
}

// deviceTLS is the configuration of the MQTTS listener: TLS 1.2 or 1.3, a client certificate demanded. Whether the certificate is
// good is for the registry to say, not for a chain: AWS registers certificates of any issuer. (aws: iot/x509-client-certs)
func (b *Broker) deviceTLS() *tls.Config {
	config := b.needs.TLS.Clone()
	config.MinVersion = tls.VersionTLS12
	config.ClientAuth = tls.RequireAnyClientCert
	config.VerifyConnection = b.verify
	// A client that offers ALPN must get one of its protocols; device SDKs offer these. (aws: iot/protocols)
	config.NextProtos = []string{"x-amzn-mqtt-ca", "mqtt"}
	config.SessionTicketsDisabled = true      // (aws: iot/transport-security)
	config.DynamicRecordSizingDisabled = true // one record, and so one write, for all that leaves at once
	return config
}
