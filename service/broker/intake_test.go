package broker

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Whatever comes in whatever portions leaves in the same order, and the buffer never exceeds what is needed.
func TestIntake(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	in := intake{limit: 100 << 10}
	var sent, got []byte
	for step := range 20_000 {
		room := in.room()
		if len(room) == 0 {
			t.Fatalf("step %d: no room with %d of %d bytes", step, in.have, len(in.buf))
		}
		n := 1 + r.IntN(min(len(room), 1+r.IntN(70_000)))
		for i := range n {
			room[i] = byte(r.Uint32())
		}
		sent = append(sent, room[:n]...)
		buf := in.take(n)
		used := r.IntN(len(buf) + 1)
		if len(buf) > 90<<10 {
			used = len(buf)
		}
		got = append(got, buf[:used]...)
		in.drop(used)
		if len(in.buf) > in.limit+intakeBatch {
			t.Fatalf("step %d: the buffer has %d bytes", step, len(in.buf))
		}
		if len(sent) > 1<<20 {
			if !bytes.HasPrefix(sent, got) {
				t.Fatalf("step %d: bytes were changed", step)
			}
			sent, got = bytes.Clone(sent[len(got):]), nil
		}
	}
	for range 10 * intakeShrink {
		in.room()
		in.drop(len(in.take(1)))
	}
	if len(in.buf) != intakeMin {
		t.Errorf("an idle buffer has %d bytes, want %d", len(in.buf), intakeMin)
	}
}
