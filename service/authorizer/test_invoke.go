package authorizer

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// TestInvokeAuthorizer asks an authorizer, active or not, as a client would that presents what is given. (aws: iot/API_TestInvokeAuthorizer)
func (a *Authorizers) TestInvokeAuthorizer(ctx context.Context, in *iot.TestInvokeAuthorizerInput) (*iot.TestInvokeAuthorizerOutput, error) {
	const op = "TestInvokeAuthorizer"
	var r *record
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		r, err = find(tx, caller.From(ctx).Scope, in.AuthorizerName)
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	req := requestOf(in)
	p, err := req.parameters()
	if err != nil {
		return nil, blame(op, invalid("%s.", sentence(err.Error())))
	}
	token, signature := in.Token, in.TokenSignature
	if token == "" {
		token = p.get(r.TokenKey)
	}
	if signature == "" {
		signature = p.get(signatureParameter)
	}
	verified, err := r.admits(token, signature)
	if why, ok := err.(*Refusal); ok {
		return nil, blame(op, refuse(fault.Denied, "%s.", why.Details).Named(iot.UnauthorizedException))
	}
	g, err := a.call(ctx, r, &req, token, verified)
	if err != nil {
		return nil, blame(op, invalid("The function %s: %s.", r.Function, err).Named(iot.InvalidResponseException))
	}
	out := &iot.TestInvokeAuthorizerOutput{IsAuthenticated: new(g != nil)}
	if g != nil {
		out.PrincipalId, out.PolicyDocuments = g.PrincipalID, g.documents
		out.RefreshAfterInSeconds, out.DisconnectAfterInSeconds = new(int32(g.RefreshAfter/time.Second)), new(int32(g.DisconnectAfter/time.Second))
	}
	return out, nil
}

// requestOf is the request of a client that presents what is given.
func requestOf(in *iot.TestInvokeAuthorizerInput) Request {
	req := Request{Connection: uuid.NewString()}
	if in.TlsContext != nil {
		req.TLS, req.ServerName = true, in.TlsContext.ServerName
	}
	if in.HttpContext != nil {
		req.HTTP = &HTTP{Header: http.Header{}, RawQuery: strings.TrimPrefix(in.HttpContext.QueryString, "?")}
		for name, value := range in.HttpContext.Headers {
			req.HTTP.Header[name] = []string{value} // the function sees the name as it was given
		}
	}
	if in.MqttContext != nil {
		req.MQTT = &MQTT{Username: in.MqttContext.Username, Password: in.MqttContext.Password, ClientID: in.MqttContext.ClientId}
	}
	return req
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
