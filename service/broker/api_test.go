package broker

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iotdata"
)

// requester is the context of somebody who calls the API.
var requester = caller.With(context.Background(), &caller.Caller{Scope: home, PrincipalID: "AIDA1", SourceIP: "192.0.2.7", SourcePort: 4000})

// wantFault expects a modelled error, with the trace that the last fact has.
func (f *fixture) wantFault(err error, name, text string) {
	f.t.Helper()
	x, ok := errors.AsType[*fault.Error](err)
	if !ok || x.Code != name || !strings.Contains(x.Text, text) {
		f.t.Errorf("got %v, want %s: %s", err, name, text)
		return
	}
	if list := f.facts.take(); len(list) == 0 || x.Members["traceId"] != last(list).trace.String() {
		f.t.Errorf("got trace %v, facts %v", x.Members["traceId"], list)
	}
}

func ptr[T any](v T) *T { return &v }

func TestGetConnection(t *testing.T) {
	bubble(t, func(f *fixture) {
		get := func(id string, sockets bool, want iotdata.GetConnectionOutput) {
			t.Helper()
			got, err := f.GetConnection(requester, &iotdata.GetConnectionInput{ClientId: id, IncludeSocketInformation: &sockets})
			if err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("%s: got %+v, %v, want %+v", id, got, err, want)
			}
			f.facts.want(t, "GetConnection Success clientId="+id)
		}
		since := ptr(time.Now().UnixMilli())
		stays := f.persist(mqtt.V5, "stays", false)
		f.facts.take()
		there := iotdata.GetConnectionOutput{ClientId: "stays", Connected: ptr(true), CleanSession: ptr(false), ConnectedSince: since, KeepAliveDuration: ptr[int64](1200), SessionExpiry: ptr[int64](600)}
		get("stays", true, there) // a pipe has no address
		time.Sleep(time.Second)
		stays.close()
		f.facts.take()
		get("stays", false, iotdata.GetConnectionOutput{ClientId: "stays", Connected: ptr(false), CleanSession: ptr(false), DisconnectedSince: ptr(*since + 1000), DisconnectReason: "CONNECTION_LOST",
			KeepAliveDuration: ptr[int64](1200), SessionExpiry: ptr[int64](600)})
		_, err := f.GetConnection(requester, &iotdata.GetConnectionInput{ClientId: "nobody"})
		f.wantFault(err, iotdata.ResourceNotFoundException, "client nobody is not known")
		why := fault.New("identity.Allow", fault.Denied, "User: ann may not")
		f.wantFault(f.GetConnectionRefused(requester, &iotdata.GetConnectionInput{ClientId: "stays"}, why), iotdata.ForbiddenException, "Forbidden")
	})
}

// An address is told as entries tell it.
func TestSocket(t *testing.T) {
	f := func(in, ip string, port int64) {
		t.Helper()
		if got, n := socket(in); got != ip || port == 0 && n != nil || port != 0 && (n == nil || *n != port) {
			t.Errorf("%s: got %s %v", in, got, n)
		}
	}
	f("192.0.2.1:1883", "192.0.2.1", 1883)
	f("[::ffff:192.0.2.1]:1", "192.0.2.1", 1)
	f("pipe", "", 0)
}

func TestDeleteConnection(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.persist(mqtt.V5, "c", false)
		f.facts.take()
		if _, err := f.DeleteConnection(requester, &iotdata.DeleteConnectionInput{ClientId: "c", CleanSession: ptr(true)}); err != nil {
			t.Fatal(err)
		}
		c.wantClosed(&mqtt.Disconnect{Reason: mqtt.AdministrativeAction, Properties: text("The connection was deleted")})
		f.facts.want(t, "Disconnect Success clientId=c details=The connection was deleted disconnectReason=API_INITIATED_DISCONNECT", "DeleteConnection Success clientId=c")
		_, err := f.DeleteConnection(requester, &iotdata.DeleteConnectionInput{ClientId: "c"})
		f.wantFault(err, iotdata.ResourceNotFoundException, "client c is not connected and has no session")
		why := fault.New("wire.Decode", fault.Invalid, "clientId is too long")
		f.wantFault(f.DeleteConnectionRefused(requester, &iotdata.DeleteConnectionInput{ClientId: "c"}, why), iotdata.InvalidRequestException, "clientId is too long")
	})
}

func TestListSubscriptions(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.persist(mqtt.V311, "c", false)
		c.send(filters("a", "b/#", "c", "d", "e"))
		c.send(&mqtt.Subscribe{ID: 8, Subscriptions: []mqtt.Subscription{{Filter: []byte("b/#"), QoS: 1}}})
		c.close()
		f.facts.take()
		var got []iotdata.SubscriptionSummary
		pages := 0
		for next, more := "", true; more; more = next != "" {
			out, err := f.ListSubscriptions(requester, &iotdata.ListSubscriptionsInput{ClientId: "c", MaxResults: ptr[int32](2), NextToken: next})
			if err != nil {
				t.Fatal(err)
			}
			got, next, pages = append(got, out.Subscriptions...), out.NextToken, pages+1
		}
		if want := []iotdata.SubscriptionSummary{{TopicFilter: "a"}, {TopicFilter: "b/#", Qos: 1}, {TopicFilter: "c"}, {TopicFilter: "d"}, {TopicFilter: "e"}}; !reflect.DeepEqual(got, want) || pages != 3 {
			t.Errorf("got %+v in %d pages", got, pages)
		}
		f.facts.take()
		for _, token := range []string{"x", page.Token("ListThings", "a")} {
			_, err := f.ListSubscriptions(requester, &iotdata.ListSubscriptionsInput{ClientId: "c", NextToken: token})
			f.wantFault(err, iotdata.InvalidRequestException, "nextToken")
		}
		f.connect(mqtt.V311, "gone").close()
		_, err := f.ListSubscriptions(requester, &iotdata.ListSubscriptionsInput{ClientId: "gone"})
		f.wantFault(err, iotdata.ResourceNotFoundException, "client gone is not connected and has no session")
	})
}

func TestRetainedOverAPI(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "c")
		p := retain("a", "hello", 1, 1)
		p.Properties.User = []mqtt.UserProperty{{Key: []byte("k"), Value: []byte("v")}, {Key: []byte("k"), Value: []byte("w")}}
		c.send(p, retain("b", "x", 0, 0))
		f.facts.take()
		now := ptr(time.Now().UnixMilli())
		m, err := f.GetRetainedMessage(requester, &iotdata.GetRetainedMessageInput{Topic: "a"})
		if want := (iotdata.GetRetainedMessageOutput{Topic: "a", Payload: []byte("hello"), Qos: ptr[int32](1), LastModifiedTime: now, UserProperties: []byte(`[{"k":"v"},{"k":"w"}]`)}); err != nil || !reflect.DeepEqual(*m, want) {
			t.Errorf("got %+v, %v", m, err)
		}
		f.facts.want(t, "GetRetainedMessage Success topicName=a")
		_, err = f.GetRetainedMessage(requester, &iotdata.GetRetainedMessageInput{Topic: "none"})
		f.wantFault(err, iotdata.ResourceNotFoundException, "the topic none retains no message")
		list, err := f.ListRetainedMessages(requester, &iotdata.ListRetainedMessagesInput{MaxResults: ptr[int32](1)})
		if want := []iotdata.RetainedMessageSummary{{Topic: "a", PayloadSize: ptr[int64](5), Qos: ptr[int32](1), LastModifiedTime: now}}; err != nil || !reflect.DeepEqual(list.RetainedTopics, want) {
			t.Errorf("got %+v, %v", list, err)
		}
		list, err = f.ListRetainedMessages(requester, &iotdata.ListRetainedMessagesInput{NextToken: list.NextToken})
		if err != nil || len(list.RetainedTopics) != 1 || list.RetainedTopics[0].Topic != "b" || list.NextToken != "" {
			t.Errorf("got %+v, %v", list, err)
		}
		f.facts.want(t, "ListRetainedMessage Success", "ListRetainedMessage Success")
		_, err = f.ListRetainedMessages(requester, &iotdata.ListRetainedMessagesInput{NextToken: "x"})
		f.wantFault(err, iotdata.InvalidRequestException, "nextToken")
	})
}

// Everything that can be wrong with a direct message has the reason, the words and the status that AWS gives it.
func TestDirectMessageRefusals(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.connect(mqtt.V311, "c")
		f.persist(mqtt.V311, "away", false).close()
		f.member(mqtt.V311, "deaf", document(pick{"Allow", "iot:Connect", "*"}))
		f.facts.take()
		fails := func(name, reason string, adjust func(*iotdata.SendDirectMessageInput)) {
			t.Helper()
			in := &iotdata.SendDirectMessageInput{ClientId: "c", Topic: "t", Payload: []byte("x")}
			adjust(in)
			_, err := f.SendDirectMessage(requester, in)
			f.facts.mu.Lock()
			told := last(f.facts.list).text
			f.facts.mu.Unlock()
			if !strings.HasPrefix(told, "SendDirectMessage ") || !strings.Contains(told, " reason="+reason+" ") {
				t.Errorf("told %s, want %s", told, reason)
			}
			f.wantFault(err, name, undeliveries[reason].details)
		}
		for _, id := range []string{"", "$c", strings.Repeat("c", 129)} {
			fails(iotdata.InvalidRequestException, malformedClientID, func(in *iotdata.SendDirectMessageInput) { in.ClientId = id })
		}
		for _, name := range []string{"", "$aws/x", "a/+", strings.Repeat("a/", 8), strings.Repeat("a", 257)} {
			fails(iotdata.InvalidRequestException, invalidTopic, func(in *iotdata.SendDirectMessageInput) { in.Topic = name })
		}
		for _, n := range []string{"0", "16", "x", "1.5", "99999999999999999999"} {
			fails(iotdata.InvalidRequestException, invalidTimeout, func(in *iotdata.SendDirectMessageInput) { in.Timeout = n })
		}
		fails(iotdata.InvalidRequestException, invalidConfirmation, func(in *iotdata.SendDirectMessageInput) { in.Confirmation = "maybe" })
		fails(iotdata.RequestEntityTooLargeException, "CLIENT_ERROR", func(in *iotdata.SendDirectMessageInput) { in.Payload = make([]byte, 128<<10+1) })
		fails(iotdata.InvalidRequestException, "CLIENT_ERROR", func(in *iotdata.SendDirectMessageInput) { in.CorrelationData = "not base64" })
		fails(iotdata.InvalidRequestException, "CLIENT_ERROR", func(in *iotdata.SendDirectMessageInput) { in.ContentType = strings.Repeat("x", 257) })
		fails(iotdata.ResourceNotFoundException, TargetNotFound, func(in *iotdata.SendDirectMessageInput) { in.ClientId = "nobody" })
		fails(iotdata.ResourceNotFoundException, TargetNotConnected, func(in *iotdata.SendDirectMessageInput) { in.ClientId = "away" })
		fails(iotdata.ForbiddenException, ReceiveDenied, func(in *iotdata.SendDirectMessageInput) { in.ClientId = "deaf" })
		fails(iotdata.GatewayTimeoutException, NotConfirmed, func(in *iotdata.SendDirectMessageInput) { in.Confirmation, in.Timeout = "true", "1" })

		why := fault.New("identity.Allow", fault.Denied, "User: ann may not")
		f.wantFault(f.SendDirectMessageRefused(requester, &iotdata.SendDirectMessageInput{ClientId: "c", Topic: "t"}, why), iotdata.ForbiddenException, "Forbidden")
		why = fault.New("wire.Decode", fault.Invalid, "topic is missing")
		f.wantFault(f.SendDirectMessageRefused(requester, &iotdata.SendDirectMessageInput{ClientId: "c"}, why), iotdata.InvalidRequestException, undeliveries[invalidTopic].details)
	})
}

// A direct message has the properties of a publish over HTTP; its confirmation is the client's.
func TestSendDirectMessage(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "c")
		f.facts.take()
		in := &iotdata.SendDirectMessageInput{ClientId: "c", Topic: "t", Payload: []byte("x"), ContentType: "text/plain", ResponseTopic: "r", CorrelationData: "aWQ=", PayloadFormatIndicator: "UTF8_DATA",
			UserProperties: `[{"k":"v"}]`}
		out, err := f.SendDirectMessage(requester, in)
		want := publish("t", "x", 0, 0)
		want.Properties = mqtt.Properties{PayloadFormat: mqtt.Some[byte](1), ContentType: []byte("text/plain"), ResponseTopic: []byte("r"), CorrelationData: []byte("id"),
			User: []mqtt.UserProperty{{Key: []byte("k"), Value: []byte("v")}}}
		c.want(want)
		list := f.facts.want(t, "Publish-Out Success topicName=t clientId=c", "SendDirectMessage Success topicName=t clientId=c")
		if err != nil || out.Message != "OK" || out.TraceId != list[0].trace.String() || out.TraceId != list[1].trace.String() {
			t.Errorf("got %+v, %v", out, err)
		}
		in.Confirmation = "true"
		answered := make(chan error, 1)
		go func() {
			_, err := f.SendDirectMessage(requester, in)
			answered <- err
		}()
		synctest.Wait()
		p := c.takeOne().(*mqtt.Publish)
		select {
		case err := <-answered:
			t.Errorf("answered before the confirmation: %v", err)
		default:
		}
		c.send(&mqtt.Puback{ID: p.ID})
		if err := <-answered; err != nil || p.QoS != 1 {
			t.Errorf("QoS %d, %v", p.QoS, err)
		}
	})
}

// The API has quotas of its own.
func TestRequestRates(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.connect(mqtt.V311, "c")
		get := func(id string) error {
			_, err := f.GetConnection(requester, &iotdata.GetConnectionInput{ClientId: id})
			return err
		}
		if err := get("c"); err != nil {
			t.Fatal(err)
		}
		f.wantFault(get("c"), iotdata.ThrottlingException, "GetConnection is called more than 1 times a second for the client")
		get("d")
		f.wantFault(get("e"), iotdata.ThrottlingException, "The account calls GetConnection more than 3 times a second")
		time.Sleep(2 * time.Second)
		if err := get("c"); err != nil {
			t.Error(err)
		}
		send := func() error {
			_, err := f.SendDirectMessage(requester, &iotdata.SendDirectMessageInput{ClientId: "c", Topic: "t"})
			return err
		}
		if err := send(); err != nil {
			t.Fatal(err)
		}
		f.wantFault(send(), iotdata.ThrottlingException, "send direct message request rate exceeded")
	}, func(c *Config) { c.Rates = Rates{Requests: 3, ClientRequests: 1, DirectMessages: 1} })
}
