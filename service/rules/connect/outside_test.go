package connect

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"telltale/lang/rulesql"
)

const home = "eu-west-1"

// asked is what a service got, and what it answers.
type asked struct {
	url    string
	list   []string // "target or path body"
	status int
	header http.Header
	body   string
}

func serve(t *testing.T) *asked {
	a := &asked{status: 200, header: http.Header{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		what := r.Header.Get("X-Amz-Target")
		if what == "" {
			what = r.URL.Path + " " + r.Header.Get("X-Amz-Invocation-Type")
		}
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=telltale/") {
			t.Errorf("%s is signed by %q", what, r.Header.Get("Authorization"))
		}
		a.list = append(a.list, what+" "+string(b))
		for name := range a.header {
			w.Header().Set(name, a.header.Get(name))
		}
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	}))
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

func outside(t *testing.T, name, url string) *Outside {
	t.Helper()
	e, err := ParseEndpoints(map[string]string{name: url})
	if err != nil {
		t.Fatal(err)
	}
	return &Outside{Endpoints: e}
}

// check compares an answer or the text of an error.
func check(t *testing.T, got []byte, err error, want, wantError string) {
	t.Helper()
	if string(got) != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
		t.Errorf("\n got %s and error %v\nwant %s and error %s", got, err, want, wantError)
	}
}

func TestInvoke(t *testing.T) {
	service := serve(t)
	o := outside(t, "lambda", service.url)
	f := func(function, want, wantError string) {
		t.Helper()
		got, err := o.Invoke(t.Context(), home, function, []byte(`{"a":1}`))
		check(t, got, err, want, wantError)
	}
	service.body = `{"b":2}`
	f(functionARN+"f", `{"b":2}`, "")
	if want := "/2015-03-31/functions/" + functionARN + `f/invocations RequestResponse {"a":1}`; len(service.list) != 1 || service.list[0] != want {
		t.Errorf("asked %s, want %s", service.list, want)
	}
	service.header.Set("X-Amz-Function-Error", "Unhandled")
	service.body = `{"errorMessage":"division by zero","errorType":"E"}`
	f(functionARN+"f", "", "function "+functionARN+"f failed (Unhandled): division by zero")
	service.body = `oh`
	f(functionARN+"f", "", "failed (Unhandled): oh")
	service.header = http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException"}, "X-Amzn-Requestid": {"R1"}}
	service.status, service.body = 404, `{"Message":"no such function"}`
	f(functionARN+"f", "", "f: no such function (Service: Lambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: R1)")

	o = &Outside{Functions: parseFunctions(t, "local", script(t, "cat"))}
	f(functionARN+"local", `{"a":1}`, "")
	f(functionARN+"f", "", "function "+functionARN+"f is not configured (--function NAME=URL or NAME=exec:PROGRAM), and no endpoint for lambda is configured")
	_, err := o.Predict(t.Context(), "ml-1", nil)
	check(t, nil, err, "", "model ml-1 is not configured")
}

func TestItem(t *testing.T) {
	service := serve(t)
	o := outside(t, "dynamodb", service.url)
	f := func(key rulesql.ItemKey, want, wantError string) {
		t.Helper()
		got, err := o.Item(t.Context(), home, key)
		check(t, got, err, want, wantError)
	}
	service.body = `{"Item":{"s":{"S":"x"},"n":{"N":"12345678901234567890.10"},"b":{"B":"/w=="},"t":{"BOOL":true},"z":{"NULL":true},
		"l":{"L":[{"N":"1"},{"M":{"k":{"S":"v"}}}]},"ss":{"SS":["a"]},"ns":{"NS":["1","2"]},"bs":{"BS":["/w=="]}}}`
	f(rulesql.ItemKey{Table: "t", PartitionName: "id", PartitionValue: `"a"`, SortName: "at", SortValue: "7"},
		`{"b":"/w==","bs":["/w=="],"l":[1,{"k":"v"}],"n":12345678901234567890.10,"ns":[1,2],"s":"x","ss":["a"],"t":true,"z":null}`, "")
	if got := service.list[0]; !strings.HasPrefix(got, "DynamoDB_20120810.GetItem ") || !strings.Contains(got, `"id":{"S":"a"}`) || !strings.Contains(got, `"at":{"N":"7"}`) || !strings.Contains(got, `"ConsistentRead":true`) {
		t.Errorf("asked %s", got)
	}
	f(rulesql.ItemKey{Table: "t", PartitionName: "id", PartitionValue: `a`}, "", "the value of the key attribute id: it is not JSON")
	service.body = `{}`
	f(rulesql.ItemKey{Table: "t", PartitionName: "id", PartitionValue: `1`}, "", "table t has no item with id = 1")
	service.status, service.body = 400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no such table"}`
	f(rulesql.ItemKey{Table: "t", PartitionName: "id", PartitionValue: `1`}, "", "table t: no such table (Service: DynamoDB; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: none)")
	o = &Outside{}
	f(rulesql.ItemKey{Table: "t", PartitionName: "id", PartitionValue: `1`}, "", "no endpoint for dynamodb is configured")
}

func TestAttributes(t *testing.T) {
	f := func(object, wantError string) {
		t.Helper()
		got, err := Attributes([]byte(object))
		if (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("%s: got %v and error %v, want %s", object, got, err, wantError)
		}
		if err != nil {
			return
		}
		if back, err := itemJSON(got); err != nil || string(back) != object {
			t.Errorf("%s came back as %s, %v", object, back, err)
		}
	}
	f(`{"a":[1e400,-0.10,"x",true,null,{}]}`, "")
	f(`[]`, "it is not a JSON object")
	f(`{} {}`, "it is not JSON: there is more after the value")
	f(`{`, "it is not JSON")
}

func TestSecret(t *testing.T) {
	service := serve(t)
	o := outside(t, "secretsmanager", service.url)
	f := func(id, kind, want, wantError string, times int) {
		t.Helper()
		service.list = nil
		got, err := o.Secret(t.Context(), home, id, kind)
		check(t, got, err, want, wantError)
		if len(service.list) != times || times > 0 && service.list[0] != `secretsmanager.GetSecretValue {"SecretId":"`+id+`"}` {
			t.Errorf("asked %s, want %d", service.list, times)
		}
	}
	service.body = `{"SecretString":"{\"user\":\"me\"}"}`
	f("db", "SecretString", `{"user":"me"}`, "", 1)
	service.body = `{"SecretBinary":"/w=="}`
	f("db", "SecretString", `{"user":"me"}`, "", 0) // remembered
	f("key", "SecretBinary", "\xff", "", 1)
	f("key", "SecretString", "", "secret key has no SecretString", 0)
	service.status, service.body = 400, `{"__type":"ResourceNotFoundException","Message":"no such secret"}`
	f("none", "SecretString", "", "secret none: no such secret (Service: Secrets Manager; Status Code: 400;", 1)
	service.status, service.body = 200, `{"SecretString":"now"}`
	f("none", "SecretString", "now", "", 1) // an error is not remembered
	_, err := (&Outside{}).Secret(t.Context(), home, "db", "SecretString")
	check(t, nil, err, "", "no endpoint for secretsmanager is configured")
}

func TestSecretsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s secrets
		s.put(secretKey{home, "a"}, secretValue{until: time.Now().Add(secretAge)})
		time.Sleep(secretAge - time.Second)
		if _, ok := s.get(secretKey{home, "a"}); !ok {
			t.Error("forgotten too early")
		}
		time.Sleep(time.Second)
		if _, ok := s.get(secretKey{home, "a"}); ok {
			t.Error("remembered too long")
		}
		for i := range 3 * maxSecrets {
			s.put(secretKey{home, strings.Repeat("x", i)}, secretValue{})
		}
		if len(s.values) > maxSecrets {
			t.Errorf("%d secrets are remembered", len(s.values))
		}
	})
}

func TestObjects(t *testing.T) {
	backend := s3mem.New()
	s := httptest.NewServer(gofakes3.New(backend).Server())
	defer s.Close()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	for key, b := range map[string][]byte{"a b/c": []byte("set"), "much": make([]byte, MaxObject+1)} {
		if _, err := backend.PutObject("files", key, nil, bytes.NewReader(b), int64(len(b)), nil); err != nil {
			t.Fatal(err)
		}
	}
	o := outside(t, "s3", s.URL)
	f := func(bucket, key, want, wantError string) {
		t.Helper()
		got, err := o.Fetch(t.Context(), home, bucket, key)
		check(t, got, err, want, wantError)
	}
	f("files", "a b/c", "set", "")
	f("files", "none", "", "object none of bucket files: ")
	f("files", "none", "", "Status Code: 404; Error Code: NoSuchKey; ")
	f("files", "much", "", "object much of bucket files has more than 10485760 bytes")

	url, err := o.Presign(t.Context(), home, "files", "a b/c", 90*time.Second)
	if err != nil || !strings.HasPrefix(url, s.URL+"/files/a%20b/c?") || !strings.Contains(url, "X-Amz-Expires=90&") {
		t.Errorf("got %s, %v", url, err)
	}
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if b, _ := io.ReadAll(answer.Body); string(b) != "set" {
		t.Errorf("%s gives %s", url, b)
	}
	o = &Outside{}
	f("files", "a", "", "no endpoint for s3 is configured")
	_, err = o.Presign(t.Context(), home, "files", "a", time.Second)
	check(t, nil, err, "", "no endpoint for s3 is configured")
}

// Only AWS finds a bucket in a host's name.
func TestBucketInHost(t *testing.T) {
	f := func(endpoint, want string) {
		t.Helper()
		url, err := outside(t, "s3", endpoint).Presign(t.Context(), home, "files", "a", time.Minute)
		if err != nil || !strings.HasPrefix(url, want) {
			t.Errorf("%s: got %s, %v, want %s", endpoint, url, err, want)
		}
	}
	f("http://127.0.0.1:9000", "http://127.0.0.1:9000/files/a?")
	f("http://localhost:9000", "http://localhost:9000/files/a?")
	f("https://minio.example/base", "https://minio.example/base/files/a?")
	f("https://s3.eu-west-1.amazonaws.com", "https://files.s3.eu-west-1.amazonaws.com/a?")
}

func TestDeadline(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := outside(t, "s3", s.URL).Fetch(ctx, home, "files", "a")
	check(t, nil, err, "", "object a of bucket files: There was no answer in the time")
}
