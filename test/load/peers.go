package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"

	"telltale/test/load/traffic"
)

// The programs that are compared.
const (
	mosquitto = "mosquitto" // of Debian, logging off
	disabled  = "disabled"  // telltale, levels DISABLED
	info      = "info"      // telltale, levels INFO: every message's entries are stored
)

// peer is a program under load.
type peer struct {
	*broker
	kind  string
	plain traffic.Target
	tls   traffic.Target
	diary *diary // of telltale
}

func (p *peer) target(l load) traffic.Target {
	if l.TLS {
		return p.tls
	}
	return p.plain
}

// startPeer starts a program on a fresh data directory, with listeners for plain MQTT and for TLS with client certificates.
func startPeer(kind, binary string, id *identity) (*peer, error) {
	if kind == mosquitto {
		return startMosquittoTLS(id)
	}
	dir, err := os.MkdirTemp("", "telltale-load-")
	if err != nil {
		return nil, err
	}
	d := &diary{}
	b, err := runTelltaleTold(binary, dir, d)
	if err != nil {
		return nil, err
	}
	p := &peer{broker: b, kind: kind, plain: traffic.Target{Addr: b.addr}, diary: d}
	if err := p.setUp(id); err != nil {
		p.stop()
		return nil, fmt.Errorf("setting up telltale: %w", err)
	}
	return p, nil
}

// policy allows what the clients do, and nothing else.
const policy = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:us-east-1:000000000000:client/load-*"},
	{"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:us-east-1:000000000000:topic/load/*"},
	{"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:us-east-1:000000000000:topicfilter/load/*"}]}`

// setUp gives the device a certificate with a policy, and sets the levels.
func (p *peer) setUp(id *identity) error {
	text, err := os.ReadFile(filepath.Join(p.dir, "run.json"))
	if err != nil {
		return err
	}
	var run struct{ Gateway, MQTTS string }
	if err := json.Unmarshal(text, &run); err != nil {
		return err
	}
	api := "http://" + run.Gateway
	var made struct{ CertificateArn, CertificatePem string }
	level := "INFO"
	if p.kind == disabled {
		level = "DISABLED"
	}
	for _, c := range []struct {
		method, path string
		in           map[string]any
		out          any
	}{
		{"POST", "/certificates?setAsActive=true", map[string]any{"certificateSigningRequest": string(id.request)}, &made},
		{"POST", "/policies/load", map[string]any{"policyDocument": policy}, nil},
		{"POST", "/v2LoggingOptions", map[string]any{"defaultLogLevel": level}, nil},
	} {
		if err := call(c.method, api+c.path, c.in, c.out); err != nil {
			return err
		}
	}
	if err := call("PUT", api+"/target-policies/load", map[string]any{"target": made.CertificateArn}, nil); err != nil {
		return err
	}
	ca, err := fetch(api + "/_telltale/iot/ca.pem")
	if err != nil {
		return err
	}
	p.tls, err = id.target(run.MQTTS, []byte(made.CertificatePem), ca)
	return err
}

// call calls the AWS API of telltale dev, which takes any credentials and none.
func call(method, url string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, url, res.Status, answer)
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

func fetch(url string) ([]byte, error) {
	res, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// startMosquittoTLS starts mosquitto with logging and persistence off, and a second listener that demands client certificates.
func startMosquittoTLS(id *identity) (*peer, error) {
	dir, err := os.MkdirTemp("", "mosquitto-load-")
	if err != nil {
		return nil, err
	}
	plain, err1 := freeAddress()
	secure, err2 := freeAddress()
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("no free port: %w %w", err1, err2)
	}
	for name, text := range map[string][]byte{"ca.pem": id.ca, "server.pem": id.server, "server.key": id.serverKey} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	_, plainPort, _ := net.SplitHostPort(plain)
	_, securePort, _ := net.SplitHostPort(secure)
	config := "user root\npersistence false\nlog_dest none\nlog_type none\nmax_queued_messages 0\nallow_anonymous true\n" +
		"listener " + plainPort + " 127.0.0.1\nlistener " + securePort + " 127.0.0.1\nrequire_certificate true\n" +
		"cafile " + dir + "/ca.pem\ncertfile " + dir + "/server.pem\nkeyfile " + dir + "/server.key\n"
	if err := os.WriteFile(filepath.Join(dir, "mosquitto.conf"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	b := &broker{name: mosquitto, addr: plain, dir: dir, cmd: exec.Command(mosquittoProgram(), "-c", filepath.Join(dir, "mosquitto.conf"))}
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	p := &peer{broker: b, kind: mosquitto, plain: traffic.Target{Addr: plain}}
	if p.tls, err = id.target(secure, id.client, id.ca); err == nil {
		err = waitFor(secure)
	}
	if err != nil {
		b.stop()
		return nil, err
	}
	return p, nil
}

// target is a broker that is reached with a client certificate and trusted for a CA.
func (id *identity) target(addr string, client, ca []byte) (traffic.Target, error) {
	cert, err := tls.X509KeyPair(client, id.key)
	if err != nil {
		return traffic.Target{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return traffic.Target{Addr: addr, TLS: &tls.Config{ServerName: "localhost", RootCAs: roots, Certificates: []tls.Certificate{cert}}}, nil
}

// diary reads what telltale says on standard error: entries that it had to drop are counted, errors are passed on.
type diary struct {
	mu      sync.Mutex
	rest    []byte
	dropped int
}

var (
	droppedEntries = regexp.MustCompile(`log entries dropped.* entries=(\d+)`)
	errorLine      = regexp.MustCompile(`level=ERROR|^panic|^fatal`)
)

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest = append(d.rest, b...)
	for {
		line, rest, whole := bytes.Cut(d.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if m := droppedEntries.FindSubmatch(line); m != nil {
			n, _ := strconv.Atoi(string(m[1]))
			if d.dropped == 0 {
				fmt.Fprintf(os.Stderr, "telltale: %s\n", line)
			}
			d.dropped += n
		} else if errorLine.Match(line) {
			fmt.Fprintf(os.Stderr, "telltale: %s\n", line)
		}
		d.rest = append(d.rest[:0], rest...)
	}
}

// drops is how many entries were dropped so far.
func (d *diary) drops() int {
	if d == nil {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}
