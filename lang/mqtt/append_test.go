package mqtt

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// What cannot be expressed appends nothing, and does not touch what is there.
func TestAppendInexpressible(t *testing.T) {
	long := bytes.Repeat([]byte("a"), 65536)
	f := func(p Packet, v Version) {
		t.Helper()
		if got := Append([]byte("x"), p, v); string(got) != "x" {
			t.Errorf("%v with a field that is too long: got %d bytes, want 1", p.Type(), len(got))
		}
	}
	for _, v := range []Version{V311, V5} {
		f(&Connect{Version: v, ClientID: long}, v)
		f(&Connect{Version: v, Will: &Will{Topic: long}}, v)
		f(&Connect{Version: v, Password: long}, v)
		f(&Publish{Topic: long, Payload: []byte("p")}, v)
		f(&Subscribe{ID: 1, Subscriptions: []Subscription{{Filter: long}}}, v)
		f(&Unsubscribe{ID: 1, Filters: [][]byte{[]byte("a"), long}}, v)
	}
	f(&Publish{Topic: []byte("a"), Payload: make([]byte, maxRemaining-2)}, V311)
	f(&Publish{Topic: []byte("a"), Properties: Properties{ContentType: long}}, V5)
	f(&Publish{Topic: []byte("a"), Properties: Properties{SubscriptionIDs: []uint32{maxRemaining + 1}}}, V5)
	f(&Puback{ID: 1, Properties: Properties{ReasonString: long}}, V5)
	f(&Disconnect{Properties: Properties{User: []UserProperty{{long, nil}}}}, V5)
	f(&Auth{Reason: ContinueAuthentication}, V311)
}

// The longest text fits.
func TestAppendLongest(t *testing.T) {
	p := &Publish{Topic: bytes.Repeat([]byte("a"), 65535), Payload: []byte("p")}
	got := decodeFrame(t, AppendPublish(nil, p, V311), V311).(*Publish)
	if !bytes.Equal(got.Topic, p.Topic) || string(got.Payload) != "p" {
		t.Errorf("got a topic of %d bytes and payload %q, want 65535 and \"p\"", len(got.Topic), got.Payload)
	}
}

// Properties that a packet type does not have are left out.
func TestAppendForeignProperties(t *testing.T) {
	all := Properties{TopicAlias: Some(uint16(3)), ReasonString: []byte("r"), ReceiveMaximum: Some(uint16(1)), WillDelay: Some(uint32(1)), User: []UserProperty{{[]byte("k"), []byte("v")}}}
	f := func(p Packet, want string) {
		t.Helper()
		if got := dump(decodeFrame(t, Append(nil, p, V5), V5)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(&Publish{Topic: []byte("a"), Properties: all}, `Publish{Topic:"a" Payload:"" Properties:Properties{TopicAlias:3 User:["k"="v"]}}`)
	f(&Puback{ID: 1, Properties: all}, `Puback{ID:1 Properties:Properties{ReasonString:"r" User:["k"="v"]}}`)
	f(&Unsubscribe{ID: 1, Filters: [][]byte{[]byte("a")}, Properties: all}, `Unsubscribe{ID:1 Filters:["a"] Properties:Properties{User:["k"="v"]}}`)
}

func TestAppendPublishHead(t *testing.T) {
	p := &Publish{Topic: []byte("a/b"), QoS: 1, ID: 9, Payload: bytes.Repeat([]byte("x"), 1000)}
	for _, v := range []Version{V311, V5} {
		whole := AppendPublish(nil, p, v)
		if got := append(AppendPublishHead(nil, p, v), p.Payload...); !bytes.Equal(got, whole) {
			t.Errorf("%v: head and payload are %x, want %x", v, got, whole)
		}
	}
}

func TestSetPublishID(t *testing.T) {
	f := func(p Publish, v Version) {
		t.Helper()
		frame := AppendPublish(nil, &p, v)
		SetPublishID(frame, 0xabcd)
		if p.QoS > 0 {
			p.ID = 0xabcd
		}
		if want := AppendPublish(nil, &p, v); !bytes.Equal(frame, want) {
			t.Errorf("%v: got %x, want %x", v, frame, want)
		}
	}
	for _, v := range []Version{V311, V5} {
		f(Publish{Topic: []byte("a"), QoS: 1, ID: 1, Payload: []byte("p")}, v)
		f(Publish{Topic: []byte("a"), QoS: 2, ID: 1, Payload: make([]byte, 20000)}, v)
		f(Publish{Topic: []byte("abcdef"), QoS: 0, Payload: []byte("payload")}, v)
	}
	for _, other := range []string{"", "2", "\x32", "\x32\x80", "\x32\x02\x00", "\x32\x05\x00\x09abc", "\x40\x02\x00\x01"} {
		frame := []byte(other)
		if SetPublishID(frame, 7); string(frame) != other {
			t.Errorf("SetPublishID(%x) changed it to %x", other, frame)
		}
	}
}

func TestSubackOf311KnowsOneFailure(t *testing.T) {
	got := AppendSuback(nil, &Suback{ID: 1, Reasons: []ReasonCode{GrantedQoS1, TopicFilterInvalid}}, V311)
	if want := "\x90\x04\x00\x01\x01\x80"; string(got) != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestCheckSender(t *testing.T) {
	f := func(err error, want string) {
		t.Helper()
		var e *Error
		switch {
		case want == "" && err != nil:
			t.Errorf("got %v, want no error", err)
		case want != "" && (!errors.As(err, &e) || e.Code != ProtocolError || !strings.Contains(e.Text, want)):
			t.Errorf("got %v, want a Protocol Error with %q", err, want)
		}
	}
	f((&Publish{}).CheckFromClient(), "")
	f((&Publish{Properties: Properties{SubscriptionIDs: []uint32{1}}}).CheckFromClient(), "Subscription Identifier")
	f((&Disconnect{}).CheckFromClient(), "")
	f((&Disconnect{Reason: DisconnectWithWill}).CheckFromClient(), "")
	f((&Disconnect{Reason: SessionTakenOver}).CheckFromClient(), "Session taken over")
	f((&Disconnect{Properties: Properties{ServerReference: []byte("x")}}).CheckFromClient(), "Server Reference")
	f((&Disconnect{Reason: SessionTakenOver}).CheckFromServer(), "")
	f((&Disconnect{Reason: DisconnectWithWill}).CheckFromServer(), "Disconnect with Will")
	f((&Disconnect{Properties: Properties{SessionExpiry: Some(uint32(1))}}).CheckFromServer(), "Session Expiry")
}
