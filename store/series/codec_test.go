package series

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func statOf(values ...float64) Stat {
	var s Stat
	for _, v := range values {
		s.Add(v, 1)
	}
	return s
}

func TestStatSurvivesItsEncoding(t *testing.T) {
	f := func(s Stat) {
		t.Helper()
		r := &reader{rest: appendStat(nil, &s)}
		got := r.stat(new(Histogram))
		if r.bad || r.more() || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v is read back as %+v (damaged: %v, rest %d bytes)", s, got, r.bad, len(r.rest))
		}
	}
	f(Stat{})
	f(statOf(1))
	f(statOf(1, 1, 1))
	f(statOf(0, 1))
	f(statOf(-3.5, 0, 1e300, math.SmallestNonzeroFloat64))
	f(statOf(0.1, 0.1, 0.1))
	f(statOf(math.Ldexp(1, 60)))
	var set Stat
	set.AddSet(10, 3, 1, 7)
	f(set)
	set.Add(2, 0.5)
	f(set)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		var s Stat
		for range rng.IntN(20) {
			s.Add(math.Round(rng.NormFloat64()*1000)/float64(1+rng.IntN(10)), float64(1+rng.IntN(3)))
		}
		f(s)
	}
}

func TestCounterMinutesAreSmall(t *testing.T) {
	var buckets []timed
	for i := range 60 {
		var s Stat
		s.Add(1, 50)
		buckets = append(buckets, timed{int64(i) * 60, s})
	}
	if n := len(encodeBlock(0, 60, buckets)); n > 1+60*5 {
		t.Errorf("an hour of a counter takes %d bytes, want at most 301", n)
	}
}

func TestBlockRefusesDamage(t *testing.T) {
	blob := encodeBlock(7200, 60, []timed{{7200, statOf(1, 2)}, {7260, statOf(3)}, {10740, statOf(1.5)}})
	got, err := decodeBlock(blob, 7200, 60, 3600)
	if err != nil || len(got) != 3 || got[2].at != 10740 || got[2].Sum != 1.5 {
		t.Fatalf("decodeBlock = %+v, %v", got, err)
	}
	f := func(name string, blob []byte) {
		t.Helper()
		if got, err := decodeBlock(blob, 7200, 60, 3600); err == nil {
			t.Errorf("%s: read as %+v, want an error", name, got)
		}
	}
	f("empty", nil)
	f("another version", append([]byte{9}, blob[1:]...))
	f("cut off", blob[:len(blob)-1])
	f("after the end of the block", encodeBlock(7200, 60, []timed{{10800, statOf(1)}}))
	f("twice the same minute", encodeBlock(7200, 60, []timed{{7200, statOf(1)}, {7200, statOf(1)}}))
	f("no values", encodeBlock(7200, 60, []timed{{7200, Stat{}}}))
}

func TestMentionsSurviveTheirEncoding(t *testing.T) {
	list := []mention{{1, timed{1_800_000_000, statOf(1, 2, 3)}}, {1, timed{1_800_000_060, Stat{}}}, {7, timed{1_700_000_040, statOf(-1)}}}
	got, err := decodeMentions(encodeMentions(list))
	if err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("decodeMentions = %+v, %v, want %+v", got, err, list)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encodeBlock(0, 60, []timed{{0, statOf(1)}, {120, statOf(1, 2.5)}}))
	f.Add(encodeMentions([]mention{{3, timed{60, statOf(-1, 0, 1)}}, {4, timed{}}}))
	f.Fuzz(func(t *testing.T, blob []byte) {
		if buckets, err := decodeBlock(blob, 0, 60, 3600); err == nil {
			again, err := decodeBlock(encodeBlock(0, 60, buckets), 0, 60, 3600)
			if err != nil || len(again) != len(buckets) {
				t.Errorf("%+v is read back as %+v, %v", buckets, again, err)
			}
			if !slices.IsSortedFunc(buckets, func(a, b timed) int { return int(a.at - b.at) }) {
				t.Errorf("buckets are not sorted: %+v", buckets)
			}
		}
		decodeMentions(blob)
	})
}
