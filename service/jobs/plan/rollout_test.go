package plan

import "testing"

func TestRate(t *testing.T) {
	f := func(r *Rollout, told, succeeded int64, want float64) {
		t.Helper()
		if got := r.Rate(told, succeeded); got != want {
			t.Errorf("%+v after %d told, %d succeeded: got %v, want %v", r, told, succeeded, got, want)
		}
	}
	f(nil, 5, 5, 0)
	f(&Rollout{PerMinute: 7}, 500, 500, 7)
	notified := &Rollout{PerMinute: 1000, Base: 50, Factor: 2, Notified: 1000}
	f(notified, 0, 0, 50)
	f(notified, 999, 5000, 50)
	f(notified, 1000, 0, 100)
	f(notified, 2000, 0, 200)
	f(notified, 3999, 0, 400)
	f(notified, 4000, 0, 800)
	f(notified, 5000, 0, 1000)
	f(notified, 1_000_000_000, 0, 1000)
	succeed := &Rollout{PerMinute: 120, Base: 10, Factor: 1.5, Succeeded: 10}
	f(succeed, 1000, 9, 10)
	f(succeed, 0, 10, 15)
	f(succeed, 0, 200, 120)
}
