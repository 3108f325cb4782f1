package metricmath

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// parseSeries reads "[1,-,3]": points a minute apart from 1970 on, - for a missing one.
func parseSeries(s string) *Series {
	out := &Series{Period: 60}
	for i, part := range strings.Split(strings.Trim(s, "[]"), ",") {
		if v, err := strconv.ParseFloat(part, 64); err == nil {
			out.Points = append(out.Points, Point{int64(i) * 60, v})
		}
	}
	return out
}

func printSeries(s *Series) string {
	n := int64(0)
	for _, p := range s.Points {
		n = max(n, p.Time/60+1)
	}
	parts := make([]string, max(n, 1))
	for i := range parts {
		parts[i] = "-"
	}
	for _, p := range s.Points {
		parts[p.Time/60] = strconv.FormatFloat(math.Round(p.Value*1000)/1000, 'g', -1, 64)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func evaluate(expr string, values ...string) (string, error) {
	e, err := Parse(expr)
	if err != nil {
		return "", err
	}
	env := &Env{From: 0, To: 300, Period: 60}
	for i, v := range values {
		s := parseSeries(v)
		s.ID = fmt.Sprint("m", i+1)
		env.Metrics = append(env.Metrics, s)
	}
	env.Lookup = func(id string) (Value, error) {
		for _, s := range env.Metrics {
			if s.ID == id {
				return Of(s), nil
			}
		}
		return Value{}, fmt.Errorf("no query has the id %s", id)
	}
	v, err := e.Eval(env)
	if err != nil {
		return "", err
	}
	var out []string
	for _, s := range v.Series() {
		out = append(out, printSeries(s))
	}
	return strings.Join(out, " "), nil
}

func TestEval(t *testing.T) {
	f := func(expr, want string, values ...string) {
		t.Helper()
		got, err := evaluate(expr, values...)
		if err != nil || got != want {
			t.Errorf("%s of %v = %s, %v, want %s", expr, values, got, err, want)
		}
	}
	// Operators.
	f("m1+m2*2", "[5,8,3]", "[1,2,3]", "[2,3,-]")
	f("(m1+m2)*2", "[6,10,6]", "[1,2,3]", "[2,3,-]")
	f("m1-m2-1", "[0,0]", "[3,5]", "[2,4]")
	f("-m1^2", "[-4,-9]", "[2,3]")
	f("2^m1^2", "[2,16]", "[1,2]")
	f("m1/m2", "[2,-,0]", "[4,5,-]", "[2,0,3]")
	f("m1/0", "[-]", "[4,5]")
	f("100*(m2+m3)/(m1+m2+m3)", "[25,0,100]", "[3,5,-]", "[1,-,-]", "[-,-,2]")
	f("m1 < m2", "[0,0,1,0]", "[30,20,0,0]", "[20,-,20,-]")
	f("m1 >= 2 AND m1 != 3", "[0,1,0]", "[1,2,3]")
	f("m1 == 1 || m1 == 3 OR 0", "[1,0,1]", "[1,2,3]")
	f("[m1, m2] * 2", "[2] [4]", "[1]", "[2]")
	f("[m1, m2] - [m2, m1]", "[-1] [1]", "[1]", "[2]")
	f("1.5e1*m1", "[15]", "[1]")
	// The documented table of IF.
	cond, a, b := "[1,1,0,0,-]", "[30,-,0,0,30]", "[0,0,20,-,20]"
	f("IF(m1,m2,m3)", "[30,0,20,0]", cond, a, b)
	f("IF(m1,5,m2)", "[5,5,20]", cond, b)
	f("IF(m1,m2,5)", "[30,0,5,5]", cond, a)
	f("IF(m1,m2)", "[30,0]", cond, a)
	f("IF(1,m1,m2)", "[1]", "[1]", "[2]")
	f("IF(0,m1,m2)", "[2]", "[1]", "[2]")
	// Aggregates.
	f("SUM(METRICS())", "[3,2,5]", "[1,2,-]", "[2,-,5]")
	f("AVG([m1,m2])", "[1.5,1,2.5]", "[1,2,-]", "[2,-,5]")
	f("MIN(METRICS())", "[1,2,5]", "[1,2,-]", "[2,-,5]")
	f("MAX(METRICS(\"2\"))", "[2,-,5]", "[1,2,-]", "[2,-,5]")
	f("m1-AVG(m1)", "[-1,0,-,1]", "[1,2,-,3]")
	f("m1/SUM(m1)", "[0.25,0.75]", "[1,3]")
	f("m1*0+MIN(m1)+MAX(m1)*10", "[31,31]", "[1,3]")
	f("m1*0+STDDEV(m1)", "[2,2,2,2,2,2,2,2]", "[2,4,4,4,5,5,7,9]")
	f("m1*0+DATAPOINT_COUNT(m1)", "[2,-,2]", "[1,-,3]")
	f("m1*METRIC_COUNT(METRICS())", "[2]", "[1]", "[2]")
	// Pointwise.
	f("ABS(m1)", "[1,2]", "[-1,2]")
	f("CEIL(m1)+FLOOR(m1)", "[3]", "[1.5]")
	f("LOG10(m1)", "[2,-,-]"[:2]+"]", "[100,0,-1]")
	f("LOG(m1)", "[0]", "[1]")
	f("DIFF(m1)", "[-,1,-,-3]", "[1,2,-,-1]")
	f("DIFF_TIME(m1)", "[-,60,-,120]", "[1,2,-,-1]")
	f("RATE(m1)", "[-,1,-,0.5]", "[0,60,-,120]")
	f("RUNNING_SUM(m1)", "[1,-,3,6]", "[1,-,2,3]")
	// Gaps.
	f("FILL(m1,0)", "[1,0,3,0,0]", "[1,-,3]")
	f("FILL(m1,0)", "[0,0,0,0,0]", "[-]")
	f("FILL(m1,REPEAT)", "[-,2,2,3,3]", "[-,2,-,3]")
	f("FILL(m1,LINEAR)", "[-,2,3,4]", "[-,2,-,4]")
	f("FILL(m1,m2)", "[1,9,3]", "[1,-,3]", "[8,9,-]")
	f("FILL(METRICS(),1)", "[5,1,1,1,1] [1,6,1,1,1]", "[5]", "[-,6]")
	// Arrays.
	f("FIRST(METRICS())+LAST(METRICS())", "[5]", "[1]", "[2]", "[4]")
	f("SLICE(METRICS(),1)", "[2]", "[1]", "[2]", "[4]")
	f("SLICE(METRICS(),1,9)", "[2] [4]", "[1]", "[2]", "[4]")
	f("SORT(METRICS(),SUM,DESC,2)", "[4] [2]", "[1]", "[2]", "[4]")
	f("SORT(METRICS(),AVG,ASC)", "[1] [2] [4]", "[4]", "[2]", "[1]")
	f("REMOVE_EMPTY(METRICS())", "[2]", "[-]", "[2]")
	// Times.
	f("m1/PERIOD(m1)", "[2]", "[120]")
	f("MINUTE(m1)+100*HOUR(m1)", "[0,1]", "[5,5]")
	f("DAY(m1)*1000000+YEAR(m1)+DATE(m1)+MONTH(m1)", "[4.001972e+06]", "[5]") // a Thursday
	f("EPOCH(m1)", "[0,-,120]", "[5,-,5]")
	f("TIME_SERIES(3)", "[3,3,3,3,3]")
}

func TestErrorsNameTheMistake(t *testing.T) {
	f := func(expr, want string) {
		t.Helper()
		got, err := evaluate(expr, "[1,2]")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %s, %v, want an error with %q", expr, got, err, want)
		}
	}
	f("", "the end of the expression")
	f("m1+", "the end of the expression (at character 4)")
	f("m1 m1", `Unexpected "m1"`)
	f("(m1", `Expected ")"`)
	f("m1 # 2", `'#' is not part`)
	f("m1 + 'a'", "not allowed here")
	f("m1 + 'a", "no closing quote")
	f("1+2", "gives a number")
	f("1/0+m1", "no result")
	f("1..2*m1", "not a number")
	f("m9", "no query has the id m9")
	f("Sum(m1)", "There is no function Sum")
	f("SEARCH('{AWS/IoT} x', 'Sum')", "The function SEARCH is not supported")
	f("ANOMALY_DETECTION_BAND(m1)", "ANOMALY_DETECTION_BAND is not supported")
	f("SELECT SUM(x) FROM y", "Metrics Insights")
	f("SUM()", "SUM takes 1 argument, found 0")
	f("FILL(m1)", "FILL takes 2 arguments")
	f("IF(m1)", "IF takes 2 to 3 arguments")
	f("FILL(1,0)", "FILL: argument 1 is a number")
	f("FILL(m1,NOTHING)", "NOTHING")
	f("RATE(1)", "RATE: argument 1 is a number")
	f("SORT(METRICS(),P99,ASC)", "P99")
	f("[1,m1]", "number as an element")
	f("[m1]-[m1,m1]", "1 and 2 elements")
	f(strings.Repeat("(", 100)+"m1"+strings.Repeat(")", 100), "nested more than 64")
	f(strings.Repeat("-", 100)+"m1", "nested more than 64")
	f(strings.Repeat("m1+", 1000)+"m1", "3002 characters; allowed are 2048")
}

func TestLookupErrorsPass(t *testing.T) {
	e, err := Parse("m1+1")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk")
	if _, err := e.Eval(&Env{Lookup: func(string) (Value, error) { return Value{}, broken }}); err != broken {
		t.Errorf("Eval = %v, want %v", err, broken)
	}
}

func TestRefs(t *testing.T) {
	e, err := Parse("m1+IF(m2>m1, a_b, SUM(METRICS()))")
	if err != nil || fmt.Sprint(e.Refs()) != "[m1 m2 a_b]" {
		t.Errorf("Refs = %v, %v", e.Refs(), err)
	}
}

func FuzzEval(f *testing.F) {
	for _, s := range []string{"100*(m2+m1)/m1", "FILL(m1, REPEAT)", "IF(m1 > 2 AND m2, -m1^2, [m1,m2])", "SORT(METRICS('m'),SUM,DESC,2)", "SLICE([m1],0,1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		evaluate(expr, "[1,-,3]", "[-,2,0]") // must not panic
	})
}
