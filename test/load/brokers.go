package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// broker is a running broker process.
type broker struct {
	name, version, addr string
	cmd                 *exec.Cmd
	dir                 string
}

func (b *broker) stop() {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
	_ = os.RemoveAll(b.dir)
}

// cpu is the CPU time the process has used.
func (b *broker) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2) // 100 ticks a second
}

// resident is the process's resident memory in MiB.
func (b *broker) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		return 0, errors.New("no VmRSS in the process status")
	}
	kib, err := strconv.ParseFloat(string(m[1]), 64)
	return kib / 1024, err
}

// startTelltale starts telltale dev on a fresh data directory and waits until it says that it is ready.
func startTelltale(binary string) (*broker, error) {
	dir, err := os.MkdirTemp("", "telltale-load-")
	if err != nil {
		return nil, err
	}
	return runTelltale(binary, dir)
}

// runTelltale starts telltale dev on a data directory and waits until it says that it is ready.
func runTelltale(binary, dir string) (*broker, error) {
	return runTelltaleTold(binary, dir, &diary{})
}

// runTelltaleTold is runTelltale with a reader of what it says.
func runTelltaleTold(binary, dir string, d *diary) (*broker, error) {
	cmd := exec.Command(binary, "dev", "--data-dir", dir, "--gateway", "127.0.0.1:0", "--mqtts", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--log-level", "warn")
	cmd.Stderr = d
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &broker{name: "telltale", cmd: cmd, dir: dir}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "telltale ") {
			b.version, _, _ = strings.Cut(line, " is ready")
		}
		if _, addr, ok := strings.Cut(line, "mqtt://"); ok {
			b.addr = addr
			go func() {
				for lines.Scan() { // the pipe must not fill
				}
			}()
			return b, nil
		}
	}
	b.stop()
	return nil, errors.New("telltale did not get ready")
}

func mosquittoProgram() string {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto" // Debian keeps it out of a user's PATH
	}
	return path
}

// startMosquitto starts mosquitto with logging and persistence off.
func startMosquitto() (*broker, error) {
	path := mosquittoProgram()
	dir, err := os.MkdirTemp("", "mosquitto-load-")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	config := filepath.Join(dir, "mosquitto.conf")
	text := "listener " + port + " 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\nlog_type none\nmax_queued_messages 0\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-c", config)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &broker{name: "mosquitto", addr: addr, cmd: cmd, dir: dir, version: "mosquitto"}
	if out, _ := exec.Command(path, "-h").Output(); len(out) > 0 {
		b.version, _, _ = strings.Cut(strings.Replace(string(out), " version ", " ", 1), "\n")
	}
	return b, waitFor(addr)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func waitFor(addr string) error {
	for range 500 {
		if nc, err := net.Dial("tcp", addr); err == nil {
			return nc.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on %s after 5 s", addr)
}

// measureStart prints the time from process start to ready on a fresh data directory, and the resident memory a second later.
func measureStart(binary string) error {
	var times []float64
	var memory float64
	for range 7 {
		began := time.Now()
		b, err := startTelltale(binary)
		if err != nil {
			return err
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
		time.Sleep(time.Second)
		memory, err = b.resident()
		b.stop()
		if err != nil {
			return err
		}
	}
	began := time.Now()
	peer, err := startMosquitto()
	if err != nil {
		return err
	}
	defer peer.stop()
	theirs := float64(time.Since(began).Microseconds()) / 1000
	theirMemory, err := peer.resident()
	if err != nil {
		return err
	}
	fmt.Printf("start to ready, fresh data directory, median of %d: telltale %.0f ms (mosquitto, a broker only: %.0f ms)\n", len(times), median(times), theirs)
	fmt.Printf("resident memory, idle: telltale %.1f MiB (mosquitto %.1f MiB)\n\n", memory, theirMemory)
	return nil
}
