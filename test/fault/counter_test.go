package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telltale/test/binary"
)

// kill -9 while 64 writers count together in one shadow: each adds one to what it has read, on the condition that nobody else did
// meanwhile. No count that was acknowledged is lost, and none is there twice: the count is always the version.
func TestKillCounters(t *testing.T) {
	const writers, kills = 64, 3
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	counted := int64(0) // in the shadow, when nobody writes
	for round := range kills {
		p := start(t, telltale, dir)
		ctx, end := context.WithCancel(t.Context())
		c := &counter{t: t, url: p.endpoint + "/things/counter/shadow", client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writers}}}
		var running sync.WaitGroup
		for range writers {
			running.Go(func() { c.count(ctx) })
		}
		time.Sleep(700 * time.Millisecond)
		p.kill()
		end()
		running.Wait()
		if c.acknowledged.Load() == 0 {
			t.Fatalf("round %d: nothing was counted, so nothing was tested", round)
		}
		p = start(t, telltale, dir)
		c.url = p.endpoint + "/things/counter/shadow"
		d, err := c.read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if least := counted + c.acknowledged.Load(); d.n() < least || d.n() > least+writers || d.n() != d.Version {
			t.Errorf("round %d: the count is %d in version %d; %d were acknowledged since %d", round, d.n(), d.Version, c.acknowledged.Load(), counted)
		}
		t.Logf("round %d: %d counted, %d conflicts", round, c.acknowledged.Load(), c.conflicts.Load())
		counted = d.n()
		p.kill()
	}
}

// counter is what writers count with.
type counter struct {
	t                       *testing.T
	url                     string
	client                  *http.Client
	acknowledged, conflicts atomic.Int64
}

// counting is what is read of a shadow.
type counting struct {
	State   struct{ Reported struct{ N int64 } }
	Version int64
}

func (d *counting) n() int64 { return d.State.Reported.N }

// count counts until the program is killed.
func (c *counter) count(ctx context.Context) {
	for {
		d, err := c.read(ctx)
		if err != nil {
			return // killed
		}
		body := fmt.Sprintf(`{"state":{"reported":{"n":%d}},"version":%d}`, d.n()+1, d.Version)
		status, _, err := c.do(ctx, http.MethodPost, body)
		switch {
		case err != nil:
			return
		case status == http.StatusOK:
			c.acknowledged.Add(1)
		case status == http.StatusConflict:
			c.conflicts.Add(1)
		default:
			c.t.Errorf("%s was answered %d", body, status)
			return
		}
	}
}

// read reads the shadow; one that does not exist has counted nothing.
func (c *counter) read(ctx context.Context) (*counting, error) {
	status, text, err := c.do(ctx, http.MethodGet, "")
	d := &counting{}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(text, d)
	}
	return d, err
}

func (c *counter) do(ctx context.Context, method, body string) (status int, text json.RawMessage, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	res, err := c.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	err = json.NewDecoder(res.Body).Decode(&text)
	return res.StatusCode, text, err
}
