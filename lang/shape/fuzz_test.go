package shape_test

import (
	"net/http/httptest"
	"testing"

	"telltale/lang/wire/jsontext"
)

// FuzzDecode reads any body as deep inputs of all protocols: nothing may panic, and what is read can be recorded.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"sql":"SELECT 1","actions":[{"republish":{"roleArn":"r","topic":"t","headers":{"userProperties":[{"key":"k","value":"v"}]}}}],"ruleDisabled":true}`))
	f.Add([]byte("\xa2iNamespaceanjMetricData\x81\xa3jMetricNameameValue\xf9\x3e\x00iTimestamp\xc1\x1a\x69\x1e\x66\x80"))
	f.Add([]byte("Action=SimulateCustomPolicy&PolicyInputList.member.1=x&ContextEntries.member.1.ContextKeyValues.member.2=y&MaxItems=5"))
	f.Add([]byte(`{"MetricData":[{"Values":["NaN",1],"Timestamp":"2025-11-20T00:53:20Z","Dimensions":[null]}]}`))
	table := newTable()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, call := range []struct{ scope, path, header, value string }{
			{"iot", "/rules/r", "Content-Type", "application/json"},
			{"monitoring", "/", "X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"},
			{"monitoring", "/service/GraniteServiceVersion20100801/operation/PutMetricData", "Smithy-Protocol", "rpc-v2-cbor"},
			{"iam", "/", "Content-Type", "application/x-www-form-urlencoded"},
		} {
			r := httptest.NewRequest("POST", call.path, nil)
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
			r.Header.Set(call.header, call.value)
			m, err := table.Route(r, body, call.scope)
			if err != nil {
				continue
			}
			in, err := m.Decode(r, body)
			if in == nil && err == nil {
				t.Fatalf("%s: neither an input nor an error from %q", m.Op, body)
			}
			if err != nil {
				if e := m.ErrorFor(err); e.Status != 400 {
					t.Fatalf("%s: %q is answered %d %s: %s", m.Op, body, e.Status, e.Code, e.Message)
				}
			}
			if in != nil {
				m.Op.WriteInput(&jsontext.Writer{}, in)
			}
		}
	})
}
