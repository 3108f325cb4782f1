package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"telltale/test/binary"
	"telltale/test/updater"
)

// kill -9, again and again, while 64 devices update their shadows over MQTT as fast as they are answered: every accepted update is there
// afterwards, none is there twice, and what is stored is what was sent with its version.
func TestKillShadows(t *testing.T) {
	const devices, kills = 64, 12
	telltale, err := binary.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fleet := make([]updater.Device, devices)
	for i := range fleet {
		fleet[i] = updater.Device{Name: fmt.Sprintf("device-%d", i), Window: 10, Payload: `{"state":{"reported":{"n":%d}},"clientToken":"%d"}`}
	}
	total, ahead := int64(0), int64(0)
	for round := range kills {
		p := start(t, telltale, dir)
		before := accepted(fleet)
		updateUntilKilled(t, p, fleet, time.Duration(100+rand.IntN(600))*time.Millisecond)
		if accepted(fleet) == before {
			t.Fatalf("round %d: nothing was accepted, so nothing was tested", round)
		}
		p = start(t, telltale, dir)
		for i := range fleet {
			ahead += p.compare(t, &fleet[i])
		}
		p.kill()
	}
	total = accepted(fleet) - ahead
	t.Logf("%d kills: %d accepted updates, all there; %d more were stored and not yet answered", kills, total, ahead)
}

func accepted(fleet []updater.Device) (n int64) {
	for i := range fleet {
		n += fleet[i].Version
	}
	return n
}

// updateUntilKilled lets all devices update for a while and kills the program under them.
func updateUntilKilled(t *testing.T, p *program, fleet []updater.Device, after time.Duration) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var running sync.WaitGroup
	for i := range fleet {
		d := &fleet[i]
		if err := d.Connect(p.mqtt); err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Update(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	for i := range fleet {
		running.Go(func() {
			if err := fleet[i].Update(ctx, 1<<40); updater.IsWrong(err) {
				t.Error(err)
			}
		})
	}
	time.Sleep(after)
	p.kill()
	running.Wait()
}

// compare holds what is stored against what was accepted. It returns by how many updates the shadow is ahead, and lets the device go
// on from there.
func (p *program) compare(t *testing.T, d *updater.Device) (ahead int64) {
	t.Helper()
	stored := p.call(t, "GET", "/things/"+d.Name+"/shadow", "", nil)
	version := int64(stored["version"].(float64))
	n := int64(stored["state"].(map[string]any)["reported"].(map[string]any)["n"].(float64))
	switch {
	case version < d.Version:
		t.Errorf("%s: version %d was accepted, but only %d is there", d.Name, d.Version, version)
	case version > d.Sent:
		t.Errorf("%s: version %d is there, but only %d updates were sent", d.Name, version, d.Sent)
	case n != version:
		t.Errorf("%s: version %d holds what update %d sent", d.Name, version, n)
	}
	ahead = version - d.Version
	d.Version = version
	return ahead
}
