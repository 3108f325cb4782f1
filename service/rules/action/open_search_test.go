package action

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// cluster keeps the last request, and answers with what it is told to.
type cluster struct {
	*httptest.Server
	status int
	words  string
	last   *http.Request
	body   string
	count  int
}

func newCluster(t testing.TB, start func(http.Handler) *httptest.Server) *cluster {
	c := &cluster{status: http.StatusCreated}
	c.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.last, c.body, c.count = r, string(body), c.count+1
		w.WriteHeader(c.status)
		io.WriteString(w, c.words)
	}))
	t.Cleanup(c.Close)
	return c
}

func searchJSON(key, endpoint, kind string) string {
	return fmt.Sprintf(`{"%s":{"roleArn":"%s","endpoint":"%s","index":"plant-${topic(2)}","type":"%s","id":"${newuuid()}"}}`, key, role, endpoint, kind)
}

func TestOpenSearch(t *testing.T) {
	const id = "6a1b7a5e-0000-4000-8000-000000000001"
	rules := newCluster(t, httptest.NewTLSServer)
	plain := newCluster(t, httptest.NewServer)
	f := func(w *world, at *cluster, key, endpoint, kind, resource, auth string) {
		t.Helper()
		*w = world{t: t, needs: w.needs, sql: w.sql, topic: "sensors/7"}
		w.want(w.run(searchJSON(key, endpoint, kind), `{"t":1}`), "Endpoint="+endpoint+" Index=plant-7",
			"es:ESHttpPut on arn:aws:es:eu-west-1:123456789012:domain/"+resource+"/plant-7/"+kind+"/"+id)
		got := at.last.Method + " " + at.last.URL.Path + " " + at.body
		if want := `PUT /plant-7/` + kind + `/` + id + ` {"t":1}`; got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if got := at.last.Header.Get("Authorization"); !strings.HasPrefix(got, auth) || (auth == "") != (got == "") {
			t.Errorf("authorized with %q, want %q", got, auth)
		}
	}
	w := newWorld(t, &Needs{HTTP: rules.Client()})
	f(w, rules, "openSearch", "https://search-plant-x7.example.com", "_doc", "search-plant-x7.example.com", "")
	f(w, rules, "elasticsearch", "https://es.example.com/", "reading", "es.example.com", "")
	w.needs = &Needs{PlainHTTP: true}
	f(w, plain, "openSearch", plain.URL, "_doc", "127.0.0.1", "")
	const aws = "https://search-my-plant-x7.eu-west-1.es.amazonaws.com"
	w.needs = &Needs{Endpoints: endpoints(t, "opensearch", plain.URL, "elasticsearch", strings.Replace(plain.URL, "//", "//AKIAIOSFODNN7EXAMPLE:secret@", 1)+"?region=eu-west-3")}
	f(w, plain, "openSearch", aws, "_doc", "my-plant", "")
	f(w, plain, "elasticsearch", aws, "reading", "my-plant", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
	if got := plain.last.Header.Get("Authorization"); !strings.Contains(got, "/eu-west-3/es/aws4_request") {
		t.Errorf("signed with %s", got)
	}
	w.needs = &Needs{Endpoints: endpoints(t, "opensearch", strings.Replace(plain.URL, "//", "//admin:secret@", 1))}
	f(w, plain, "openSearch", aws, "_doc", "my-plant", "Basic ")
}

func TestOpenSearchFailures(t *testing.T) {
	c := newCluster(t, httptest.NewServer)
	w := newWorld(t, &Needs{PlainHTTP: true})
	a := w.compile(searchJSON("openSearch", c.URL, "_doc"))
	f := func(status, tries int, answer, text string) {
		t.Helper()
		c.status, c.words, c.count = status, answer, 0
		w.wantError(w.do(a, `{}`), "Failed to put OpenSearch document. The error received was "+text)
		if c.count != tries {
			t.Errorf("%s: %d tries, want %d", text, c.count, tries)
		}
	}
	f(400, 1, `{"error":"mapper_parsing_exception"}`, `400 Bad Request {"error":"mapper_parsing_exception"}`)
	f(503, 3, "", "503 Service Unavailable")
	f(403, 1, strings.Repeat("é", 600), "403 Forbidden "+strings.Repeat("é", 250)+"…")
	c.Close()
	w.wantError(w.do(a, `{}`), "connection refused")
	w.wantError(w.do(a, `[]`), "Failed to put OpenSearch document: the payload is not a JSON object")
	w.wantError(w.run(strings.Replace(searchJSON("openSearch", c.URL, "_doc"), "plant-${topic(2)}", "${x}", 1), `{}`), `index "" is not allowed: it is empty`)
	w.wantError(w.run(searchJSON("openSearch", "http://${x}", "_doc"), `{"x":"a.example"}`), "endpoint \"http://a.example\" is not allowed")
}

func TestOpenSearchTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(t, &Needs{HTTP: &http.Client{Transport: slow(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}})
		task, err := w.task(w.compile(searchJSON("openSearch", "https://a.example", "_doc")), `{}`)
		if err != nil {
			t.Fatal(err)
		}
		w.wantError(outcome{err: task.Run(t.Context())}, "there was no answer within 8s")
		if time.Since(began) != searchTime {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

func TestOpenSearchRefusesParameters(t *testing.T) {
	w := newWorld(t, &Needs{})
	good := searchJSON("openSearch", "https://a.example", "_doc")
	f := func(was, is, words string) {
		t.Helper()
		w.refused(strings.Replace(good, was, is, 1), words)
	}
	f("https://a.example", "http://127.0.0.1:9200", "must begin with https://")
	f("https://a.example", "https://", "names no host")
	f("https://a.example", "a.example", "endpoint")
	f(`"_doc"`, `"reading"`, `type "reading" is not allowed: allowed are _doc`)
	f("plant-${topic(2)}", "", "index")
	f("plant-${topic(2)}", "${", "index: ")
	f("${newuuid()}", "", "id")
	f(role, "me", "roleArn")
	w.compile(searchJSON("elasticsearch", "https://a.example", "reading"))
}
