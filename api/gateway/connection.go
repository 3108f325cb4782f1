package gateway

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"

	"github.com/google/uuid"
)

// connection is what the requests of one connection have in common.
type connection struct {
	id  string               // custom authorizers that let their answer be kept for a connection are asked once for it
	tls *tls.ConnectionState // of the broker's doors, whose handshakes are not net/http's; nil: another connection
}

type connectionKey struct{}

// WithConnection returns a context for the requests of one connection. It is for http.Server.ConnContext.
func WithConnection(ctx context.Context, nc net.Conn) context.Context {
	x := &connection{id: uuid.NewString()}
	if secured, ok := nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := secured.ConnectionState()
		x.tls = &state
	}
	return context.WithValue(ctx, connectionKey{}, x)
}

func connectionOf(r *http.Request) *connection {
	if x, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		return x
	}
	return &connection{}
}
