package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"telltale/test/binary"
)

// hook receives what the rule sends, and remembers it over all lives of the program.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	topics  map[string]int
	enables chan string // where to confirm the destination
}

func newHook(t *testing.T) *hook {
	h := &hook{topics: map[string]int{}, enables: make(chan string, 1)}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var said struct{ Topic, EnableURL string }
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &said)
	if said.EnableURL != "" {
		h.enables <- said.EnableURL
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.topics[said.Topic]++
}

// missing lists the topics that have not come.
func (h *hook) missing(topics []string) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if h.topics[topic] == 0 {
			list = append(list, topic)
		}
	}
	return list
}

// kill -9, again and again, while devices publish what a rule sends over HTTP: every acknowledged message is sent in the end, at least once,
// the rule is there after each start, and nothing was sent that no entry tells of.
func TestKillRules(t *testing.T) {
	const kills = 10
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir, h := t.TempDir(), newHook(t)
	p := start(t, telltale, dir)
	p.call(t, "POST", "/destinations", "", map[string]any{"destinationConfiguration": map[string]any{"httpUrlConfiguration": map[string]any{"confirmationUrl": h.URL}}})
	if res, err := http.Get(<-h.enables); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the destination was not confirmed: %v %v", res, err)
	}
	p.call(t, "POST", "/rules/send", "", map[string]any{"sql": "SELECT topic() AS topic FROM 'kill/#'", "actions": []any{map[string]any{"http": map[string]any{"url": h.URL}}}})

	var acknowledged []string
	for round := range kills {
		w := &work{t: t, p: p, round: round}
		stop, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.publish(stop) })
		time.Sleep(time.Duration(100+rand.IntN(500)) * time.Millisecond)
		p.kill()
		end()
		running.Wait()
		if len(w.published) == 0 {
			t.Fatalf("round %d: no message was acknowledged, so nothing was tested", round)
		}
		for _, m := range w.published {
			acknowledged = append(acknowledged, m.topic)
		}
		p = start(t, telltale, dir)
	}
	missing := h.missing(acknowledged)
	for deadline := time.Now().Add(20 * time.Second); len(missing) > 0 && time.Now().Before(deadline); missing = h.missing(acknowledged) {
		time.Sleep(50 * time.Millisecond)
	}
	for _, topic := range missing {
		t.Errorf("the message on %s was acknowledged and never sent", topic)
	}
	time.Sleep(settled)
	told := p.logged(t, "RuleExecution")
	again := 0
	for topic, n := range h.topics {
		if !told[topic] {
			t.Errorf("the message on %s was sent, and no entry tells of it", topic)
		}
		again += n - 1
	}
	t.Logf("%d kills: %d acknowledged messages, all sent and told; %d were sent again after a kill", kills, len(acknowledged), again)
	if len(h.topics) < len(acknowledged) {
		t.Errorf("%d topics came of %d messages", len(h.topics), len(acknowledged))
	}
	if out := p.call(t, "GET", "/rules", "", nil); fmt.Sprint(len(out["rules"].([]any))) != "1" {
		t.Errorf("the rules are %v", out)
	}
}
