package broker

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

// ExplainAuthorization answers, beyond AWS, whether a client may do something now, and why: which policies were considered, which
// statement decided or came nearest, what it lacked, and a statement that would allow it. A client that is connected is asked about as it
// is; for any other a certificate is needed.
func (b *Broker) ExplainAuthorization(ctx context.Context, in *iot.ExplainAuthorizationInput) (*iot.ExplainAuthorizationOutput, error) {
	q := &inquiry{b: b, scope: caller.From(ctx).Scope, clientID: in.ClientId, certificate: strings.ToLower(in.CertificateId)}
	if q.clientID == "" {
		q.clientID = in.ThingName
	}
	if err := q.read(in); err != nil {
		return nil, err
	}
	if !q.findConnection(in) {
		if err := q.imagine(ctx, in); err != nil {
			return nil, err
		}
	}
	return q.answer()
}

// inquiry is one question whether a client may do something.
type inquiry struct {
	b           *Broker
	scope       caller.Scope
	clientID    string
	certificate string // that it is about; "" for the connection's, or the thing's

	asked     *explainedAction
	resource  string
	objection *objection // why nobody may do it, whatever policies say

	who       *permissions
	connected bool
	thing     string
	inactive  string // status of a certificate that is not active
	notes     []string
}

// explainedAction is what can be asked about: what policies are asked, of which kind of resource, and what else the broker looks at.
type explainedAction struct {
	actions []string
	kind    string
	check   func(*Broker, string) *objection
}

var explainedActions = map[string]*explainedAction{
	"CONNECT":   {actions: []string{"iot:Connect"}, kind: "client"},
	"PUBLISH":   {actions: []string{"iot:Publish"}, kind: "topic", check: (*Broker).checkTopic},
	"RETAIN":    {actions: []string{"iot:Publish", "iot:RetainPublish"}, kind: "topic", check: (*Broker).checkTopic},
	"SUBSCRIBE": {actions: []string{"iot:Subscribe"}, kind: "topicfilter", check: (*Broker).checkFilter},
	"RECEIVE":   {actions: []string{"iot:Receive"}, kind: "topic"},
}

const opWhy = "broker.ExplainAuthorization"

// read finds out what is asked.
func (q *inquiry) read(in *iot.ExplainAuthorizationInput) error {
	q.asked = explainedActions[in.Action]
	name := in.Topic
	if in.Action == "CONNECT" {
		name = q.clientID
	}
	switch {
	case q.asked == nil:
		return fault.New(opWhy, fault.Invalid, "The action %q cannot be asked about; allowed are CONNECT, PUBLISH, RETAIN, SUBSCRIBE and RECEIVE.", in.Action)
	case q.clientID == "":
		return fault.New(opWhy, fault.Invalid, "Give the clientId, or the thingName of a thing that is named like its client.")
	case in.Action == "CONNECT" && in.Topic != "":
		return fault.New(opWhy, fault.Invalid, "The action CONNECT takes no topic.")
	case name == "":
		return fault.New(opWhy, fault.Invalid, "The action %s needs a topic.", in.Action)
	}
	if q.asked.check != nil {
		q.objection = q.asked.check(q.b, name)
	}
	q.resource = arn.IoT(q.scope, q.asked.kind, name)
	return nil
}

// findConnection finds the connection of the client, unless another certificate or thing is asked about.
func (q *inquiry) findConnection(in *iot.ExplainAuthorizationInput) bool {
	s := q.b.domain(q.scope).session(q.clientID)
	if s == nil {
		return false
	}
	c := s.conn.Load()
	if c == nil {
		return false
	}
	if q.certificate != "" && q.certificate != c.certificate || in.ThingName != "" && in.ThingName != c.origin.Thing {
		q.note("The client is connected, but not with this certificate or thing.")
		return false
	}
	q.who, q.connected, q.thing = c.permissions, true, c.origin.Thing
	if q.who.everything {
		q.note("Anonymous clients of the plain listener may do everything.")
	}
	return true
}

// imagine gathers what would be known of the client if it connected now.
func (q *inquiry) imagine(ctx context.Context, in *iot.ExplainAuthorizationInput) (err error) {
	if q.certificate == "" {
		if q.certificate, err = q.certificateOfThing(ctx, in.ThingName); err != nil {
			return err
		}
	}
	out, err := q.b.needs.Registry.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: q.certificate})
	if err != nil {
		return err
	}
	leaf, err := readCertificate(out.CertificateDescription.CertificatePem)
	if err != nil {
		return fault.Wrap(opWhy, fault.Internal, err)
	}
	if err := q.inspect(leaf, out.CertificateDescription.Status); err != nil {
		return err
	}
	binding, err := q.b.needs.Registry.Bind(ctx, q.scope, q.certificate, q.clientID)
	if err != nil {
		return err
	}
	q.thing = binding.Thing
	q.who = &permissions{registry: q.b.needs.Registry, scope: q.scope, principal: q.certificate, clientID: q.clientID, permissive: q.b.cfg.Permissive}
	q.who.present(leaf)
	q.note("The answer is for a connection made now, from an address that is not known, without a last will.")
	return nil
}

// inspect judges the certificate as a handshake would.
func (q *inquiry) inspect(leaf *x509.Certificate, status string) error {
	_, err := q.b.identify(leaf)
	if refused, ok := errors.AsType[*certificateRefused](err); ok {
		q.objection, err = &objection{text: refused.details}, nil
	}
	if status != registry.CertificateActive {
		q.inactive = status
	}
	return err
}

func readCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the certificate is not in PEM form")
	}
	return x509.ParseCertificate(block.Bytes)
}

// certificateOfThing finds the one certificate of a thing: the one named, or the one named like the client.
func (q *inquiry) certificateOfThing(ctx context.Context, thing string) (string, error) {
	named := thing != ""
	if !named {
		thing = q.clientID
	}
	out, err := q.b.needs.Registry.ListThingPrincipals(ctx, &iot.ListThingPrincipalsInput{ThingName: thing})
	if fault.Is(err, fault.NotFound) && !named {
		return "", fault.New(opWhy, fault.NotFound, "The client %s is not connected, and no thing has its name: give a certificateId or a thingName.", q.clientID)
	} else if err != nil {
		return "", err
	}
	var ids []string
	for _, principal := range out.Principals {
		if _, id, ok := strings.Cut(principal, ":cert/"); ok {
			ids = append(ids, id)
		}
	}
	switch len(ids) {
	case 0:
		return "", fault.New(opWhy, fault.NotFound, "The client %s is not connected, and no certificate is attached to the thing %s: give a certificateId.", q.clientID, thing)
	case 1:
		return ids[0], nil
	}
	return "", fault.New(opWhy, fault.Invalid, "Several certificates are attached to the thing %s: give the certificateId of one of %s.", thing, strings.Join(ids, ", "))
}

func (q *inquiry) note(text string) { q.notes = append(q.notes, text) }

// answer asks the policies. Where an action takes several permissions the first that is lacking is explained.
func (q *inquiry) answer() (*iot.ExplainAuthorizationOutput, error) {
	var e explanation
	for _, action := range q.asked.actions {
		var err error
		if e, err = q.who.why(time.Now(), action, q.resource); err != nil {
			return nil, fault.Wrap(opWhy, fault.Internal, err)
		}
		if e.Decision != allowed {
			break
		}
	}
	if q.inactive != "" { // then policies are not even looked at
		e.Lacked, e.Suggestion = "the certificate is "+q.inactive+"; no policy counts until it is "+registry.CertificateActive, nil
	}
	if e.Decision != allowed && q.who.permissive && q.objection == nil {
		q.note("It is let through all the same, because of --permissive.")
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fault.Wrap(opWhy, fault.Internal, fmt.Errorf("the explanation cannot be written: %w", err))
	}
	out := &iot.ExplainAuthorizationOutput{Decision: e.Decision, Connected: &q.connected, ClientId: q.clientID, ThingName: q.thing,
		Note: strings.Join(q.notes, " "), Authorization: string(text)}
	if q.objection != nil {
		out.Objection = q.objection.text
	}
	return out, nil
}
