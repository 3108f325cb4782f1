package shape_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iotdata"
	"telltale/lang/shape/logs"
	"telltale/lang/wire"
)

// decode routes and decodes a request.
func decode(t testing.TB, table *wire.Table, r *http.Request, body, scope string) (any, error) {
	t.Helper()
	m, err := table.Route(r, []byte(body), scope)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return m.Decode(r, []byte(body))
}

func TestPublish(t *testing.T) {
	table := newTable()
	f := func(target, body string, headers map[string]string, want iotdata.PublishInput) {
		t.Helper()
		r := httptest.NewRequest("POST", target, nil)
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		got, err := decode(t, table, r, body, "iotdata")
		if err != nil {
			t.Errorf("POST %s: %v", target, err)
			return
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if string(a) != string(b) {
			t.Errorf("POST %s: got %s, want %s", target, a, b)
		}
	}
	properties := `[{"a":"1"}]`
	once := base64.StdEncoding.EncodeToString([]byte(properties))
	twice, _ := json.Marshal(properties)
	f("/topics/a%2Fb?qos=1&retain=true", "x", nil, iotdata.PublishInput{Topic: "a/b", Qos: new(int32(1)), Retain: new(true), Payload: []byte("x")})
	f("/topics/a/b//c", "", nil, iotdata.PublishInput{Topic: "a/b//c"})
	f("/topics/%24aws%2Fthings%2F%C3%A9", "", nil, iotdata.PublishInput{Topic: "$aws/things/é"})
	f("/topics/a", "", map[string]string{"X-Amz-Mqtt5-User-Properties": once}, iotdata.PublishInput{Topic: "a", UserProperties: properties})
	f("/topics/a", "", map[string]string{"X-Amz-Mqtt5-User-Properties": base64.StdEncoding.EncodeToString(twice)}, iotdata.PublishInput{Topic: "a", UserProperties: properties})
	f("/topics/a?contentType=t&messageExpiry=5", "", map[string]string{"X-Amz-Mqtt5-Payload-Format-Indicator": "UTF8_DATA"},
		iotdata.PublishInput{Topic: "a", ContentType: "t", MessageExpiry: new(int64(5)), PayloadFormatIndicator: iotdata.PayloadFormatIndicatorUtf8Data})
}

func TestPublishRefused(t *testing.T) {
	table := newTable()
	f := func(target string, headers map[string]string, want string) {
		t.Helper()
		r := httptest.NewRequest("POST", target, nil)
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		if _, err := decode(t, table, r, "", "iotdata"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("POST %s: got error %v, want %s", target, err, want)
		}
	}
	f("/topics/a?qos=2", nil, "1 validation error detected: Value '2' at 'qos' failed to satisfy constraint: Member must have value less than or equal to 1")
	f("/topics/a?qos=x", nil, `the value "x" must be an integer of 32 bits, at 'qos'`)
	f("/topics/a?retain=yes", nil, `the value "yes" must be true or false, at 'retain'`)
	f("/topics/a", map[string]string{"X-Amz-Mqtt5-User-Properties": "{}"}, "must be JSON in base64")
	f("/topics/a", map[string]string{"X-Amz-Mqtt5-Payload-Format-Indicator": "X"}, "Member must satisfy enum value set: [UNSPECIFIED_BYTES, UTF8_DATA]")
}

// TestSameCallThreeProtocols calls cloudwatch as its old, current and Go clients do.
func TestSameCallThreeProtocols(t *testing.T) {
	table := newTable()
	f := func(headers map[string]string, target, body string) {
		t.Helper()
		r := httptest.NewRequest("POST", target, nil)
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		in, err := decode(t, table, r, body, "monitoring")
		if err != nil {
			t.Errorf("%s: %v", body, err)
			return
		}
		got := in.(*cloudwatch.PutMetricDataInput)
		if got.Namespace != "n" || len(got.MetricData) != 1 || got.MetricData[0].MetricName != "m" || *got.MetricData[0].Value != 1.5 || got.MetricData[0].Timestamp.Unix() != 1763600000 {
			t.Errorf("%s: got %+v", body, got)
		}
	}
	f(map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, "/",
		"Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1.5&MetricData.member.1.Timestamp=2025-11-20T00%3A53%3A20Z")
	f(map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData"}, "/",
		`{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1.5,"Timestamp":1763600000}]}`)
	f(map[string]string{"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, "/service/GraniteServiceVersion20100801/operation/PutMetricData",
		"\xa2iNamespaceanjMetricData\x81\xa3jMetricNameameValue\xf9\x3e\x00iTimestamp\xc1\x1a\x69\x1e\x66\x80")
}

// TestQueryErrorHeader holds the old code for clients that ask for it, and only for them.
func TestQueryErrorHeader(t *testing.T) {
	table := newTable()
	f := func(mode, want string) {
		t.Helper()
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.GetDashboard")
		r.Header.Set("X-Amzn-Query-Mode", mode)
		m, err := table.Route(r, nil, "monitoring")
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Decode(r, []byte("{}"))
		if got := m.EncodeError("id", err).Header.Get("X-Amzn-Query-Error"); got != want {
			t.Errorf("mode %q: got %q, want %q (error %v)", mode, got, want, err)
		}
	}
	f("true", "ValidationError;Sender")
	f("", "")
}

func BenchmarkPublish(b *testing.B) {
	table := newTable()
	body := []byte(`{"state":{"reported":{"temperature":21.5,"humidity":40,"battery":99,"up":true}}}`)
	r := httptest.NewRequest("POST", "/topics/sensors%2Flamp?qos=1", nil)
	b.ReportAllocs()
	for b.Loop() {
		roundTrip(b, table, r, body, "iotdata", &iotdata.PublishOutput{})
	}
}

func BenchmarkPutLogEvents(b *testing.B) {
	table := newTable()
	events := make([]string, 100)
	for i := range events {
		events[i] = fmt.Sprintf(`{"timestamp":%d,"message":%q}`, 1763600000000+i, strings.Repeat("a line of text with \"quotes\" ", 15))
	}
	body := []byte(`{"logGroupName":"group","logStreamName":"stream","logEvents":[` + strings.Join(events, ",") + `]}`)
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "Logs_20140328.PutLogEvents")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		roundTrip(b, table, r, body, "logs", &logs.PutLogEventsOutput{NextSequenceToken: "t"})
	}
}

func roundTrip(b *testing.B, table *wire.Table, r *http.Request, body []byte, scope string, out any) {
	m, err := table.Route(r, body, scope)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := m.Decode(r, body); err != nil {
		b.Fatal(err)
	}
	if _, err := m.Encode("id", out); err != nil {
		b.Fatal(err)
	}
}
