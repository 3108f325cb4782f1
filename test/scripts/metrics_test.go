package scripts

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// metric NAME SUM [DIMENSION=VALUE...] checks that a metric of AWS/IoT adds up to a number, over all time. It waits up to 15 seconds
// for it: facts are counted a moment after they happened.
func metric(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: metric NAME SUM [DIMENSION=VALUE...]")
	}
	want, err := strconv.ParseFloat(args[1], 64)
	ts.Check(err)
	ask := url.Values{
		"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/IoT"}, "MetricName": {args[0]},
		"StartTime": {"2020-01-01T00:00:00Z"}, "EndTime": {"2100-01-01T00:00:00Z"}, "Period": {"86400000"}, "Statistics.member.1": {"Sum"},
	}
	for i, dimension := range args[2:] {
		name, value, ok := strings.Cut(dimension, "=")
		if !ok {
			ts.Fatalf("metric: %q is not DIMENSION=VALUE", dimension)
		}
		ask.Set(fmt.Sprintf("Dimensions.member.%d.Name", i+1), name)
		ask.Set(fmt.Sprintf("Dimensions.member.%d.Value", i+1), value)
	}
	deadline := time.Now().Add(15 * time.Second)
	for {
		got, text, err := sumOf(ts.Getenv("GATEWAY"), ask)
		ts.Check(err)
		if got == want {
			return
		}
		if time.Now().After(deadline) || got > want {
			ts.Fatalf("metric %q is %v, want %v\n%s", args, got, want, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// sumOf asks the server of a dev mode, where a call needs no signature.
func sumOf(gateway string, ask url.Values) (sum float64, text []byte, err error) {
	res, err := http.PostForm(gateway, ask)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	if text, err = io.ReadAll(res.Body); err != nil {
		return 0, nil, err
	}
	var out struct {
		Sums []float64 `xml:"GetMetricStatisticsResult>Datapoints>member>Sum"`
	}
	if err := xml.Unmarshal(text, &out); err != nil || res.StatusCode != http.StatusOK {
		return 0, nil, fmt.Errorf("GetMetricStatistics: %s, %v\n%s", res.Status, err, text)
	}
	for _, x := range out.Sums {
		sum += x
	}
	return sum, text, nil
}
