package scripts

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver is an HTTP server that a script listens with.
type receiver struct {
	http.Server
	mu     sync.Mutex
	file   *os.File
	status atomic.Int64
}

// receivers are those of a script by name.
type receivers map[string]*receiver

// listen NAME [STATUS] starts an HTTP server that answers every request with a status, 200 unless told otherwise, and writes a line METHOD
// PATH BODY for each into NAME.http. It sets NAME_URL. Called again, it only changes the status.
func listen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: listen NAME [STATUS]")
	}
	all, name := ts.Value("receivers").(receivers), args[0]
	r := all[name]
	if r == nil {
		file, err := os.Create(ts.MkAbs(name + ".http"))
		ts.Check(err)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		r = &receiver{file: file}
		r.Handler = r
		all[name] = r
		ts.Setenv(name+"_URL", "http://"+l.Addr().String())
		go func() { _ = r.Serve(l) }()
		ts.Defer(func() { _ = r.Close(); _ = file.Close() })
	}
	status := 200
	if len(args) > 1 {
		var err error
		status, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	r.status.Store(int64(status))
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	fmt.Fprintf(r.file, "%s %s %s\n", q.Method, q.URL.RequestURI(), body)
	r.mu.Unlock()
	w.WriteHeader(int(r.status.Load()))
}
