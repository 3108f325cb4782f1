package fault

import (
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// A subscriber that does not read stands beside others that do: they get every message in order while it reads nothing, what it lost is
// counted, and told in one entry when it reads again.
func TestSlowSubscriber(t *testing.T) {
	const fast, count, size = 4, 3000, 8 << 10
	s := besiege(t)
	before := s.holds()
	subscribe := func(v *visitor) *visitor {
		v.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("slow/t")}}})
		v.want(mqtt.TypeSuback)
		return v
	}
	slow, pub := subscribe(s.visit("slow")), s.visit("pub")
	var running sync.WaitGroup
	delays := make([][]time.Duration, fast)
	for i := range fast {
		v := subscribe(s.visit(fmt.Sprint("fast", i)))
		running.Go(func() { delays[i] = v.count(count) })
	}
	sent := time.Now()
	for i := range count {
		payload := make([]byte, size)
		binary.BigEndian.PutUint64(payload, uint64(i))
		binary.BigEndian.PutUint64(payload[8:], uint64(time.Now().UnixNano()))
		pub.send(&mqtt.Publish{Topic: []byte("slow/t"), Payload: payload, QoS: 1, ID: 1})
		pub.want(mqtt.TypePuback)
	}
	took := time.Since(sent)
	running.Wait()
	var all []time.Duration
	for _, d := range delays {
		all = append(all, d...)
	}
	slices.Sort(all)
	if len(all) != fast*count {
		t.Fatalf("the fast subscribers got %d messages of %d", len(all), fast*count)
	}
	t.Logf("%d messages in %v; delays of the fast subscribers: median %v, 99 %% %v", count, took.Round(time.Millisecond), all[len(all)/2], all[len(all)*99/100])

	got := slow.drain(t)
	t.Logf("the slow subscriber got %d of %d messages", got, count)
	if got == 0 || got >= count {
		t.Fatal("nothing was tested")
	}
	want := float64(count - got)
	entries := s.dropped(t)
	for range 150 { // facts are counted and told a moment after they happened
		if s.sum(t, "PublishOut.Throttle") == want && len(entries) > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
		entries = s.dropped(t)
	}
	if sum := s.sum(t, "PublishOut.Throttle"); sum != want {
		t.Errorf("PublishOut.Throttle is %v; %v messages were dropped", sum, want)
	}
	if len(entries) != 1 || !strings.Contains(entries[0], fmt.Sprintf("%v messages were dropped", want)) {
		t.Errorf("the entries of the drops: %q; want one that says %v", entries, want)
	}
	t.Logf("before: %v; after: %v", before, s.holds())
}

// count reads messages that count up from zero, and returns how long each took.
func (v *visitor) count(n int) (delays []time.Duration) {
	for i := range n {
		header, body, err := v.next()
		if err != nil {
			v.t.Errorf("message %d: %v", i, err)
			return delays
		}
		p, err := mqtt.DecodePublish(header, body, mqtt.V311)
		if err != nil || len(p.Payload) < 16 || binary.BigEndian.Uint64(p.Payload) != uint64(i) {
			v.t.Errorf("message %d is not the one that was due: %v", i, err)
			return delays
		}
		delays = append(delays, time.Duration(time.Now().UnixNano()-int64(binary.BigEndian.Uint64(p.Payload[8:]))))
	}
	return delays
}

// drain reads what waits for a subscriber that did not read until now, until a ping is answered, and returns how many messages it was.
func (v *visitor) drain(t *testing.T) (got int) {
	v.send(&mqtt.Pingreq{})
	for last := -1; ; got++ {
		header, body, err := v.next()
		if err != nil {
			t.Fatal(err)
		}
		if mqtt.TypeOf(header) == mqtt.TypePingresp {
			return got
		}
		p, err := mqtt.DecodePublish(header, body, mqtt.V311)
		if err != nil || len(p.Payload) < 16 {
			t.Fatalf("message %d: %v", got, err)
		}
		number := int(binary.BigEndian.Uint64(p.Payload))
		if number <= last {
			t.Fatalf("message %d came after %d", number, last)
		}
		last = number
	}
}

// dropped are the details of the entries that tell of dropped messages.
func (s *siege) dropped(t *testing.T) (details []string) {
	out := s.call(t, "POST", "/", "Logs_20140328.FilterLogEvents", map[string]any{
		"logGroupName": "AWSIotLogsV2", "filterPattern": `{ $.eventType = "Publish-Out" && $.status = "Failure" }`})
	for _, x := range out["events"].([]any) {
		var e struct{ Details string }
		if err := json.Unmarshal([]byte(x.(map[string]any)["message"].(string)), &e); err != nil {
			t.Fatal(err)
		}
		details = append(details, e.Details)
	}
	return details
}

// sum is a metric of AWS/IoT over all time.
func (s *siege) sum(t *testing.T, metric string) (sum float64) {
	res, err := http.PostForm(s.endpoint, url.Values{
		"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/IoT"}, "MetricName": {metric},
		"StartTime": {"2020-01-01T00:00:00Z"}, "EndTime": {"2100-01-01T00:00:00Z"}, "Period": {"86400000"}, "Statistics.member.1": {"Sum"},
		"Dimensions.member.1.Name": {"Protocol"}, "Dimensions.member.1.Value": {"MQTT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var out struct {
		Sums []float64 `xml:"GetMetricStatisticsResult>Datapoints>member>Sum"`
	}
	if err != nil || xml.Unmarshal(text, &out) != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GetMetricStatistics: %s %v\n%s", res.Status, err, text)
	}
	for _, x := range out.Sums {
		sum += x
	}
	return sum
}
