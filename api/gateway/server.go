// Package gateway is the one HTTP door: the list of steps that every AWS API call takes.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/wire"
	"telltale/lang/wire/sigv4"
	"telltale/service/broker"
	"telltale/service/identity"
	"telltale/service/trail"
)

// Auditor is told each call once, whatever became of it.
type Auditor interface {
	RecordCall(ctx context.Context, c *trail.Call)
}

// Config is what an operator may change of the gateway.
type Config struct {
	// Region is that of requests whose signature names none.
	Region string
	// Unsigned lets requests without a signature in, as the root of the default account. Dev mode does so.
	Unsigned bool
	// MaxSkew is how far a request's clock may be off. 0 is five minutes, as on AWS.
	MaxSkew time.Duration
	// Devices is the account and region of devices that nothing else assigns to one.
	Devices caller.Scope
}

// Needs is what the gateway is built on.
type Needs struct {
	Table    *wire.Table
	Identity *identity.Directory
	Broker   *broker.Broker // lets devices in, and clients over WebSocket; nil: none come
	Domains  broker.Domains // other server names than that of the default endpoint; nil: there are none
	Auditor  Auditor
	Pages    map[string]http.Handler // pages of our own, by path; they are not API calls
	Diary    *slog.Logger
}

// Server answers AWS API calls.
type Server struct {
	cfg   Config
	needs Needs
	keys  *sigv4.KeyCache
}

// New returns a gateway.
func New(cfg Config, needs Needs) *Server {
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	return &Server{cfg: cfg, needs: needs, keys: sigv4.NewKeyCache(1024)}
}

// call is one API call on its way through the steps.
type call struct {
	r         *http.Request
	ctx       context.Context
	caller    caller.Caller
	signature *sigv4.Signature // nil for an unsigned request
	body      []byte           // as sent; decompressed after authenticate
	match     wire.Match
	way       string         // how a device authenticates; "" if it is none
	device    *broker.Device // once it has
	in, out   any
}

// steps is the way of a call. The first error ends it; encode, audit and respond always follow.
var steps = []struct {
	name string
	run  func(*Server, *call) error
}{
	{"read", (*Server).read},
	{"route", (*Server).route},
	{"authenticate", (*Server).authenticate},
	{"decode", (*Server).decode},
	{"authorize", (*Server).authorize},
	{"invoke", (*Server).invoke},
}

// ServeHTTP answers one of our own pages, or walks the steps of an API call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil {
		r.TLS = connectionOf(r).tls
	}
	if page, ok := s.needs.Pages[r.URL.Path]; ok {
		page.ServeHTTP(w, r)
		return
	}
	if r.URL.Path == socketPath && s.needs.Broker != nil {
		s.upgrade(w, r)
		return
	}
	c := &call{r: r, ctx: r.Context()}
	defer func() { // encoding and auditing are not the call's own work, but a bug there must cost no more than it
		if p := recover(); p != nil {
			s.bug(c, p)
			http.Error(w, "internal error in request "+c.caller.RequestID, http.StatusInternalServerError)
		}
	}()
	err := s.walk(c)
	answer, err := s.encode(c, err)
	s.audit(c, err) // before the answer leaves, so that the client finds its call in the history
	s.respond(w, c, answer)
}

// walk takes the steps. A panic in one of them is answered and audited like any internal error: a bug costs one call.
func (s *Server) walk(c *call) (err error) {
	c.caller.RequestID = uuid.NewString()
	defer func() {
		if p := recover(); p != nil {
			s.bug(c, p)
			err = fault.New("gateway", fault.Internal, "")
		}
	}()
	for _, step := range steps {
		if err := step.run(s, c); err != nil {
			s.needs.Diary.Debug("API call refused", "step", step.name, "operation", operation(c), "error", err)
			return s.refuse(c, step.name, err)
		}
	}
	return nil
}

// bug tells the diary of a panic.
func (s *Server) bug(c *call, p any) {
	s.needs.Diary.Error("bug: API call panicked", "operation", operation(c), "requestId", c.caller.RequestID, "panic", p, "stack", string(debug.Stack()))
}

func operation(c *call) string {
	if c.match.Op == nil {
		return c.r.Method + " " + c.r.URL.Path
	}
	return c.match.Op.String()
}
