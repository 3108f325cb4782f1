package rulesql

import "testing"

const (
	benchSQL     = "SELECT temp, topic(2) AS d FROM 'sensors/+/t' WHERE temp > 30"
	benchPayload = `{"temp":31.25,"humidity":55,"battery":3.61,"site":"hall 7","device":"s7-000123","ok":true,"gps":{"lat":52.5201,"lon":13.4049},"seq":1844,"tags":["a","b"],"x":1}`
)

func TestBenchPayload(t *testing.T) {
	if len(benchPayload) != 160 {
		t.Fatalf("the payload of the benchmark has %d bytes, want 160", len(benchPayload))
	}
}

func benchQuery(t testing.TB, sql string) *Query {
	t.Helper()
	q, err := Parse(sql, V20160323)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestEvalAllocates(t *testing.T) {
	f := func(sql string, most float64) {
		t.Helper()
		q, e, env, payload := benchQuery(t, sql), NewEvaluator(), testEnv(), []byte(benchPayload)
		got := testing.AllocsPerRun(1000, func() {
			if r, err := e.Eval(q, env, payload); err != nil || !r.Matched {
				t.Fatal(r, err)
			}
		})
		if got > most {
			t.Errorf("%s: %v allocations, want at most %v", sql, got, most)
		}
	}
	f(benchSQL, 2) // the payload as a string, and the result
	f("SELECT * FROM 'sensors/+/t'", 0)
	f("SELECT * FROM 'sensors/+/t' WHERE temp > 30 AND site = 'hall 7'", 1)
	f("SELECT *, clientid() AS c, timestamp() AS ts", 2)
}

func BenchmarkEval(b *testing.B) {
	f := func(name, sql string) {
		b.Run(name, func(b *testing.B) {
			q, e, env, payload := benchQuery(b, sql), NewEvaluator(), testEnv(), []byte(benchPayload)
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if r, err := e.Eval(q, env, payload); err != nil || !r.Matched {
					b.Fatal(r, err)
				}
			}
		})
	}
	f("typical", benchSQL)
	f("star", "SELECT * FROM 'sensors/+/t'")
	f("enrich", "SELECT *, clientid() AS c, timestamp() AS ts FROM 'sensors/+/t'")
	f("nested", "SELECT (SELECT VALUE lat FROM gps) AS lat, round(temp) AS t, upper(site) AS s")
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(benchSQL, V20160323); err != nil {
			b.Fatal(err)
		}
	}
}
