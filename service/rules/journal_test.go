package rules

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"telltale/lang/shape/iot"
)

// taker is a server that keeps what it was sent, once it is let.
type taker struct {
	*httptest.Server
	mu   sync.Mutex
	got  []string
	gate chan struct{}
}

func newTaker(t testing.TB) *taker {
	k := &taker{gate: make(chan struct{})}
	k.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-k.gate
		k.mu.Lock()
		defer k.mu.Unlock()
		k.got = append(k.got, r.URL.Path)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *taker) taken() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Sorted(slices.Values(k.got))
}

// crash is an engine of the same database and journal, beside the one that is as good as dead.
func copyJournal(t testing.TB, from string) (to string) {
	t.Helper()
	to = t.TempDir()
	must(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// What a message started is done after a crash, and what was done is not done again.
func TestResumeAfterCrash(t *testing.T) {
	db, dir := memory(t), t.TempDir()
	stuck, fine := newTaker(t), newTaker(t)
	close(fine.gate)
	w := running(t, options{db: db, adjust: func(c *Config) { c.Journal = dir }})
	w.rule("r", "SELECT n FROM 'in/+'", "", `{"http":{"url":"`+fine.URL+`/fine/${n}","confirmationUrl":"`+fine.URL+`/"}}`,
		`{"http":{"url":"`+stuck.URL+`/stuck/${n}","confirmationUrl":"`+stuck.URL+`/"}}`, republish("out/${n}"))
	for n := range 3 {
		w.publish("in/x", fmt.Sprintf(`{"n":%d}`, n))
	}
	w.await("RuleExecution", 6) // all but those that are stuck
	w.want("heard", w.hears(), `out/0 {"n":0}`, `out/1 {"n":1}`, `out/2 {"n":2}`)
	must(t, w.journal.flush())
	crashed := copyJournal(t, dir)
	close(stuck.gate)
	w.await("RuleExecution", 3)

	again := running(t, options{db: db, adjust: func(c *Config) { c.Journal = crashed }})
	told := again.await("RuleExecution", 3)
	if len(told) != 6 { // Starting and Execution of each; the match was told before the crash
		t.Errorf("told after the crash:\n%s", strings.Join(told, "\n"))
	}
	again.want("heard after the crash", again.hears())
	if got, want := fmt.Sprint(stuck.taken()), "[/stuck/0 /stuck/0 /stuck/1 /stuck/1 /stuck/2 /stuck/2]"; got != want {
		t.Errorf("the stuck action ran for %s, want %s: before and after", got, want)
	}
	if got, want := fmt.Sprint(fine.taken()), "[/fine/0 /fine/1 /fine/2]"; got != want {
		t.Errorf("the other action ran for %s, want %s", got, want)
	}
	again.stop()
	if left := leftIn(t, crashed); left != 0 {
		t.Errorf("%d messages are left in the journal", left)
	}
}

// What comes between New and Run is not taken for what an earlier run of the program left.
func TestMessagesBeforeRun(t *testing.T) {
	dir, taker := t.TempDir(), newTaker(t)
	w := newWorld(t, options{adjust: func(c *Config) { c.Journal = dir }})
	w.rule("r", "SELECT n FROM 'in'", "", `{"http":{"url":"`+taker.URL+`/${n}","confirmationUrl":"`+taker.URL+`/"}}`)
	for n := range 3 {
		w.publish("in", fmt.Sprintf(`{"n":%d}`, n))
	}
	w.start()
	close(taker.gate)
	w.await("RuleExecution", 3)
	w.stop()
	if got := fmt.Sprint(taker.taken()); got != "[/0 /1 /2]" {
		t.Errorf("the action ran for %s, want once for each", got)
	}
	if left := leftIn(t, dir); left != 0 {
		t.Errorf("%d messages are left in the journal", left)
	}
}

// leftIn counts what a journal says is not over.
func leftIn(t testing.TB, dir string) int {
	t.Helper()
	j, err := openJournal(dir, nil, nil)
	must(t, err)
	found, err := j.unfinished()
	must(t, err)
	must(t, j.log.Close())
	return len(found)
}

// At the end of the program what waits stays in the journal.
func TestStopKeepsWhatWaits(t *testing.T) {
	db, dir := memory(t), t.TempDir()
	slow := newTaker(t)
	w := running(t, options{db: db, adjust: func(c *Config) { c.Journal, c.Parallel = dir, 1 }})
	w.rule("r", "SELECT n FROM 'in'", "", `{"http":{"url":"`+slow.URL+`/${n}","confirmationUrl":"`+slow.URL+`/"}}`)
	for n := range 4 {
		w.publish("in", fmt.Sprintf(`{"n":%d}`, n))
	}
	w.await("StartingRuleExecution", 1)
	ended := make(chan struct{})
	go func() { w.stop(); close(ended) }()
	for !w.stopping.Load() {
		<-w.tick()
	}
	close(slow.gate) // the running one may finish
	<-ended
	if left := leftIn(t, dir); left != 3 {
		t.Errorf("%d messages are left in the journal, want 3", left)
	}
	again := running(t, options{db: db, adjust: func(c *Config) { c.Journal = dir }})
	again.await("RuleExecution", 3)
	if got := fmt.Sprint(slow.taken()); got != "[/0 /1 /2 /3]" {
		t.Errorf("the action ran for %s", got)
	}
}

// A rule that is gone after the crash is told of; damage does not hide the rest.
func TestResumeWithoutRule(t *testing.T) {
	db, dir := memory(t), t.TempDir()
	stuck := newTaker(t)
	w := running(t, options{db: db, adjust: func(c *Config) { c.Journal = dir }})
	w.rule("r", "SELECT * FROM 'in'", "", `{"http":{"url":"`+stuck.URL+`/"}}`)
	w.publish("in", `1`)
	w.publish("in", `2`)
	w.await("StartingRuleExecution", 2)
	crashed := copyJournal(t, dir)
	close(stuck.gate)
	_, err := w.DeleteTopicRule(as(home), &iot.DeleteTopicRuleInput{RuleName: "r"})
	must(t, err)
	parts, err := filepath.Glob(filepath.Join(crashed, "*.wal"))
	must(t, err)
	text, err := os.ReadFile(parts[0])
	must(t, err)
	text[len(text)/3] ^= 0xff // in the first of two records
	must(t, os.WriteFile(parts[0], text, 0o600))

	again := running(t, options{db: db, adjust: func(c *Config) { c.Journal = crashed }})
	again.want("told", again.await("RuleExecution", 1), "RuleExecution ClientError topicName=in ruleName=r ruleAction=N/A resources={} "+
		"details=Rule r was deleted before its actions had run for this message reason=RuleNotFound")
}

// Rules come back with the program; one whose endpoint is gone says so for each message.
func TestRulesSurvive(t *testing.T) {
	db := memory(t)
	sqs := httptest.NewServer(http.NotFoundHandler())
	defer sqs.Close()
	w := newWorld(t, options{db: db, endpoints: map[string]string{"sqs": sqs.URL}})
	w.rule("a", "SELECT * FROM 'in'", "", republish("out/a"))
	w.rule("b", "SELECT * FROM 'in'", "", `{"sqs":{"roleArn":"`+role+`","queueUrl":"https://sqs.eu-central-1.amazonaws.com/123456789012/q"}}`)
	again := running(t, options{db: db})
	again.publish("in", `{}`)
	again.want("heard", again.hears(), "out/a {}")
	told := again.told()
	if last := told[len(told)-1]; !strings.Contains(last, "ruleName=b ruleAction=N/A resources={} details=The rule cannot run: actions[0]: sqs action: no endpoint for sqs is configured") {
		t.Errorf("the last fact is %s", last)
	}
}
