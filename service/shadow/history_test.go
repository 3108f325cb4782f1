package shadow

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/fault"
	"telltale/lang/shape/iotdata"
	"telltale/store/state"
)

const lampUpdate = "$aws/things/lamp/shadow/update"

// rows counts the revisions in the database.
func (w *world) rows() (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *state.Tx) (err error) {
		n, err = revisions.Count(tx, state.Key{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// seqs lists the changes of the lamp's shadow that can be seen.
func (w *world) seqs() (list []int64) {
	w.t.Helper()
	changes, err := w.Log(w.t.Context(), home, "lamp", "", 0, maxLog)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range changes {
		list = append(list, c.Seq)
	}
	return list
}

func TestLogTellsWhoChangedWhat(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		w.send(lampUpdate, ` {"state": {"desired": {"on": true}, "reported": {"x": null}}, "clientToken": "t"}`)
		time.Sleep(time.Minute)
		ok(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{"reported":null}}`)})
		w.send(lampUpdate, `{"state":{},"version":9}`) // refused: no change
		time.Sleep(time.Minute)
		w.send("$aws/things/lamp/shadow/delete", ``)
		changes, err := w.Log(t.Context(), home, "lamp", "", 0, 10)
		if err != nil || len(changes) != 3 {
			t.Fatalf("got %+v, %v, want 3 changes", changes, err)
		}
		f := func(c Change, want string) {
			t.Helper()
			got := fmt.Sprint(c.Seq, " ", c.Version, " ", c.Time.Unix()-epoch, " ", c.Deleted, " ", c.Protocol, " ", c.ClientID, " ", c.PrincipalID, " ", c.SourceIP, " ", string(c.Request))
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		f(changes[0], `3 2 120 true MQTT dev1 cert-dev1 192.0.2.7 `)
		f(changes[1], `2 2 60 false HTTP  AIDAEXAMPLE 198.51.100.1 {"reported":null}`)
		f(changes[2], `1 1 0 false MQTT dev1 cert-dev1 192.0.2.7 {"desired":{"on":true},"reported":{"x":null}}`)
		if got, want := changes[2].Trace, device(home, "dev1").Trace.String(); got != want {
			t.Errorf("trace %s, want %s", got, want)
		}
		if got, want := changes[1].Trace, w.origins[1].Trace.String(); got != want {
			t.Errorf("trace of the call %s, want that of its fact, %s", got, want)
		}
	})
}

func TestLogPages(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		for range 5 {
			w.send(lampUpdate, `{"state":{}}`)
		}
		var got []int64
		for before := int64(0); ; {
			page, err := w.Log(t.Context(), home, "lamp", "", before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, c := range page {
				got = append(got, c.Seq)
			}
			before = page[len(page)-1].Seq
		}
		if fmt.Sprint(got) != "[5 4 3 2 1]" {
			t.Errorf("got %v", got)
		}
		for _, limit := range []int{0, maxLog + 1} {
			if _, err := w.Log(t.Context(), home, "lamp", "", 0, limit); !fault.Is(err, fault.Invalid) {
				t.Errorf("limit %d: got %v", limit, err)
			}
		}
		if changes, err := w.Log(t.Context(), home, "lamp", "other", 0, 1); err != nil || changes != nil {
			t.Errorf("a shadow that never was: got %v, %v", changes, err)
		}
	})
}

func TestAt(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		start := time.Now()
		time.Sleep(time.Hour)
		w.send(lampUpdate, `{"state":{"reported":{"a":1}}}`)
		time.Sleep(time.Hour)
		w.send(lampUpdate, `{"state":{"reported":{"a":2}}}`)
		time.Sleep(time.Hour)
		w.send("$aws/things/lamp/shadow/delete", ``)
		time.Sleep(100 * time.Hour)
		w.send(lampUpdate, `{"state":{"reported":{"b":3}}}`)
		f := func(after time.Duration, wantVersion int64, wantDocument string) {
			t.Helper()
			m, err := w.At(t.Context(), home, "lamp", "", start.Add(after))
			if err != nil || m.Version != wantVersion || string(m.Document) != wantDocument || m.Deleted != (wantDocument == "") {
				t.Errorf("after %v: got %+v %s, %v\nwant version %d %s", after, m, m.Document, err, wantVersion, wantDocument)
			}
		}
		const first = `{"state":{"reported":{"a":1}},"metadata":{"reported":{"a":{"timestamp":946688400}}},"version":1,"timestamp":946688400}`
		const second = `{"state":{"reported":{"a":2}},"metadata":{"reported":{"a":{"timestamp":946692000}}},"version":2,"timestamp":946692000}`
		const third = `{"state":{"reported":{"b":3}},"metadata":{"reported":{"b":{"timestamp":947055600}}},"version":1,"timestamp":947055600}`
		f(time.Hour, 1, first)
		f(2*time.Hour-time.Millisecond, 1, first)
		f(2*time.Hour, 2, second)
		f(3*time.Hour, 2, "")
		f(102*time.Hour, 2, "")
		f(103*time.Hour, 1, third)
		f(1000*time.Hour, 1, third)
		_, err := w.At(t.Context(), home, "lamp", "", start)
		if !fault.Is(err, fault.NotFound) || err.(*fault.Error).Message() != "The shadow lamp did not exist at 2000-01-01T00:00:00Z." {
			t.Errorf("before it existed: got %v", err)
		}
		if _, err := w.At(t.Context(), home, "lamp", "other", start); !fault.Is(err, fault.NotFound) {
			t.Errorf("a shadow that never was: got %v", err)
		}
	})
}

func TestHistoryIsBoundedByNumber(t *testing.T) {
	cfg := Default()
	cfg.Revisions = 3
	bubble(t, cfg, func(t *testing.T, w *world) {
		start := time.Now()
		for range 10 {
			time.Sleep(time.Second)
			w.send(lampUpdate, `{"state":{}}`)
		}
		if got := w.seqs(); fmt.Sprint(got) != "[10 9 8 7]" || w.rows() != 4 {
			t.Errorf("seen are %v, stored %d", got, w.rows())
		}
		_, err := w.At(t.Context(), home, "lamp", "", start.Add(6*time.Second))
		if !fault.Is(err, fault.NotFound) || err.(*fault.Error).Message() != "The history of the shadow lamp does not reach back to 2000-01-01T00:00:06Z: it keeps 30 days and 3 revisions." {
			t.Errorf("got %v", err)
		}
	})
	cfg.Revisions = 0
	bubble(t, cfg, func(t *testing.T, w *world) {
		for range 3 {
			w.send(lampUpdate, `{"state":{}}`)
		}
		if got := w.seqs(); fmt.Sprint(got) != "[3]" || w.rows() != 1 {
			t.Errorf("without history seen are %v, stored %d", got, w.rows())
		}
	})
}

func TestHistoryIsBoundedByAge(t *testing.T) {
	const day = 24 * time.Hour
	bubble(t, Default(), func(t *testing.T, w *world) {
		for range 3 {
			w.send(lampUpdate, `{"state":{}}`)
			time.Sleep(10 * day)
		}
		f := func(want string, rows int) {
			t.Helper()
			synctest.Wait()
			if got := w.seqs(); fmt.Sprint(got) != want || w.rows() != rows {
				t.Errorf("day %v: seen are %v, stored %d, want %s and %d", time.Since(time.Unix(epoch, 0))/day, got, w.rows(), want, rows)
			}
		}
		f("[3 2 1]", 3) // day 30
		time.Sleep(10 * day)
		f("[3 2 1]", 3) // day 40: until day 10 the first was the shadow
		time.Sleep(time.Second)
		f("[3 2]", 3) // hidden at once
		time.Sleep(day)
		f("[3 2]", 2) // removed by the sweep
		time.Sleep(365 * day)
		f("[3]", 1) // the shadow as it is stays forever
		w.send("$aws/things/lamp/shadow/delete", ``)
		f("[4 3]", 2)
		time.Sleep(30 * day)
		f("[4 3]", 2)
		time.Sleep(2 * day)
		f("[]", 0)
	})
}

// A sweep takes many portions, and shadows do not count for each other.
func TestSweepOfManyShadows(t *testing.T) {
	cfg := Default()
	cfg.InFlight = 1000
	bubble(t, cfg, func(t *testing.T, w *world) {
		for i := range 200 {
			for range 4 {
				w.HandleMessage(t.Context(), newMessage(fmt.Sprintf("$aws/things/thing%03d/shadow/update", i), `{"state":{}}`))
			}
		}
		synctest.Wait()
		if got := w.rows(); got != 800 {
			t.Fatalf("%d rows, want 800", got)
		}
		time.Sleep(32 * 24 * time.Hour)
		synctest.Wait()
		if got := w.rows(); got != 200 {
			t.Errorf("after a month %d rows, want one for each shadow", got)
		}
	})
}

// What the number of revisions allowed before is removed by the sweep when it allows less.
func TestFewerRevisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, cfg := memory(t), Default()
		w := newWorld(t, db, cfg)
		stop := w.start()
		for range 6 {
			w.send(lampUpdate, `{"state":{}}`)
		}
		stop()
		cfg.Revisions = 2
		w = newWorld(t, db, cfg)
		if got := w.seqs(); fmt.Sprint(got) != "[6 5 4]" {
			t.Errorf("seen are %v", got)
		}
		stop = w.start()
		synctest.Wait()
		stop()
		if w.rows() != 3 {
			t.Errorf("%d rows, want 3", w.rows())
		}
	})
}
