package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/test/binary"
)

// kill -9, again and again, while jobs are made for a group of things and the things do them: every job that was accepted is there
// afterwards and reaches every thing once, and no execution falls behind what its thing was told.
func TestKillJobs(t *testing.T) {
	const things, kills = 40, 6
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := start(t, telltale, dir)
	w := &jobWork{t: t, told: map[string]string{}}
	w.group = p.call(t, "POST", "/thing-groups/fleet", "", map[string]any{})["thingGroupArn"].(string)
	for i := range things {
		name := fmt.Sprintf("t%02d", i)
		w.things = append(w.things, name)
		p.call(t, "POST", "/things/"+name, "", map[string]any{})
		p.call(t, "PUT", "/thing-groups/addThingToThingGroup", "", map[string]any{"thingName": name, "thingGroupName": "fleet"})
	}
	for round := range kills {
		before := len(w.told)
		w.untilKilled(p, round, time.Duration(100+rand.IntN(500))*time.Millisecond)
		if len(w.told) == before {
			t.Fatalf("round %d: no thing was told anything, so nothing was tested", round)
		}
		p = start(t, telltale, dir)
	}
	executions := 0
	for _, id := range w.made {
		executions += w.compare(p, id)
	}
	p.kill()
	t.Logf("%d kills: %d jobs with %d executions and %d acknowledged changes, all there", kills, len(w.made), executions, len(w.told))
}

// jobWork is what operators and things do with jobs.
type jobWork struct {
	t      *testing.T
	group  string // ARN
	things []string

	mu   sync.Mutex
	made []string          // jobs that were accepted
	told map[string]string // job and thing, and the status that the thing was told of last
}

// untilKilled makes and does jobs for a while and kills the program under it.
func (w *jobWork) untilKilled(p *program, round int, after time.Duration) {
	ctx, end := context.WithCancel(w.t.Context())
	defer end()
	var running sync.WaitGroup
	running.Go(func() {
		for i := 0; w.make(ctx, p, fmt.Sprintf("r%d-%d", round, i)); i++ {
			time.Sleep(20 * time.Millisecond)
		}
	})
	for worker := range 4 {
		running.Go(func() {
			for i := worker; w.do(ctx, p, w.things[i%len(w.things)]); i += 4 {
			}
		})
	}
	time.Sleep(after)
	p.kill()
	end()
	running.Wait()
}

// make makes a job. It reports false when the program is dead.
func (w *jobWork) make(ctx context.Context, p *program, id string) bool {
	alive, _ := w.send(ctx, "PUT", p.endpoint+"/jobs/"+id, map[string]any{"targets": []string{w.group}, "document": "{}"})
	if alive {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.made = append(w.made, id)
	}
	return alive
}

// do lets a thing do what it has to do next, if anything. It reports false when the program is dead.
func (w *jobWork) do(ctx context.Context, p *program, thing string) bool {
	alive, body := w.send(ctx, "PUT", p.endpoint+"/things/"+thing+"/jobs/$next", map[string]any{})
	var out struct{ Execution struct{ JobID string } }
	if !alive || json.Unmarshal(body, &out) != nil || out.Execution.JobID == "" {
		return alive
	}
	w.note(out.Execution.JobID, thing, "IN_PROGRESS")
	if alive, _ = w.send(ctx, "POST", p.endpoint+"/things/"+thing+"/jobs/"+out.Execution.JobID, map[string]any{"status": "SUCCEEDED"}); alive {
		w.note(out.Execution.JobID, thing, "SUCCEEDED")
	}
	return alive
}

func (w *jobWork) note(job, thing, status string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[job+" "+thing] = status
}

// send makes a call that must succeed, unless the program is dead.
func (w *jobWork) send(ctx context.Context, method, url string, in any) (alive bool, body []byte) {
	text, err := json.Marshal(in)
	if err != nil {
		w.t.Error(err)
		return false, nil
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(text))
	if err != nil {
		w.t.Error(err)
		return false, nil
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return false, nil
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		w.t.Errorf("%s %s: %s %s", method, url, res.Status, body)
		return false, nil
	}
	return err == nil, body
}

// compare waits until a job has reached every thing, holds its executions against what the things were told, and counts them.
func (w *jobWork) compare(p *program, id string) int {
	w.t.Helper()
	var found map[string]string
	for range 500 {
		found = map[string]string{}
		list := p.call(w.t, "GET", "/jobs/"+id+"/things?maxResults=250", "", nil)["executionSummaries"].([]any)
		for _, x := range list {
			execution := x.(map[string]any)
			_, thing, _ := strings.Cut(execution["thingArn"].(string), "thing/")
			found[thing] = execution["jobExecutionSummary"].(map[string]any)["status"].(string)
		}
		if len(list) > len(w.things) {
			w.t.Errorf("the job %s has %d executions on %d things", id, len(list), len(w.things))
		}
		if len(found) >= len(w.things) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, thing := range w.things {
		is, told := found[thing], w.told[id+" "+thing]
		if is == "" || told == "SUCCEEDED" && is != told || told == "IN_PROGRESS" && is == "QUEUED" {
			w.t.Errorf("the job %s on %s is %q, but the thing was told %q", id, thing, is, told)
		}
	}
	return len(found)
}
