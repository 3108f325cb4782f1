package fault

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/test/binary"
)

// siege is a telltale that hostile clients are let loose on, and what it holds of the machine.
type siege struct {
	*program
	t     *testing.T
	diary string
}

// besiege starts a telltale. When the test is over it is still up, has said nothing of a bug, and no goroutine of a connection is left.
func besiege(t *testing.T, flags ...string) *siege {
	t.Helper()
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "diary")
	diary, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { diary.Close() })
	return &siege{program: startTelling(t, telltale, t.TempDir(), diary, flags...), t: t, diary: path}
}

// holds are what a process has of the machine.
type holds struct{ sockets, threads, kilobytes int }

func (h holds) String() string {
	return fmt.Sprintf("%d sockets, %d threads, %d KiB", h.sockets, h.threads, h.kilobytes)
}

func (s *siege) holds() (h holds) {
	s.t.Helper()
	proc := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	descriptors, err := os.ReadDir(proc + "/fd")
	if err != nil {
		s.t.Fatalf("telltale is gone: %v\n%s", err, s.said())
	}
	for _, d := range descriptors {
		if to, _ := os.Readlink(proc + "/fd/" + d.Name()); strings.HasPrefix(to, "socket:") {
			h.sockets++
		}
	}
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		switch n, _ := strconv.Atoi(number); name {
		case "Threads":
			h.threads = n
		case "VmRSS":
			h.kilobytes = n
		}
	}
	return h
}

func (s *siege) said() string {
	text, err := os.ReadFile(s.diary)
	if err != nil {
		s.t.Error(err)
	}
	return string(text)
}

// calm waits until no more sockets are open than before.
func (s *siege) calm(before holds) holds {
	s.t.Helper()
	for range 600 {
		if h := s.holds(); h.sockets <= before.sockets {
			return h
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Errorf("a minute after everybody left: %v; before: %v", s.holds(), before)
	return s.holds()
}

// lift ends the siege: telltale tells what each of its goroutines does, and ends.
func (s *siege) lift() {
	s.t.Helper()
	if said := s.said(); said != "" {
		s.t.Errorf("telltale said: %s", said[:min(len(said), 2000)])
	}
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
	stacks := strings.Split(s.said(), "\n\n")
	if len(stacks) < 5 {
		s.t.Errorf("telltale did not tell what its goroutines do: %s", s.said())
	}
	for _, stack := range stacks {
		if strings.Contains(stack, "broker.(*conn)") {
			s.t.Errorf("a goroutine of a connection is left:\n%s", stack)
		}
	}
}

// visitor is a client that does as it should.
type visitor struct {
	t   *testing.T
	nc  net.Conn
	buf []byte
}

// visit connects.
func (s *siege) visit(id string) *visitor {
	s.t.Helper()
	nc, err := net.Dial("tcp", s.mqtt)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { nc.Close() })
	v := &visitor{t: s.t, nc: nc}
	v.send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(id), KeepAlive: 600})
	v.want(mqtt.TypeConnack)
	return v
}

func (v *visitor) send(p mqtt.Packet) {
	v.t.Helper()
	if _, err := v.nc.Write(mqtt.Append(nil, p, mqtt.V311)); err != nil {
		v.t.Fatal(err)
	}
}

// next reads one frame.
func (v *visitor) next() (header byte, body []byte, err error) {
	for {
		header, body, n, err := mqtt.NextFrame(v.buf, 0)
		if err == nil {
			body = bytes.Clone(body)
			v.buf = v.buf[n:]
			return header, body, nil
		}
		_ = v.nc.SetReadDeadline(time.Now().Add(time.Minute))
		chunk := make([]byte, 64<<10)
		k, err := v.nc.Read(chunk)
		if v.buf = append(v.buf, chunk[:k]...); k == 0 && err != nil {
			return 0, nil, err
		}
	}
}

func (v *visitor) want(kind mqtt.Type) {
	v.t.Helper()
	if header, _, err := v.next(); err != nil || mqtt.TypeOf(header) != kind {
		v.t.Fatalf("got %v, %v; want %v", mqtt.TypeOf(header), err, kind)
	}
}

// greet wants an answer.
func (v *visitor) greet() {
	v.t.Helper()
	v.send(&mqtt.Pingreq{})
	v.want(mqtt.TypePingresp)
}

// shut wants the broker to close a connection. How long that takes is the broker's business; a minute is too long for any.
func shut(t *testing.T, nc net.Conn, what string) {
	_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := io.Copy(io.Discard, nc)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Errorf("%s: the connection is still open", what)
	}
}
