// Package scripts drives the real binary from outside, with unmodified clients: the AWS CLI, mosquitto_pub and mosquitto_sub.
// Each testdata/*.txtar is one story; see the commands at the bottom of this file and in the files beside it.
//
// A story of a service ends by looking at what it left behind. valid-entries FILE [TYPE...] takes the output of telltale tail --json and
// holds every entry against the catalogue of documented entries (test/catalogue); the types it names must be among them. metric NAME SUM
// [DIMENSION=VALUE...] waits until a metric adds up to exactly a number, so a story can count what it did:
//
//	exec telltale tail --data-dir tt-data --since 10m --follow=false --json
//	cp stdout entries.json
//	valid-entries entries.json GetThingShadow Publish-Out
//	metric GetThingShadow.Accepted 3 Protocol=MQTT
//
// ask and fetch compare whole answers: of a request over MQTT that is answered on another topic, and of an HTTP call. listen receives
// what telltale sends over HTTP.
package scripts

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"telltale/test/binary"
)

var binDir string

func TestScripts(t *testing.T) {
	binDir = t.TempDir() // in the test and not before it: only then the test cache learns what the program is made of
	if _, err := binary.Build(binDir); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", binDir+":"+os.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PYENV_VERSION", os.Getenv("PYENV_VERSION"))
			e.Setenv("PYENV_ROOT", first(os.Getenv("PYENV_ROOT"), os.Getenv("HOME")+"/.pyenv"))
			e.Setenv("AWS_CONFIG_FILE", filepath.Join(e.WorkDir, "no-config"))
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("AWS_PAGER", "")
			s := &servers{}
			e.Values["servers"] = s
			e.Defer(s.stopAll)
			e.Values["receivers"] = receivers{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":  start,
			"finish": finish,
			"until":  until,
			"expect": expect,
			"setenv": setenv,

			"valid-entries": validEntries,
			"metric":        metric,
			"ask":           ask,
			"fetch":         fetch,
			"listen":        listen,
			"socket":        socket,
		},
	})
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// servers are the telltales a script started.
type servers struct {
	mu   sync.Mutex
	list map[string]*server
}

type server struct {
	cmd    *exec.Cmd
	output strings.Builder
	exited chan error
}

func (s *servers) stopAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.list {
		_ = x.cmd.Process.Kill()
		<-x.exited
	}
}

// start NAME MODE [FLAG...] runs telltale and waits until it is ready. Ports left open are picked freely. It sets what telltale env
// prints, and GATEWAY, MQTTS_HOST, MQTTS_PORT, MQTT_PORT; NAME.out holds what it printed.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME dev|serve [FLAG...]")
	}
	name, mode, flags := args[0], args[1], args[2:]
	flags = append([]string{mode, "--data-dir", name + "-data", "--gateway", "127.0.0.1:0", "--mqtts", "127.0.0.1:0"}, flags...)
	if mode == "dev" {
		flags = append(flags, "--mqtt", "127.0.0.1:0")
	}
	cmd := exec.Command(filepath.Join(binDir, "telltale"), flags...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "TELLTALE_LOG_LEVEL=debug")
	diary, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	cmd.Stderr = diary
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	x := &server{cmd: cmd, exited: make(chan error, 1)}
	all := ts.Value("servers").(*servers)
	all.mu.Lock()
	if all.list == nil {
		all.list = map[string]*server{}
	}
	all.list[name] = x
	all.mu.Unlock()

	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			x.output.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "AWS_DISABLE_HOST_PREFIX_INJECTION") {
				ready <- true
				break
			}
		}
		x.exited <- cmd.Wait()
		close(x.exited)
	}()
	select {
	case <-ready:
	case err := <-x.exited:
		text, _ := os.ReadFile(diary.Name())
		ts.Fatalf("telltale ended before it was ready: %v\n%s", err, text)
	case <-time.After(30 * time.Second):
		ts.Fatalf("telltale was not ready within 30 s")
	}
	text := x.output.String()
	ts.Check(os.WriteFile(ts.MkAbs(name+".out"), []byte(text), 0o600))
	for _, m := range regexp.MustCompile(`(AWS_[A-Z_]+)=(\S+)`).FindAllStringSubmatch(text, -1) {
		ts.Setenv(m[1], m[2])
	}
	if mode == "serve" {
		ts.Setenv("AWS_ACCESS_KEY_ID", "")
		ts.Setenv("AWS_SECRET_ACCESS_KEY", "")
	}
	ts.Setenv("GATEWAY", ts.Getenv("AWS_ENDPOINT_URL"))
	for variable, scheme := range map[string]string{"MQTTS": "mqtts", "MQTT": "mqtt"} {
		if m := regexp.MustCompile(`\b` + scheme + `://([^:\s]+):(\d+)`).FindStringSubmatch(text); m != nil {
			ts.Setenv(variable+"_HOST", m[1])
			ts.Setenv(variable+"_PORT", m[2])
		}
	}
}

// finish NAME [kill] ends a telltale with SIGTERM and checks that it exits well, or with SIGKILL.
func finish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: finish NAME [kill]")
	}
	all := ts.Value("servers").(*servers)
	all.mu.Lock()
	x := all.list[args[0]]
	delete(all.list, args[0])
	all.mu.Unlock()
	if len(args) > 1 {
		ts.Check(x.cmd.Process.Kill())
		<-x.exited
		return
	}
	ts.Check(x.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-x.exited:
		if err != nil {
			text, _ := os.ReadFile(ts.MkAbs(args[0] + ".err"))
			ts.Fatalf("telltale ended with %v\n%s", err, text)
		}
	case <-time.After(20 * time.Second):
		ts.Fatalf("telltale did not end within 20 s of SIGTERM")
	}
}

// until PATTERN COMMAND... runs a command again and again until its output matches, for at most 15 seconds. The output of the last
// run is left in the file until.out.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND [ARG...]")
	}
	pattern, err := regexp.Compile(`(?s)` + args[0])
	ts.Check(err)
	deadline := time.Now().Add(15 * time.Second)
	for {
		out, err := command(ts, args[1:])
		ts.Check(os.WriteFile(ts.MkAbs("until.out"), []byte(out), 0o600))
		if err == nil && pattern.MatchString(out) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%q did not print %s:\n%s%v", args[1:], args[0], out, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// expect PATTERN FILE checks that a file matches, over line ends; with ! that it does not.
func expect(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[1])
	if found := regexp.MustCompile(`(?s)` + args[0]).MatchString(text); found == neg {
		ts.Fatalf("%s: matches %s: %v\n%s", args[1], args[0], found, text)
	}
}

// setenv NAME PATTERN FILE sets a variable to what the first group of a pattern finds in a file.
func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: setenv NAME PATTERN FILE")
	}
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile(args[2]))
	if len(m) < 2 {
		ts.Fatalf("%s: %s finds nothing in\n%s", args[0], args[1], ts.ReadFile(args[2]))
	}
	ts.Setenv(args[0], m[1])
}

// command runs a program in the script's directory and environment and returns everything it printed.
func command(ts *testscript.TestScript, args []string) (string, error) {
	path, err := exec.LookPath(args[0])
	if args[0] == "telltale" {
		path, err = filepath.Join(binDir, "telltale"), nil
	}
	if err != nil {
		return "", err
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_PAGER", "AWS_ENDPOINT_URL", "AWS_REGION",
		"AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SHARED_CREDENTIALS_FILE", "AWS_DISABLE_HOST_PREFIX_INJECTION"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	out, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w", err)
	}
	return string(out), err
}
