package broker

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// The newer connection wins, and the end of the older is told before it.
func TestTakeover(t *testing.T) {
	const details = "A new connection was established with the same client ID"
	f := func(v mqtt.Version, last ...mqtt.Packet) {
		t.Helper()
		bubble(t, func(f *fixture) {
			old := f.connect(v, "a")
			old.subscribe("t", 1)
			f.facts.take()
			young := f.connect(mqtt.V311, "a")
			old.wantClosed(last...)
			facts := f.facts.want(t, "Disconnect ClientError clientId=a reason=DUPLICATE_CLIENT_ID details="+details+" disconnectReason=DUPLICATE_CLIENTID", "Connect Success clientId=a")
			if facts[0].fields != "protocol clientId principalId reason details disconnectReason connectedForMs lastPacket lastPacketAt keepAlive bytesIn messagesIn bytesOut messagesOut " {
				t.Errorf("fields of Disconnect: %q", facts[0].fields)
			}
			young.send(publish("t", "x", 1, 1)) // the subscription went with the older
			young.want(&mqtt.Puback{ID: 1})
		})
	}
	f(mqtt.V311)
	f(mqtt.V5, &mqtt.Disconnect{Reason: mqtt.SessionTakenOver, Properties: text(details)})
}

// Many connections that fight for one client id leave one, and Connect and Disconnect alternate.
func TestTakeoverFight(t *testing.T) {
	bubble(t, func(f *fixture) {
		var clients sync.WaitGroup
		list := make([]*client, 20)
		for i := range list {
			list[i] = f.dial(mqtt.V311)
			clients.Go(func() {
				_, _ = list[i].nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("a")}))
			})
		}
		clients.Wait()
		synctest.Wait()
		open := slices.DeleteFunc(list, (*client).closed)
		if len(open) != 1 {
			t.Errorf("%d connections are left, want 1", len(open))
		}
		facts := f.facts.take()
		if len(facts) != 2*len(list)-1 {
			t.Errorf("%d facts, want %d", len(facts), 2*len(list)-1)
		}
		for i, x := range facts {
			if want := []string{"Connect", "Disconnect"}[i%2]; x.kind != want {
				t.Errorf("fact %d is %s, want %s", i, x.text, want)
			}
		}
	})
}

// The same client id in another account or region is another client, and messages do not cross.
func TestScopesAreIsolated(t *testing.T) {
	bubble(t, func(f *fixture) {
		scopes := []caller.Scope{home, {Account: home.Account, Region: "eu-west-1"}, {Account: "999999999999", Region: home.Region}}
		var list []*client
		for _, s := range scopes {
			c := f.dialAs(mqtt.V311, s, "").connect(&mqtt.Connect{ClientID: []byte("a")})
			c.subscribe("#", 0)
			list = append(list, c)
		}
		f.facts.take()
		for i, c := range list {
			c.send(publish("t", fmt.Sprint(i), 0, 0))
			for k, other := range list {
				if k == i {
					other.want(publish("t", fmt.Sprint(i), 0, 0))
				} else {
					other.want()
				}
			}
			for _, x := range f.facts.want(t, "Publish-In Success topicName=t clientId=a", "Publish-Out Success topicName=t clientId=a") {
				if x.scope != scopes[i] {
					t.Errorf("%s belongs to %v, want %v", x.text, x.scope, scopes[i])
				}
			}
		}
	})
}
