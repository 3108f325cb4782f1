// Package fault breaks the running program and asserts what survived.
package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/test/binary"
)

// settled is how long before a kill a message must have been acknowledged for its entries to be demanded. Entries are gathered for
// two milliseconds before they are written (docs/decisions/0006); the rest is slack for a busy machine.
const settled = 500 * time.Millisecond

// kill -9 while devices publish and an administrator makes things: every acknowledged change is there afterwards, with its audit
// record, and so are the entries of every settled message.
func TestKill(t *testing.T) {
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var made []string
	var published []string
	for round := range 4 {
		p := start(t, telltale, dir)
		w := &work{t: t, p: p, round: round}
		stop, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.makeThings(stop) })
		running.Go(func() { w.publish(stop) })
		time.Sleep(settled + time.Duration(rand.IntN(800))*time.Millisecond)
		killed := time.Now()
		p.kill()
		end()
		running.Wait()
		made = append(made, w.made...)
		for _, m := range w.published {
			if m.at.Before(killed.Add(-settled)) {
				published = append(published, m.topic)
			}
		}
		if len(w.made) == 0 || len(w.published) == 0 {
			t.Fatalf("round %d: %d things made, %d messages acknowledged: nothing was tested", round, len(w.made), len(w.published))
		}
	}

	p := start(t, telltale, dir)
	defer p.kill()
	things := p.list(t, "GET", "/things?maxResults=250", "things", "thingName")
	entries := p.logged(t, "Publish-In")
	calls := p.audited(t)
	for _, name := range made {
		if !things[name] {
			t.Errorf("thing %s was acknowledged and is gone", name)
		}
		if !calls[name] {
			t.Errorf("the call that made thing %s is not in the audit history", name)
		}
	}
	for _, topic := range published {
		if !entries[topic] {
			t.Errorf("the entry of the message on %s is gone, although it was settled", topic)
		}
	}
	t.Logf("4 kills: %d things and %d settled messages, all there", len(made), len(published))
}

// work is what goes on while the program is killed.
type work struct {
	t         *testing.T
	p         *program
	round     int
	made      []string
	published []acknowledged
}

type acknowledged struct {
	topic string
	at    time.Time
}

func (w *work) makeThings(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		name := fmt.Sprintf("r%d-%d", w.round, i)
		r, err := http.NewRequestWithContext(ctx, "POST", w.p.endpoint+"/things/"+name, strings.NewReader("{}"))
		if err != nil {
			w.t.Error(err)
			return
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return // killed
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			w.t.Errorf("CreateThing %s: %s", name, res.Status)
			return
		}
		w.made = append(w.made, name)
		time.Sleep(5 * time.Millisecond)
	}
}

func (w *work) publish(ctx context.Context) {
	nc, err := net.Dial("tcp", w.p.mqtt)
	if err != nil {
		w.t.Error(err)
		return
	}
	defer nc.Close()
	_, err = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("killer")}))
	buf := make([]byte, 64)
	if err == nil {
		_, err = nc.Read(buf)
	}
	for i := 1; err == nil && ctx.Err() == nil; i++ {
		topic := fmt.Sprintf("kill/%d/%d", w.round, i)
		if _, err = nc.Write(mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte(topic), QoS: 1, ID: uint16(i%65535 + 1)}, mqtt.V311)); err != nil {
			return
		}
		if _, err = io.ReadFull(nc, buf[:4]); err == nil { // a PUBACK has four bytes
			w.published = append(w.published, acknowledged{topic, time.Now()})
		}
		time.Sleep(time.Millisecond)
	}
}

// program is a running telltale.
type program struct {
	cmd                   *exec.Cmd
	endpoint, mqtt, mqtts string
}

func start(t *testing.T, telltale, dir string) *program {
	t.Helper()
	return startTelling(t, telltale, dir, os.Stderr)
}

// startTelling starts telltale with its diary written to a file, and more flags.
func startTelling(t *testing.T, telltale, dir string, diary *os.File, flags ...string) *program {
	t.Helper()
	cmd := exec.Command(telltale, append([]string{"dev", "--data-dir", dir, "--gateway", "127.0.0.1:0", "--mqtts", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--log-level", "error"}, flags...)...)
	cmd.Stderr = diary
	if err := os.Remove(filepath.Join(dir, "run.json")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd}
	t.Cleanup(p.kill)
	for range 1000 {
		text, err := os.ReadFile(filepath.Join(dir, "run.json"))
		var r struct{ Gateway, MQTT, MQTTS string }
		if err == nil && json.Unmarshal(text, &r) == nil {
			p.endpoint, p.mqtt, p.mqtts = "http://"+r.Gateway, r.MQTT, r.MQTTS
			return p
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("telltale did not get ready")
	return nil
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// call makes an API call without a signature, as dev mode allows, and decodes the answer.
func (p *program) call(t *testing.T, method, path, target string, in any) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, p.endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v %v", method, path+target, res.Status, out, err)
	}
	return out
}

// list reads all pages of a rest-json list operation.
func (p *program) list(t *testing.T, method, path, list, member string) map[string]bool {
	found := map[string]bool{}
	for next := ""; ; {
		out := p.call(t, method, path+next, "", nil)
		for _, x := range out[list].([]any) {
			found[x.(map[string]any)[member].(string)] = true
		}
		token, ok := out["nextToken"].(string)
		if !ok || token == "" {
			return found
		}
		next = "&nextToken=" + token
	}
}

// logged reads the topics of all entries of a type.
func (p *program) logged(t *testing.T, eventType string) map[string]bool {
	found := map[string]bool{}
	in := map[string]any{"logGroupName": "AWSIotLogsV2", "filterPattern": `{ $.eventType = "` + eventType + `" }`}
	for {
		out := p.call(t, "POST", "/", "Logs_20140328.FilterLogEvents", in)
		for _, x := range out["events"].([]any) {
			var e struct{ TopicName string }
			if err := json.Unmarshal([]byte(x.(map[string]any)["message"].(string)), &e); err != nil {
				t.Fatal(err)
			}
			found[e.TopicName] = true
		}
		token, ok := out["nextToken"]
		if !ok {
			return found
		}
		in["nextToken"] = token
	}
}

var thingName = regexp.MustCompile(`"thingName":"([^"]+)"`)

// audited reads the names of all things that the audit history says were made.
func (p *program) audited(t *testing.T) map[string]bool {
	found := map[string]bool{}
	in := map[string]any{"LookupAttributes": []map[string]string{{"AttributeKey": "EventName", "AttributeValue": "CreateThing"}}}
	for {
		out := p.call(t, "POST", "/", "CloudTrail_20131101.LookupEvents", in)
		for _, x := range out["Events"].([]any) {
			if m := thingName.FindStringSubmatch(x.(map[string]any)["CloudTrailEvent"].(string)); m != nil {
				found[m[1]] = true
			}
		}
		token, ok := out["NextToken"]
		if !ok {
			return found
		}
		in["NextToken"] = token
	}
}
