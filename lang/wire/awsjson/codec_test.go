package awsjson

import (
	"fmt"
	"testing"

	"telltale/base/fault"
	"telltale/lang/wire"
)

type input struct {
	LogGroupName string `wire:"logGroupName" is:"Group"`
	Limit        *int32 `wire:"limit"`
}

type output struct {
	Token string `wire:"nextToken"`
}

func newMatch(codec Codec) *wire.Match {
	s := &wire.Service{Name: "demo", Protocols: []wire.Protocol{codec.Protocol()}, ValidationCode: "InvalidParameterException",
		Shapes: map[string]wire.Shape{"Group": {Range: "..4"}}, Errors: map[string]wire.ErrorShape{"LimitExceededException": {Code: "LimitExceededException", Status: 400, Members: []string{"message"}}}}
	op := wire.NewOp[input, output](s, "Demo", "", 0)
	return &wire.Match{Service: s, Op: op.Op, Codec: codec}
}

func ExampleCodec() {
	m := newMatch(V11)
	in, err := m.Decode(nil, []byte(`{"logGroupName":"g","limit":5}`))
	fmt.Println(in.(*input).LogGroupName, *in.(*input).Limit, err)
	r, _ := m.Encode("id", &output{Token: "t"})
	fmt.Println(r.Status, r.Header.Get("Content-Type"), string(r.Body))
	// Output:
	// g 5 <nil>
	// 200 application/x-amz-json-1.1 {"nextToken":"t"}
}

func TestEmptyBodyIsAnEmptyObject(t *testing.T) {
	in, err := newMatch(V10).Decode(nil, nil)
	if err != nil || *in.(*input) != (input{}) {
		t.Errorf("got %+v, %v", in, err)
	}
}

func TestErrors(t *testing.T) {
	f := func(err error, want string) {
		t.Helper()
		r := newMatch(V10).EncodeError("id", err)
		if got := fmt.Sprintf("%d %s %s", r.Status, r.Header.Get("Content-Type"), r.Body); got != want {
			t.Errorf("%v:\ngot  %s\nwant %s", err, got, want)
		}
	}
	_, broken := newMatch(V10).Decode(nil, []byte(`{"limit":"x"}`))
	f(broken, `400 application/x-amz-json-1.0 {"__type":"SerializationException","message":"Demo: the JSON must have an integer at byte 9, but has a string, at 'limit'"}`)
	_, invalid := newMatch(V10).Decode(nil, []byte(`{"logGroupName":"12345"}`))
	f(invalid, `400 application/x-amz-json-1.0 {"__type":"InvalidParameterException","message":"1 validation error detected: Value '12345' at 'logGroupName' failed to satisfy constraint: Member must have length less than or equal to 4"}`)
	f(fault.New("x", fault.Limit, "too many"), `400 application/x-amz-json-1.0 {"__type":"LimitExceededException","message":"too many"}`)
}

// TestErrorsBeforeAServiceIsKnown holds that a reply needs neither operation nor service.
func TestErrorsBeforeAServiceIsKnown(t *testing.T) {
	m := &wire.Match{Codec: V11}
	r := m.EncodeError("id", fault.New("x", fault.NotFound, "nobody").Named(wire.UnknownOperation))
	if got := fmt.Sprintf("%d %s", r.Status, r.Body); got != `404 {"__type":"UnknownOperationException","message":"nobody"}` {
		t.Errorf("got %s", got)
	}
}
