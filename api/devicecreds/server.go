// Package devicecreds is the credentials provider for devices: the HTTPS listener at which the holder of a client certificate asks for
// temporary credentials of the role behind a role alias.
//
// (aws: iot/authorizing-direct-aws)
package devicecreds

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"telltale/service/rolealias"
)

// Needs is what the server is built on.
type Needs struct {
	Aliases *rolealias.Aliases
	TLS     *tls.Config // with the server's certificate
	Diary   *slog.Logger
}

// Server answers devices.
type Server struct {
	needs    Needs
	listener net.Listener
}

// New returns a server that does not listen yet.
func New(needs Needs) *Server {
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	return &Server{needs: needs}
}

// Listen opens the listener and returns its address.
func (s *Server) Listen(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("credentials provider: %w", err)
	}
	s.listener = l
	return l.Addr().String(), nil
}

// Run serves until ctx ends; requests that run then are answered. Without a listener it returns when ctx ends.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		<-ctx.Done()
		return nil
	}
	config := s.needs.TLS.Clone()
	config.MinVersion = tls.VersionTLS12
	config.ClientAuth = tls.RequireAnyClientCert // whether it is good is for the registry to say, not for a chain
	config.SessionTicketsDisabled = true
	server := &http.Server{Handler: s, TLSConfig: config, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.needs.Diary.Handler(), slog.LevelInfo)}
	closed := make(chan error, 1)
	go func() { closed <- server.ServeTLS(s.listener, "", "") }()
	select {
	case err := <-closed:
		return fmt.Errorf("credentials provider: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if ended := <-closed; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	alias, ok := aliasOf(r)
	switch {
	case !ok:
		answer(w, http.StatusNotFound, "ResourceNotFoundException", message{"There is only /role-aliases/{alias}/credentials here"})
		return
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		answer(w, http.StatusMethodNotAllowed, "InvalidRequestException", message{"Use GET"})
		return
	}
	req := rolealias.Request{Alias: alias, Thing: r.Header.Get("X-Amzn-Iot-Thingname"), Leaf: r.TLS.PeerCertificates[0]}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		req.SourceIP, req.SourcePort = peer.Addr().Unmap().WithZone("").String(), peer.Port()
	}
	c, err := s.needs.Aliases.Exchange(r.Context(), req)
	if refused, ok := errors.AsType[*rolealias.Refusal](err); ok {
		answer(w, refused.Status, refused.Code, message{refused.Message})
		return
	}
	answer(w, http.StatusOK, "", credentials{keys{c.AccessKeyId, c.SecretAccessKey, c.SessionToken, c.Expiration.UTC().Format(time.RFC3339)}})
}

// aliasOf reads the path /role-aliases/{alias}/credentials.
func aliasOf(r *http.Request) (alias string, ok bool) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "role-aliases" || parts[3] != "credentials" || parts[2] == "" {
		return "", false
	}
	return parts[2], true
}

type message struct {
	Message string `json:"message"`
}

type credentials struct {
	Credentials keys `json:"credentials"`
}

type keys struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Expiration      string `json:"expiration"`
}

// answer writes a JSON body.
func answer(w http.ResponseWriter, status int, code string, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Requestid", uuid.NewString())
	if code != "" {
		h.Set("X-Amzn-Errortype", code)
	}
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"message":"Internal server error"}`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that went away is not our error
}
