package restjson

import (
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"testing"

	"telltale/base/fault"
	"telltale/lang/wire"
)

type rule struct {
	Sql string `wire:"sql,required"`
}

type putInput struct {
	Name string   `wire:"name,uri,required"`
	Keys []string `wire:"keys,query"`
	Note string   `wire:"x-note,header,json"`
	Rule *rule    `wire:"rule,payload,required"`
}

type getOutput struct {
	Note string `wire:"x-note,header,json"`
	Code *int32 `wire:"code,status"`
	Data []byte `wire:"data,payload"`
}

type document struct {
	Data []byte `wire:"data,payload,json"`
}

type nested struct {
	Rule *rule `wire:"rule,payload"`
}

// newMatch gives the match of an operation with the given types.
func newMatch[I, O any](status int, labels ...wire.Label) *wire.Match {
	s := &wire.Service{Name: "demo", ValidationCode: "InvalidRequestException", Protocols: []wire.Protocol{wire.RestJSON}}
	op := wire.NewOp[I, O](s, "Demo", "PUT /demo/{name}", status)
	return &wire.Match{Service: s, Op: op.Op, Codec: Codec{}, Labels: labels}
}

func ExampleCodec() {
	m := newMatch[putInput, nested](200, wire.Label{Name: "name", Value: "lamp"})
	r := httptest.NewRequest("PUT", "/demo/lamp?keys=a&keys=b", nil)
	in, err := Codec{}.Decode(m, r, []byte(`{"sql":"SELECT 1"}`))
	got := in.(*putInput)
	fmt.Println(got.Name, got.Keys, got.Rule.Sql, err)
	// Output: lamp [a b] SELECT 1 <nil>
}

func TestDecodePayload(t *testing.T) {
	f := func(body, header, want string) {
		t.Helper()
		m := newMatch[putInput, nested](200, wire.Label{Name: "name", Value: "lamp"})
		r := httptest.NewRequest("PUT", "/demo/lamp", nil)
		if header != "" {
			r.Header.Set("X-Note", header)
		}
		in, err := Codec{}.Decode(m, r, []byte(body))
		var got string
		if err != nil {
			got = m.ErrorFor(err).Message
		} else {
			got = in.(*putInput).Rule.Sql + "|" + in.(*putInput).Note
		}
		if got != want {
			t.Errorf("%s with %s: got %s, want %s", body, header, got, want)
		}
	}
	note := base64.StdEncoding.EncodeToString([]byte(`["x"]`))
	f(`{"sql":"s"}`, note, `s|["x"]`)
	f(`{"sql":"s"}`, base64.StdEncoding.EncodeToString([]byte(`"[\"x\"]"`)), `s|["x"]`)
	f(`{}`, "", "1 validation error detected: Value null at 'rule.sql' failed to satisfy constraint: Member must not be null")
	f(``, "", "1 validation error detected: Value null at 'rule' failed to satisfy constraint: Member must not be null")
	f(`{"sql":1}`, "", "Demo: the JSON must have a string at byte 7, but has a number, at 'rule.sql'")
	f(`{"sql":"s"}`, "e30", `s|{}`)
	f(`{"sql":"s"}`, "e", `Demo: the header x-note must be JSON in base64: the value "e" must be base64`)
	f(`{"sql":"s"}`, "ew", "Demo: the header x-note must be JSON in base64: the JSON must have a name in quotes at byte 1, but has the end")
}

func TestEncodePlaces(t *testing.T) {
	f := func(m *wire.Match, out any, want string) {
		t.Helper()
		r, err := m.Encode("id", out)
		if err != nil {
			t.Errorf("%+v: %v", out, err)
			return
		}
		if got := fmt.Sprintf("%d %s %s note=%s", r.Status, r.Header.Get("Content-Type"), r.Body, r.Header.Get("X-Note")); got != want {
			t.Errorf("%+v:\ngot  %s\nwant %s", out, got, want)
		}
	}
	f(newMatch[putInput, getOutput](200), &getOutput{Note: "{}", Code: new(int32(202)), Data: []byte("raw")}, "202 application/octet-stream raw note=e30=")
	f(newMatch[putInput, getOutput](200), &getOutput{}, "200 application/octet-stream  note=")
	f(newMatch[putInput, document](200), &document{Data: []byte("{}")}, "200 application/json {} note=")
	f(newMatch[putInput, nested](200), &nested{Rule: &rule{Sql: "s"}}, `200 application/json {"sql":"s"} note=`)
	f(newMatch[putInput, nested](200), &nested{}, `200 application/json {"sql":""} note=`)
	f(newMatch[putInput, nested](204), &nested{}, "204   note=")
}

func TestStreamIsRefused(t *testing.T) {
	type streaming struct {
		Events *rule `wire:"events,stream"`
	}
	_, err := newMatch[putInput, streaming](200).Encode("id", &streaming{})
	if !fault.Is(err, fault.Unimplemented) {
		t.Errorf("got %v, want an unimplemented fault", err)
	}
}
