package broker

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/mqtt"
	"telltale/lang/policy"
)

// judge is a custom authorizer: it lets in whoever knows the password, as long as it is in a good mood.
type judge struct {
	mu     sync.Mutex
	grumpy bool
	asked  []Credentials
	topic  string // that may be published to
}

func (j *judge) Authenticate(_ context.Context, _ caller.Scope, who *Credentials) (*Grant, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked = append(j.asked, *who)
	if j.grumpy || string(who.Password) != "secret" {
		return nil, &NotAdmitted{"NOT_AUTHENTICATED", "The credentials provided could not be authenticated: not today"}
	}
	var list []policy.Policy
	for _, statement := range []pick{{"Allow", "iot:Connect", "*"}, {"Allow", "iot:Publish", topicARN(home, j.topic)}} {
		doc, err := policy.Parse([]byte(document(statement)), policy.IoT)
		if err != nil {
			return nil, err
		}
		list = append(list, policy.Policy{Name: statement.action, Source: "authorizer", Doc: doc})
	}
	return &Grant{PrincipalID: "guest", Policies: list, DisconnectAfter: time.Hour, RefreshAfter: 10 * time.Minute}, nil
}

func (j *judge) set(grumpy bool, topic string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.grumpy, j.topic = grumpy, topic
}

// guest connects a client that neither a certificate nor a signature lets in.
func (f *fixture) guest(v mqtt.Version, adjust func(*conn)) *client {
	near, far := net.Pipe()
	c := newConn(f.Broker, far, nil)
	c.anonymous, c.origin.PrincipalID = false, ""
	adjust(c)
	f.start(c)
	return (&client{t: f.t, nc: near, v: v}).start()
}

func TestCustomAuthorizer(t *testing.T) {
	bubble(t, func(f *fixture) {
		j := &judge{topic: "a"}
		f.needs.Authorizers = j
		visit := func(password string) *client {
			c := f.guest(mqtt.V5, func(c *conn) { c.serverName, c.under = "iot.example.org", &Domain{Authorizer: "judge", Fixed: true} })
			c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("c"), Username: []byte("u?x=y"), Password: []byte(password)})
			return c
		}
		const details = "The credentials provided could not be authenticated: not today"
		c := visit("wrong")
		c.wantClosed(&mqtt.Connack{Reason: mqtt.NotAuthorized, Properties: text(details)})
		f.facts.want(t, "Connection.AuthNError AuthError clientId=c reason=NOT_AUTHENTICATED details="+details,
			"Connect AuthError clientId=c reason=NOT_AUTHENTICATED details="+details)
		c = visit("secret")
		if k, ok := c.takeOne().(*mqtt.Connack); !ok || k.Reason != 0 {
			t.Fatalf("CONNACK %+v", k)
		}
		if got := j.asked[1]; got.Username != "u?x=y" || got.ClientID != "c" || got.ServerName != "iot.example.org" || got.Authorizer != "judge" || !got.Fixed || !got.MQTT || len(got.Connection) != 36 {
			t.Errorf("the authorizer was asked about %+v", got)
		}
		f.facts.want(t, "Connect Success clientId=c")
		c.send(publish("a", "x", 1, 1))
		c.want(&mqtt.Puback{ID: 1})
		c.send(publish("b", "x", 1, 2))
		if k, ok := c.takeOne().(*mqtt.Puback); !ok || k.Reason != mqtt.NotAuthorized {
			t.Errorf("the publish to b was answered %+v", k)
		}
		if got := last(f.facts.take()); got.text != "Publish-In AuthError topicName=b clientId=c reason=AUTHORIZATION_FAILURE details=Authorization Failure" || !strings.Contains(got.why, `"principal":"guest"`) {
			t.Errorf("told %s, why %s", got.text, got.why)
		}
		// After ten minutes the authorizer is asked again, and what it grants then counts.
		j.set(false, "b")
		time.Sleep(10*time.Minute + time.Second)
		c.send(publish("b", "x", 1, 3))
		c.want(&mqtt.Puback{ID: 3})
		f.facts.take()
		j.set(true, "")
		time.Sleep(10 * time.Minute)
		if !c.closed() {
			t.Error("the connection outlived the refusal to renew its grant")
		}
		f.facts.want(t, "Connection.AuthNError AuthError clientId=c reason=NOT_AUTHENTICATED details="+details,
			"Disconnect Success clientId=c details=The custom authorizer refused to renew its grant: "+details+" disconnectReason=AUTH_ERROR")
	})
}

// A connection lasts no longer than what let it in.
func TestTenure(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.needs.Authorizers, f.needs.Identity = &judge{topic: "a"}, ada{}
		f.outlast(f.guest(mqtt.V5, func(*conn) {}), 61*time.Minute, "CUSTOMAUTH_TTL_EXPIRATION")
		who := &caller.Caller{Scope: home, PrincipalID: "AIDA", ARN: "arn:aws:iam::123456789012:user/ada"}
		signed := func(c *conn) { c.entrant = &Entrant{Caller: who, Signed: true} }
		f.outlast(f.guest(mqtt.V5, signed), 24*time.Hour+time.Minute, "WEBSOCKET_TTL_EXPIRATION")
		// What the identity's policies refuse is told in their words, to publishers and to those who ask ahead.
		c := f.guest(mqtt.V5, signed)
		c.connect(&mqtt.Connect{ClientID: []byte("c")})
		f.facts.take()
		c.send(publish("private", "x", 1, 1))
		if got := last(f.facts.take()); !strings.Contains(got.why, `"lacked":"ada may not"`) || !strings.Contains(got.why, `"principal":"arn:aws:iam::123456789012:user/ada"`) {
			t.Errorf("told %s, why %s", got.text, got.why)
		}
	})
}

// ada's policies let her do everything but with private topics.
type ada struct{}

func (ada) Allow(_ context.Context, _ *caller.Caller, _, resource string) error {
	if strings.HasSuffix(resource, "private") {
		return fault.New("test", fault.Denied, "ada may not")
	}
	return nil
}

// outlast connects a client and expects that the broker ends its connection at a time for a reason, however lively it is.
func (f *fixture) outlast(c *client, after time.Duration, reason string) {
	f.t.Helper()
	c.connect(&mqtt.Connect{ClientID: []byte("c"), Password: []byte("secret")})
	for range after / time.Minute {
		time.Sleep(time.Minute)
		c.send(&mqtt.Pingreq{})
	}
	if !c.closed() {
		f.t.Errorf("still open after %v", after)
	}
	list := f.facts.take()
	if len(list) == 0 || !strings.HasSuffix(last(list).text, "disconnectReason="+reason) {
		f.t.Errorf("told %+v, want the end %s", list, reason)
	}
}
