package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"telltale/lang/wire"
	"telltale/lang/wire/awsjson"
	"telltale/lang/wire/awsquery"
	"telltale/lang/wire/restjson"
	"telltale/lang/wire/rpccbor"
)

// kit is a small service in all protocols, made anew for every test.
type kit struct {
	service   *wire.Service
	table     *wire.Table
	put, list *wire.Op
}

type tag struct {
	Key   string `wire:"key,required" is:"Key"`
	Value string `wire:"value" is:"Value"`
}

type putInput struct {
	Name    string            `wire:"name,uri,required" is:"Name"`
	DryRun  *bool             `wire:"dryRun,query"`
	Token   string            `wire:"x-token,header"`
	Size    *int32            `wire:"size" is:"Size"`
	State   string            `wire:"state" is:"State"`
	Tags    []tag             `wire:"tags" is:"Tags"`
	Names   []string          `wire:"names" is:"Names"`
	Labels  map[string]string `wire:"labels" is:"Labels"`
	Since   time.Time         `wire:"since"`
	Blob    []byte            `wire:"blob" is:"Blob"`
	Inner   *putInner         `wire:"inner"`
	Secret  string            `wire:"secret,secret"`
	Ratio   *float64          `wire:"ratio" is:"Ratio"`
	Created time.Time         `wire:"created" is:"Created"`
}

type putInner struct {
	Inner *putInner `wire:"inner"`
	Count int64     `wire:"count,required"`
}

type putOutput struct {
	Arn     string            `wire:"arn"`
	Tags    []tag             `wire:"tags"`
	Labels  map[string]string `wire:"labels"`
	Count   *int64            `wire:"count"`
	Created time.Time         `wire:"created"`
	Local   time.Time         `wire:"local" is:"Created"`
	Version string            `wire:"x-version,header"`
}

type listInput struct{ wire.Nothing }
type listOutput struct{ wire.Nothing }

func newKit(protocols ...wire.Protocol) *kit {
	s := &wire.Service{
		Name: "kit", ID: "Kit", Version: "2026-01-01", SigningNames: []string{"kit", "old-kit"}, TargetPrefix: "ns.Kit_2026",
		XMLNamespace: "http://kit/doc/", Protocols: protocols, ValidationCode: "InvalidRequestException", QueryCompatible: true,
		Errors: map[string]wire.ErrorShape{
			"KitNotFoundException":      {Code: "KitNotFound", Status: 404, Members: []string{"Message", "kitName"}},
			"ResourceNotFoundException": {Code: "ResourceNotFoundException", Status: 404, Members: []string{"message"}},
			"InternalFailureException":  {Code: "InternalFailureException", Status: 500, Fault: wire.Receiver, Members: []string{"message"}},
		},
		Shapes: map[string]wire.Shape{
			"Name": {Range: "1..8", Pattern: "[a-z]+"}, "Key": {Range: "1..4"}, "Value": {Range: "..4"}, "Size": {Range: "1..10"},
			"State": {Enum: []string{"ON", "OFF"}}, "Tags": {Range: "..2"}, "Names": {Range: "1..", Elem: "Name"},
			"Labels": {Key: "Key", Elem: "Value"}, "Blob": {Range: "..2"}, "Ratio": {Range: "0.5..1"}, "Created": {Time: "iso8601"},
		},
	}
	k := &kit{service: s}
	k.put = wire.NewOp[putInput, putOutput](s, "PutKit", "PUT /kits/{name}", 201, "ResourceNotFoundException").Op
	k.list = wire.NewOp[listInput, listOutput](s, "ListKits", "GET /kits", 0).Op
	k.table = wire.NewTable(s).Use(codecs()...)
	return k
}

// request makes a request; headers are name and value in turn.
func request(method, target, body string, headers ...string) (*http.Request, []byte) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r, []byte(body)
}

// target makes a request of the JSON protocols.
func target(op, body string) (*http.Request, []byte) {
	return request("POST", "/", body, "X-Amz-Target", "ns.Kit_2026."+op, "Content-Type", "application/x-amz-json-1.1")
}

// match routes a request that must have an operation.
func (k *kit) match(t *testing.T, r *http.Request, body []byte) wire.Match {
	t.Helper()
	m, err := k.table.Route(r, body, "kit")
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return m
}

func codecs() []wire.Codec {
	return []wire.Codec{restjson.Codec{}, awsjson.V10, awsjson.V11, awsquery.Codec{}, rpccbor.Codec{}}
}
