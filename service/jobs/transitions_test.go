package jobs

import (
	"strings"
	"testing"
)

// The states of the reference: from each status, who may lead to which.
// (aws: iot/iot-jobs-lifecycle#iot-job-execution-states)
var reference = map[status]map[status]string{
	none:       {queued: "rollout"},
	queued:     {inProgress: "device", succeeded: "device", failed: "device", rejected: "device", canceled: "cancel force", removed: "departure"},
	inProgress: {inProgress: "device", succeeded: "device", failed: "device", rejected: "device", timedOut: "timer", canceled: "force", removed: "departure"},
}

var actors = []actor{byRollout, byDevice, byTimer, byCancel, byForce, byDeparture}

// Every pair of statuses, and everyone who might try it.
func TestTransitions(t *testing.T) {
	all := append([]status{none}, statuses...)
	tried := 0
	for _, from := range all {
		for _, to := range all {
			for _, by := range actors {
				tried++
				allowed := false
				for _, name := range strings.Fields(reference[from][to]) {
					allowed = allowed || name == string(by)
				}
				r := checkTransition(from, to, by)
				switch {
				case allowed != (r == nil):
					t.Errorf("%q to %q by %s: refused with %v, want allowed %v", from, to, by, r, allowed)
				case r == nil:
				case from.terminal() && r.code != terminalStateReached, !from.terminal() && r.code != invalidStateTransition:
					t.Errorf("%q to %q by %s: refused with %v", from, to, by, r)
				}
			}
		}
	}
	if want := 9 * 9 * 6; tried != want {
		t.Errorf("%d cases were tried, want %d", tried, want)
	}
}

func TestTerminal(t *testing.T) {
	for _, s := range append([]status{none}, statuses...) {
		want := s != none && s != queued && s != inProgress
		if s.terminal() != want {
			t.Errorf("%q is terminal: %v, want %v", s, s.terminal(), want)
		}
	}
}
