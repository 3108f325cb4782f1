package wire_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

var fullOutput = &putOutput{Arn: "a&b", Tags: []tag{{"k", ""}}, Labels: map[string]string{"b": "2", "a": "1"}, Count: new(int64(7)),
	Created: time.UnixMilli(1763600000250), Local: time.Unix(1763600000, 0), Version: "v1"}

func TestEncode(t *testing.T) {
	f := func(protocol wire.Protocol, out *putOutput, want string) {
		t.Helper()
		k := newKit(protocol)
		m := k.any(t, protocol, "PutKit")
		r, err := m.Encode("id-1", out)
		if err != nil {
			t.Errorf("%s: %v", protocol, err)
			return
		}
		got := fmt.Sprintf("%d %s %s", r.Status, r.Header.Get("Content-Type"), r.Body)
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", protocol, got, want)
		}
	}
	json := `{"arn":"a&b","tags":[{"key":"k"}],"labels":{"a":"1","b":"2"},"count":7,"created":1763600000.250,"local":"2025-11-20T00:53:20Z"`
	f(wire.JSON11, fullOutput, `201 application/x-amz-json-1.1 `+json+`}`)
	f(wire.JSON10, &putOutput{Tags: []tag{}}, `201 application/x-amz-json-1.0 {"tags":[]}`)
	f(wire.RestJSON, fullOutput, `201 application/json `+json+`}`)
	f(wire.RestJSON, &putOutput{}, `201 application/json {}`)
	f(wire.RPCCBOR, &putOutput{Count: new(int64(7))}, "201 application/cbor \xbfecount\x07\xff")
	f(wire.Query, &putOutput{}, `201 text/xml <PutKitResponse xmlns="http://kit/doc/"><PutKitResult></PutKitResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></PutKitResponse>`+"\n")
	f(wire.Query, &putOutput{Arn: "a&b", Tags: []tag{{"k", ""}}, Labels: map[string]string{"a": "1"}}, `201 text/xml <PutKitResponse xmlns="http://kit/doc/"><PutKitResult><arn>a&amp;b</arn><tags><member><key>k</key></member></tags><labels><entry><key>a</key><value>1</value></entry></labels></PutKitResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></PutKitResponse>`+"\n")
}

// any matches an operation in a protocol; in those but rest-json all members stand in the body.
func (k *kit) any(t *testing.T, protocol wire.Protocol, op string) wire.Match {
	t.Helper()
	switch protocol {
	case wire.RestJSON:
		method, path := "PUT", "/kits/a"
		if op == "ListKits" {
			method, path = "GET", "/kits"
		}
		r, b := request(method, path, "")
		return k.match(t, r, b)
	case wire.Query:
		r, b := request("POST", "/", "Action="+op+"&Version=2026-01-01", "Content-Type", "application/x-www-form-urlencoded")
		return k.match(t, r, b)
	case wire.RPCCBOR:
		r, b := request("POST", "/service/Kit_2026/operation/"+op, "", "Smithy-Protocol", "rpc-v2-cbor", "X-Amzn-Query-Mode", "true")
		return k.match(t, r, b)
	}
	r, b := target(op, "")
	r.Header.Set("Content-Type", "application/x-amz-"+string(protocol))
	r.Header.Set("X-Amzn-Query-Mode", "true")
	return k.match(t, r, b)
}

func TestEncodeWithoutOutput(t *testing.T) {
	f := func(protocol wire.Protocol, want string) {
		t.Helper()
		k := newKit(protocol)
		m := k.any(t, protocol, "ListKits")
		r, err := m.Encode("id-1", m.Op.NewOutput())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d %q %s", r.Status, r.Header.Get("Content-Type"), r.Body); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", protocol, got, want)
		}
	}
	f(wire.JSON11, `200 "" `)
	f(wire.RPCCBOR, `200 "" `)
	f(wire.RestJSON, `200 "application/json" {}`)
	f(wire.Query, `200 "text/xml" <ListKitsResponse xmlns="http://kit/doc/"><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListKitsResponse>`+"\n")
}

func TestEncodeError(t *testing.T) {
	err := fault.New("x", fault.NotFound, "no <kit>").Named("KitNotFoundException").With("kitName", "lamp").With("stray", 1)
	f := func(protocol wire.Protocol, header, value, want string) {
		t.Helper()
		m := newKit(protocol).any(t, protocol, "PutKit")
		r := m.EncodeError("id-1", err)
		if got := fmt.Sprintf("%d %s", r.Status, r.Body); got != want || r.Header.Get(header) != value {
			t.Errorf("%s: header %s is %q, want %q\ngot  %s\nwant %s", protocol, header, r.Header.Get(header), value, got, want)
		}
	}
	f(wire.RestJSON, "x-amzn-ErrorType", "KitNotFoundException", `404 {"Message":"no <kit>","kitName":"lamp"}`)
	f(wire.JSON11, "x-amzn-query-error", "KitNotFound;Sender", `404 {"__type":"KitNotFoundException","Message":"no <kit>","kitName":"lamp"}`)
	f(wire.RPCCBOR, "x-amzn-query-error", "KitNotFound;Sender", "404 \xbff__typex&com.amazonaws.kit#KitNotFoundExceptiongMessagehno <kit>gkitNamedlamp\xff")
	f(wire.Query, "Content-Type", "text/xml", `404 <ErrorResponse xmlns="http://kit/doc/"><Error><Type>Sender</Type><Code>KitNotFound</Code><Message>no &lt;kit&gt;</Message><kitName>lamp</kitName></Error><RequestId>id-1</RequestId></ErrorResponse>`+"\n")
}

func TestRecordHidesSecrets(t *testing.T) {
	k := newKit(wire.RestJSON)
	var w jsontext.Writer
	k.put.WriteInput(&w, &putInput{Name: "lamp", Token: "t", Secret: "s", Tags: []tag{{"k", "v"}}})
	want := `{"name":"lamp","token":"t","tags":[{"key":"k","value":"v"}],"secret":"` + wire.Hidden + `"}`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if strings.Contains(string(w.Bytes()), `"s"`) {
		t.Error("the secret shows")
	}
}
