package action

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const toTimestream = `{"timestream":{"roleArn":"` + role + `","databaseName":"plant-${topic(1)}","tableName":"readings","dimensions":[{"name":"device","value":"${topic(2)}"},{"name":"a b","value":"x,=y"}]}}`

const readings = `{"on":true,"off":false,"n":-7,"x":1.50,"e":1e3,"text":"say \"hi\"\\","list":[1, {"a":"é"}],"none":null}`

// at adds a timestamp to toTimestream.
func at(value, unit string) string {
	return strings.TrimSuffix(toTimestream, "}}") + fmt.Sprintf(`,"timestamp":{"value":"%s","unit":"%s"}}}`, value, unit)
}

func TestTimestream(t *testing.T) {
	service := newAPI(t, awsJSON, `{}`)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", service.url)})
	w.want(w.run(at("${t}", "SECONDS"), `{"t":1700000000,"x":1.50,"on":true,"text":"hi","list":[1, 2],"none":null}`), "Database=plant-sensors Table=readings",
		"timestream:WriteRecords on arn:aws:timestream:eu-west-1:123456789012:database/plant-sensors/table/readings")
	calls, signed := service.called()
	record := func(name, value, kind string) string {
		return fmt.Sprintf(`{"MeasureName":"%s","MeasureValue":"%s","MeasureValueType":"%s"}`, name, value, kind)
	}
	want := `WriteRecords {"CommonAttributes":{"Dimensions":[{"Name":"device","Value":"7"},{"Name":"a b","Value":"x,=y"}],"Time":"1700000000","TimeUnit":"SECONDS"},"DatabaseName":"plant-sensors","Records":[` +
		strings.Join([]string{record("list", "[1,2]", "VARCHAR"), record("on", "true", "BOOLEAN"), record("t", "1700000000", "BIGINT"), record("text", "hi", "VARCHAR"), record("x", "1.50", "DOUBLE")}, ",") +
		`],"TableName":"readings"}`
	if len(calls) != 1 || calls[0] != want || signed[0] != "eu-west-1/timestream" {
		t.Errorf("signed for %s\n got %s\nwant %s", signed, strings.Join(calls, "\n     "), want)
	}

	many := map[string]int{}
	for i := range 2*maxMeasures + 1 {
		many[fmt.Sprint("m", i)] = i
	}
	payload, _ := json.Marshal(many)
	if got := w.run(toTimestream, string(payload)); got.err != nil {
		t.Error(got.err)
	}
	if calls, _ := service.called(); len(calls) != 3 {
		t.Errorf("%d calls for %d measures", len(calls), len(many))
	}
	service.replying(reply{status: 500, name: "InternalServerException"}, reply{status: 200, body: `{}`})
	if got := w.run(toTimestream, `{"a":1}`); got.err != nil {
		t.Errorf("after one failure: %v", got.err)
	}
	service.replying(reply{status: 400, name: "ResourceNotFoundException"})
	w.wantError(w.run(toTimestream, `{"a":1}`), "Failed to write records to Timestream. The error received was it is ResourceNotFoundException (Service: Timestream Write; Status Code: 400; Error Code: ResourceNotFoundException")
	if calls, _ := service.called(); len(calls) != 1 {
		t.Errorf("%d tries to write to a table that is not there", len(calls))
	}
}

// The service tells of each record why it was rejected.
func TestTimestreamRejects(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(419)
		fmt.Fprint(w, `{"__type":"RejectedRecordsException","Message":"One or more records have been rejected.","RejectedRecords":[{"RecordIndex":0,"Reason":"too old"},{"RecordIndex":2,"Reason":"of another type"}]}`)
	}))
	defer server.Close()
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", server.URL)})
	w.wantError(w.run(toTimestream, `{"a":1}`), "; record 0: too old; record 2: of another type")
}

func TestTimestreamRefuses(t *testing.T) {
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", "http://127.0.0.1:1")})
	f := func(was, is, words string) {
		t.Helper()
		w.refused(strings.Replace(at("1", "SECONDS"), was, is, 1), words)
	}
	f(role, "me", "roleArn")
	f(`"readings"`, `""`, "tableName")
	f(`"plant-${topic(1)}"`, `"${"`, "databaseName: ")
	f(`"device"`, `""`, `dimensions[0].name "" is not allowed`)
	for _, name := range []string{"measure_name", "measure_value", "measure_value::x", "time", "ts_a"} {
		f(`"device"`, `"`+name+`"`, "are reserved")
	}
	f(`"device"`, `"a:b"`, "it has a colon")
	f(`"device"`, `"a b"`, "another dimension has it")
	f(`"${topic(2)}"`, `""`, "dimensions[0].value")
	f(`"1"`, `"now"`, "timestamp.value")
	f(`"SECONDS"`, `"DAYS"`, "timestamp.unit")
	f(`{"name":"device","value":"${topic(2)}"},{"name":"a b","value":"x,=y"}`, ``, "dimensions")
	run := func(payload, words string) {
		t.Helper()
		w.wantError(w.run(at("${t}", "SECONDS"), payload), "Failed to write records to Timestream: "+words)
	}
	run(`[1]`, "timestamp.value")
	run(`{"t":1.5}`, `timestamp.value "1.5" is not allowed`)
	w.wantError(w.run(toTimestream, `[1]`), "the payload is not a JSON object")
	w.wantError(w.run(toTimestream, `{"a":null}`), "the payload has no attribute that could be a measure")
	w.wantError(w.run(toTimestream, `{"a":9223372036854775808}`), `the attribute "a" cannot be a measure`)
	w.wantError(w.run(strings.Replace(toTimestream, "${topic(2)}", "${a}", 1), `{}`), `dimensions[0].value "" is not allowed: it is empty`)
	w.needs = &Needs{}
	w.refused(toTimestream, "no endpoint for timestream is configured")
	for endpoint, words := range map[string]string{
		"influx+ftp://localhost":                    "influx+http: or influx+https: is wanted",
		"influx+http://localhost/write?precision=s": "lines have nanoseconds",
	} {
		w.needs = &Needs{Endpoints: endpoints(t, "timestream", endpoint)}
		w.refused(toTimestream, words)
	}
}

// influxURL points an endpoint at a server that keeps what it gets.
func influxURL(c *cluster, login, rest string) string {
	return "influx+" + strings.Replace(c.URL, "//", "//"+login, 1) + rest
}

func TestInflux(t *testing.T) {
	c := newCluster(t, httptest.NewServer)
	c.status = http.StatusNoContent
	f := func(login, rest, wantURL, auth, tag string) {
		t.Helper()
		w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", influxURL(c, login, rest))})
		w.want(w.run(at("1700000000123", "MILLISECONDS"), readings), "Database=plant-sensors Table=readings",
			"timestream:WriteRecords on arn:aws:timestream:eu-west-1:123456789012:database/plant-sensors/table/readings")
		want := `readings,a\ b=x\,\=y` + tag + `,device=7 e=1000,list="[1,{\"a\":\"é\"}]",n=-7i,off=false,on=true,text="say \"hi\"\\",x=1.5 1700000000123000000`
		if got := strings.TrimSpace(c.body); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if got := c.last.Method + " " + c.last.URL.String() + " " + c.last.Header.Get("Authorization"); got != "POST "+wantURL+" "+auth {
			t.Errorf("\n got %s\nwant %s %s", got, wantURL, auth)
		}
	}
	f("", "", "/write?db=plant-sensors", "", "")
	f("me:secret@", "/", "/write?db=plant-sensors", "Basic bWU6c2VjcmV0", "")
	f("token:t0k@", "/api/v2/write?org=o&bucket=b", "/api/v2/write?bucket=b&org=o", "Token t0k", ",database=plant-sensors")
	f("", "/write?db=all", "/write?db=all", "", ",database=plant-sensors")
}

func TestInfluxTime(t *testing.T) {
	c := newCluster(t, httptest.NewServer)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", influxURL(c, "", ""))})
	before := time.Now()
	w.run(toTimestream, `{"a":1}`)
	var nanoseconds int64
	if _, err := fmt.Sscanf(c.body, `readings,a\ b=x\,\=y,device=7 a=1i %d`, &nanoseconds); err != nil || nanoseconds < before.UnixMilli()*1e6 || nanoseconds > time.Now().UnixNano() {
		t.Errorf("wrote %s after %d: %v", c.body, before.UnixNano(), err)
	}
	w.run(at("17", "NANOSECONDS"), `{"a":1}`)
	if !strings.HasSuffix(strings.TrimSpace(c.body), " 17") {
		t.Errorf("wrote %s", c.body)
	}
}

func TestInfluxFailures(t *testing.T) {
	c := newCluster(t, httptest.NewServer)
	w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", influxURL(c, "", "/write?db=x"))})
	f := func(status, tries int, words string) {
		t.Helper()
		c.status, c.words, c.count = status, "words", 0
		w.wantError(w.run(toTimestream, `{"a":1}`), words)
		if c.count != tries {
			t.Errorf("%d: %d tries, want %d", status, c.count, tries)
		}
	}
	f(400, 1, "Failed to write records to Timestream. The error received was 400 Bad Request words")
	f(503, 3, "503 Service Unavailable words")
	w.wantError(w.run(strings.Replace(toTimestream, `"device"`, `"database"`, 1), `{"a":1}`), "the dimension database is taken")
	w.wantError(w.run(toTimestream, `{"\n":1}`), "Failed to write records to Timestream")
	c.Close()
	w.wantError(w.run(toTimestream, `{"a":1}`), "connection refused")
}

func TestInfluxTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &Needs{Endpoints: endpoints(t, "timestream", "influx+http://localhost"), HTTP: &http.Client{Transport: slow(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}})
		task, err := w.task(w.compile(toTimestream), `{"a":1}`)
		if err != nil {
			t.Fatal(err)
		}
		w.wantError(outcome{err: task.Run(t.Context())}, "there was no answer within 8s")
	})
}
