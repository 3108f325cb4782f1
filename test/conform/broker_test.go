// Package conform holds the running program against the standards it claims: one test a statement or small group of statements, over
// raw sockets, in both profiles. Each names its statements (spec/mqtt311.md, spec/mqtt5.md); make conform writes the report.
package conform

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/test/binary"
)

// The profiles of the broker.
const (
	aws      = "aws"
	standard = "standard"
)

// broker is a running telltale of one profile. The tests share it, so that each uses client ids and topics of its own.
type broker struct {
	profile string
	gateway string // address of the AWS API
	mqtt    string // address of plain MQTT
	pid     int
}

// programs are the brokers of this package, started when a test first asks.
var programs = map[string]*program{aws: {}, standard: {}}

type program struct {
	once sync.Once
	dir  string
	cmd  *exec.Cmd
	log  bytes.Buffer // what it said, complete once it ended
	up   *broker
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, p := range programs {
		p.stop()
	}
	os.Exit(code)
}

// peer makes the tests of profile standard run against another broker, to see what the tests are worth.
var peer = flag.String("peer", "", "address of a broker to test in place of telltale's profile standard")

// serve returns the broker of a profile.
func serve(t *testing.T, profile string) *broker {
	t.Helper()
	if *peer != "" && profile == standard {
		return &broker{profile: profile, mqtt: *peer}
	}
	p := programs[profile]
	p.once.Do(func() { p.err = p.start(profile) })
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.up
}

func (p *program) start(profile string) error {
	var err error
	if p.dir, err = os.MkdirTemp("", "conform"); err != nil {
		return err
	}
	telltale, err := built()
	if err != nil {
		return err
	}
	data := filepath.Join(p.dir, "data")
	p.cmd = exec.Command(telltale, "dev", "--data-dir", data, "--mqtt-profile", profile, "--gateway", "127.0.0.1:0", "--mqtts", "127.0.0.1:0",
		"--mqtt", "127.0.0.1:0", "--log-level", "error")
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(ended)
	}()
	for range 3000 {
		var at struct{ Gateway, MQTT string }
		if text, err := os.ReadFile(filepath.Join(data, "run.json")); err == nil && json.Unmarshal(text, &at) == nil {
			p.up = &broker{profile: profile, gateway: at.Gateway, mqtt: at.MQTT, pid: p.cmd.Process.Pid}
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("telltale ended: %s", p.log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("telltale did not get ready: %s", p.log.String())
}

func (p *program) stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
	}
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "conform")
	if err != nil {
		return "", err
	}
	return binary.Build(dir)
})

// world is what one test plays in: a broker, and the version that its clients speak.
type world struct {
	*broker
	t    *testing.T
	v    mqtt.Version
	name string // prefix of the test's client ids and topics
}

// The versions that tests are for.
var (
	both    = []mqtt.Version{mqtt.V311, mqtt.V5}
	only311 = []mqtt.Version{mqtt.V311}
	only5   = []mqtt.Version{mqtt.V5}
)

// in runs a test in the profiles given, for each version given, all at once.
func in(t *testing.T, profiles []string, versions []mqtt.Version, test func(w *world)) {
	t.Helper()
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) {
			for _, v := range versions {
				t.Run(v.String(), func(t *testing.T) {
					t.Parallel()
					parts := strings.Split(t.Name(), "/")
					test(&world{broker: serve(t, profile), t: t, v: v, name: parts[0] + strings.ReplaceAll(v.String(), ".", "")})
				})
			}
		})
	}
}

// each runs a test in both profiles, for each version given.
func each(t *testing.T, versions []mqtt.Version, test func(w *world)) {
	t.Helper()
	in(t, []string{aws, standard}, versions, test)
}

// topic is a topic of this test's own.
func (w *world) topic(name string) string { return w.name + "/" + name }
