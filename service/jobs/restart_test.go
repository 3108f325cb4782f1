package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
	"telltale/service/registry"
	"telltale/store/state"
)

func onDisk(t testing.TB, dir string) *state.DB {
	t.Helper()
	db, err := openOnDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openOnDisk(dir string) (*state.DB, error) {
	cfg := state.Default()
	cfg.Path = filepath.Join(dir, "state.db")
	return state.Open(cfg, append(Tables(), registry.Tables()...)...)
}

// life runs a service on what an earlier one left in a directory.
func life(t *testing.T, dir string, f func(w *world)) {
	t.Helper()
	db := onDisk(t, dir)
	w := newWorld(t, db, Default())
	stop := w.start()
	synctest.Wait()
	f(w)
	stop()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Timers go on while the program does not run; those that are overdue fire when it starts again.
func TestTimersSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		life(t, dir, func(w *world) {
			w.give(job{ID: "j1", Settings: plan.Settings{Timeout: 5}}, "lamp", "late", "step")
			w.send(lamp+"start-next", `{}`)
			w.send("$aws/things/step/jobs/start-next", `{"stepTimeoutInMinutes":3}`)
			minutes(4)
		})
		life(t, dir, func(w *world) { // the step timer ran out before the program ended
			w.wantStatus("j1", "step", timedOut, 3, 1)
			w.wantStatus("j1", "lamp", inProgress, 2, 1)
			w.send("$aws/things/late/jobs/start-next", `{}`)
			minutes(0.5)
			w.wantStatus("j1", "lamp", inProgress, 2, 1)
		})
		time.Sleep(2 * time.Minute)
		life(t, dir, func(w *world) {
			w.wantStatus("j1", "lamp", timedOut, 3, 1)
			w.wantStatus("j1", "late", inProgress, 2, 1)
			if got := w.topics(); len(got) != 2 {
				t.Errorf("told %q of the time-out, want notify and notify-next", got)
			}
			minutes(3)
			w.wantStatus("j1", "late", timedOut, 3, 1)
		})
	})
}

// What was to be told when the program ended is told when it starts again, and only once.
func TestNotificationsSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db := onDisk(t, dir)
		w := newWorld(t, db, Default()) // does not run
		w.give(job{ID: "j1"}, "lamp")
		w.want("nobody runs", w.published())
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		life(t, dir, func(w *world) { w.want("first life", w.topics(), "notify", "notify-next") })
		life(t, dir, func(w *world) { w.want("second life", w.topics()) })
	})
}

// Event messages wait for the program, too.
func TestEventMessagesSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db := onDisk(t, dir)
		w := newWorld(t, db, Default()) // does not run
		w.give(job{ID: "j1"}, "lamp")
		w.moveTo("j1", "lamp", succeeded, byDevice)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		life(t, dir, func(w *world) {
			if got := w.take(&w.events); len(got) != 1 || !strings.Contains(got[0], `"status":"SUCCEEDED"`) {
				t.Errorf("announced %q", got)
			}
		})
	})
}

// victim names the directory in which a child process does jobs until it is killed.
const victim = "TELLTALE_JOBS_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		os.Exit(workForever(dir))
	}
	os.Exit(m.Run())
}

// answered is what the tests read of an answer.
type answered struct {
	ClientToken    string
	ExecutionState struct{ VersionNumber int64 }
}

// TestKill kills a process that does jobs, at whatever point it is, and looks for what it had accepted.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		accepted := killed(t, dir, 60+round*37)
		w := newWorld(t, onDisk(t, dir), Default())
		w.checkAccepted(accepted)
		w.checkTallies()
		stop := w.start()
		for begun := time.Now(); w.dueNotices() > 0 && time.Since(begun) < time.Minute; {
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		w.checkTold()
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killed lets a child work until it has given so many answers, and returns the newest version it told of each job.
func killed(t *testing.T, dir string, answers int) map[string]int64 {
	child := exec.Command(os.Args[0], "-test.run=none")
	child.Env = append(os.Environ(), victim+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	accepted := map[string]int64{}
	decoder := json.NewDecoder(out) // every answer that came through the pipe had left the process
	for n := 0; ; n++ {
		if n == answers {
			child.Process.Kill()
		}
		var a answered
		if decoder.Decode(&a) != nil {
			break
		}
		accepted[a.ClientToken] = a.ExecutionState.VersionNumber
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) {
		t.Fatalf("the child ended with %v", err)
	}
	if len(accepted) == 0 {
		t.Fatal("the child accepted nothing")
	}
	return accepted
}

func (w *world) checkAccepted(accepted map[string]int64) {
	w.t.Helper()
	err := w.view(context.Background(), func(c *change) error {
		for id, version := range accepted {
			e, err := c.mustFind(home, id, "lamp", 1)
			if err != nil {
				return err
			}
			if e.Version < version {
				return fmt.Errorf("version %d of %s was accepted, but only %d is there", version, id, e.Version)
			}
			if again, err := c.execution(home, id, "lamp", 2); err != nil || (again != nil) != (e.Status == failed) {
				return fmt.Errorf("%s is %s and its retry is %v, %v", id, e.Status, again, err)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

// checkTallies counts all executions anew.
func (w *world) checkTallies() {
	w.t.Helper()
	err := w.view(context.Background(), func(c *change) error {
		counted := map[string]map[status]int64{}
		for e, err := range executions.Scan(c.tx, at(home), state.Key{}, 0) {
			if err != nil {
				return err
			}
			if counted[e.Job] == nil {
				counted[e.Job] = map[status]int64{}
			}
			counted[e.Job][e.Status]++
		}
		for id, want := range counted {
			t, err := c.tally(home, id)
			if err != nil {
				return err
			}
			if got := nonZero(t.All); fmt.Sprint(got) != fmt.Sprint(want) {
				return fmt.Errorf("the counts of %s are %v, its executions %v", id, got, want)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

func (w *world) dueNotices() (n int) {
	err := w.view(context.Background(), func(c *change) (err error) {
		n, err = notices.CountIndex(c.tx, "due", state.Key{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// checkTold checks that the thing knows its first pending execution and that nothing is left to tell.
func (w *world) checkTold() {
	w.t.Helper()
	err := w.view(context.Background(), func(c *change) error {
		n, err := c.notice(home, "lamp")
		if err != nil {
			return err
		}
		next, err := c.next(home, "lamp")
		if err != nil {
			return err
		}
		var first point
		if next != nil {
			first = point{next.Job, next.Number}
		}
		if n.Due != 0 || n.First != first {
			return fmt.Errorf("the thing was told of %+v, due %d, but the first is %+v", n.First, n.Due, first)
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

// crier prints the answers of accepted updates as they leave.
type crier struct{}

func (crier) Publish(_ context.Context, m *message.Message) error {
	if strings.HasSuffix(m.Topic, "/update/accepted") {
		os.Stdout.Write(m.Payload)
	}
	return nil
}

// workForever makes jobs for a thing and does them.
func workForever(dir string) int {
	db, err := openOnDisk(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx := context.Background()
	reg, err := registry.New(ctx, registry.Config{}, registry.Needs{State: db})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	limits := Default()
	limits.InFlight = 100
	s, err := New(ctx, limits, Needs{State: db, Publisher: crier{}, Registry: reg})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	go s.Run(ctx)
	for n := 0; ; n++ {
		id := fmt.Sprintf("j%d-%d", os.Getpid(), n)
		err := s.update(ctx, func(c *change) error {
			j := &job{Scope: home, ID: id, Status: iot.JobStatusInProgress, Selection: iot.TargetSelectionContinuous, Created: c.now, Updated: c.now,
				Settings: plan.Settings{Timeout: 60, Retry: []plan.RetryRule{{Failure: iot.RetryableFailureTypeFailed, Times: 1}}}}
			j.Progress.Done = true
			if err := c.putJob(j); err != nil {
				return err
			}
			_, err := c.queue(j, "lamp", nil, "the test wants it")
			return err
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		for _, to := range []status{inProgress, inProgress, failed} {
			payload := fmt.Sprintf(`{"status":"%s","clientToken":"%s","includeJobExecutionState":true,"executionNumber":1}`, to, id)
			s.HandleMessage(ctx, &message.Message{Origin: device(home, "lamp"), Topic: "$aws/things/lamp/jobs/" + id + "/update", Payload: []byte(payload)})
		}
	}
}
