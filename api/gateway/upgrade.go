package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/lang/wire/sigv4"
	"telltale/service/broker"
)

// The path of MQTT over WebSocket, and the service for which its requests are signed. (aws: iot/protocols#mqtt-ws)
const (
	socketPath    = "/mqtt"
	socketService = "iotdevicegateway"
	subprotocol   = "mqtt"
)

// upgrade lets a client speak MQTT over a WebSocket: its signature is verified first, and without one the broker asks a custom authorizer.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	c := &call{r: r, ctx: r.Context()}
	c.caller.RequestID = uuid.NewString()
	s.note(c)
	if !offers(r, subprotocol) {
		http.Error(w, "MQTT comes here over a WebSocket of the sub-protocol "+subprotocol, http.StatusBadRequest)
		return
	}
	e, way, why := s.admit(c)
	if why != nil {
		refuseUpgrade(w, why, s.needs.Broker.RecordNotAdmitted(e, way, "MQTT", why))
		return
	}
	// Who may come is for the signature to say, not for the origin of a page.
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, InsecureSkipVerify: true})
	if err != nil {
		s.needs.Diary.Info("WebSocket not opened", "peer", r.RemoteAddr, "error", err)
		return // it has been answered
	}
	s.needs.Broker.ServeWebSocket(ws, e)
}

// offers reports whether a request offers a sub-protocol. [MQTT-6.0.0-3]
func offers(r *http.Request, name string) bool {
	for _, list := range r.Header.Values("Sec-Websocket-Protocol") {
		for offered := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(offered) == name {
				return true
			}
		}
	}
	return false
}

// admit says who asks for a WebSocket, and in which way it authenticates, or why it may not have one.
func (s *Server) admit(c *call) (e *broker.Entrant, way string, why *broker.NotAdmitted) {
	signature, unreadable := sigv4.Parse(c.r)
	c.signature = signature
	e = s.entrant(c)
	if e.Domain == nil {
		c.caller.Scope = s.cfg.Devices
	}
	way = iot.AuthenticationTypeCustomAuth
	if signature != nil || unreadable != nil || s.cfg.Unsigned && !namesAuthorizer(c) && (e.Domain == nil || e.Domain.Authorizer == "") {
		way, e.Signed = iot.AuthenticationTypeAwsSigv4, true
	}
	if why = admits(e, way, iot.ApplicationProtocolMqttWss); why != nil || !e.Signed {
		return e, way, why
	}
	err := unreadable
	if err == nil && signature != nil {
		c.caller.Region = signature.Credential().Region
		if name := signature.Credential().Service; name != socketService {
			err = fault.New("gateway.upgrade", fault.Denied, "Credential should be scoped to correct service: '%s', not '%s'.", socketService, name).Named(sigv4.CodeInvalid)
		}
	}
	if err == nil {
		err = s.authenticate(c)
	}
	if err != nil {
		e.Signed = false
		return e, way, unsigned(err)
	}
	return e, way, nil
}

// unsigned is why a signature does not do, in AWS's words and then in ours.
func unsigned(err error) *broker.NotAdmitted {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return &broker.NotAdmitted{Reason: "INTERNAL_SERVER_ERROR", Details: "Internal server error"}
	}
	for _, x := range []struct{ code, reason, words string }{
		{sigv4.CodeUnrecognized, "SECURITY_TOKEN_INVALID", "The security token included in the request is invalid"},
		{sigv4.CodeTokenExpired, "SECURITY_TOKEN_EXPIRED", "The security token is expired"},
		{sigv4.CodeExpired, "SECURITY_TOKEN_EXPIRED", "The security token is expired"},
		{sigv4.CodeInvalid, "SECURITY_TOKEN_SIGNATURE_MISMATCH", "Request signature does not match the signature provided"},
	} {
		if f.Code == x.code {
			return &broker.NotAdmitted{Reason: x.reason, Details: x.words + ": " + f.Message()}
		}
	}
	return &broker.NotAdmitted{Reason: "NOT_AUTHENTICATED", Details: "The credentials provided could not be authenticated: " + f.Message()}
}

// refuseUpgrade answers a request for a WebSocket that is not granted.
func refuseUpgrade(w http.ResponseWriter, why *broker.NotAdmitted, trace caller.Trace) {
	text, err := json.Marshal(map[string]string{"message": why.Details, "traceId": trace.String()})
	if err != nil {
		text = nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", "ForbiddenException")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(text) // a client that went away is not our error
}
