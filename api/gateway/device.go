package gateway

import (
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/service/authorizer"
	"telltale/service/broker"
)

// The ways in which devices authenticate their requests. (aws: iot/protocols)
const (
	byCertificate = iot.AuthenticationTypeAwsX509
	byAuthorizer  = iot.AuthenticationTypeCustomAuth
)

// deviceServices are those that devices reach: they have no control plane.
var deviceServices = []string{"iotdata", "iotjobsdata"}

// deviceWay is how the sender of a request authenticates if it is a device, "" if it is none: with its certificate, or with what it
// presents to a custom authorizer.
func (s *Server) deviceWay(c *call) string {
	switch {
	case s.needs.Broker == nil || c.signature != nil:
		return ""
	case c.r.TLS != nil && len(c.r.TLS.PeerCertificates) > 0:
		return byCertificate
	case namesAuthorizer(c) || s.entrant(c).Domain != nil && s.entrant(c).Domain.Authorizer != "":
		return byAuthorizer
	}
	return ""
}

func namesAuthorizer(c *call) bool {
	return (&authorizer.Request{HTTP: &authorizer.HTTP{Header: c.r.Header, RawQuery: c.r.URL.RawQuery}}).Names()
}

// authenticateDevice finds out which device sends a request.
func (s *Server) authenticateDevice(c *call) error {
	e := s.entrant(c)
	if e.Domain == nil {
		c.caller.Scope = s.cfg.Devices
	}
	why := admits(e, c.way, iot.ApplicationProtocolHttps)
	if why == nil && c.way == byCertificate {
		c.device, why = s.needs.Broker.IdentifyDevice(c.r.TLS.PeerCertificates[0], e)
	}
	if why == nil && (c.way == byAuthorizer || e.Domain != nil && e.Domain.Both) {
		c.device, why = s.needs.Broker.AdmitDevice(c.ctx, e, connectionOf(c.r).id)
	}
	if why != nil {
		c.device = nil
		trace := s.needs.Broker.RecordNotAdmitted(e, c.way, "HTTP", why)
		return notAdmitted(why, trace)
	}
	c.caller = c.device.Caller
	c.ctx = caller.With(c.ctx, &c.caller)
	return nil
}

// notAdmitted is the answer to somebody who could not be authenticated.
func notAdmitted(why *broker.NotAdmitted, trace caller.Trace) error {
	f := fault.New("gateway.authenticate", fault.Denied, "%s", why.Details).Named(iotdata.UnauthorizedException)
	f.Members = map[string]any{"traceId": trace.String()}
	return f
}

// authorizeDevice asks the policies of devices. A retained message needs two permissions; the names of a thing's shadows may be allowed
// for all things or for this one. (aws: iot/iot-policy-actions)
func (s *Server) authorizeDevice(c *call) error {
	resources := s.resources(c)
	for key, value := range conditions(c.in) {
		c.device.SetKey(key, value)
	}
	if c.match.Op.Name == iotdata.ListNamedShadowsForThing.Name {
		resources = append(resources, "*")
		err := error(nil)
		for _, resource := range resources {
			if err = c.device.Allow("iot:"+c.match.Op.Name, resource); err == nil {
				return nil
			}
		}
		return err
	}
	for _, action := range deviceActions(c) {
		for _, resource := range resources {
			if err := c.device.Allow(action, resource); err != nil {
				return err
			}
		}
	}
	return nil
}

// deviceActions are what a call does, in policies of devices.
func deviceActions(c *call) []string {
	actions := []string{"iot:" + c.match.Op.Name}
	if in, ok := c.in.(*iotdata.PublishInput); ok && in.Retain != nil && *in.Retain {
		actions = append(actions, "iot:RetainPublish")
	}
	return actions
}
