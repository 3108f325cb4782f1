package shape_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	iottypes "github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"telltale/lang/wire"
)

// echo is a server that decodes any call and answers with a full output, so that a real client can be held against the wire kit.
type echo struct {
	table   *wire.Table
	op      *wire.Op
	in, out any
	err     error // answered with, when set
	problem error
}

var scopeInHeader = regexp.MustCompile(`Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request`)

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.op, e.in, e.out, e.problem = nil, nil, nil, nil
	body, err := wire.ReadBody(r.Body)
	if err == nil {
		body, err = wire.Inflate(r.Header.Get("Content-Encoding"), body)
	}
	var scope string
	if found := scopeInHeader.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		scope = found[1]
	}
	m, routeErr := e.table.Route(r, body, scope)
	var response *wire.Response
	if err == nil {
		err = routeErr
	}
	if err == nil {
		e.op = m.Op
		e.in, err = m.Decode(r, body)
		if e.in != nil && err != nil && strings.Contains(err.Error(), "validation error") {
			err = nil // made-up values break constraints
		}
	}
	if err == nil {
		err = e.err
	}
	if err == nil {
		e.out = fillNew(m.Op)
		response, err = m.Encode("11111111-2222-4333-8444-555555555555", e.out)
	}
	if err != nil {
		e.problem = err
		response = m.EncodeError("11111111-2222-4333-8444-555555555555", err)
	}
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.Header().Set("X-Amzn-RequestId", "11111111-2222-4333-8444-555555555555")
	w.WriteHeader(response.Status)
	_, _ = w.Write(response.Body)
}

func startEcho(t *testing.T) (*echo, aws.Config) {
	e := &echo{table: newTable()}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return e, aws.Config{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(server.URL),
		Credentials:      credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		RetryMaxAttempts: 1,
	}
}

// TestEveryOperation calls every operation a Go client has, with every member filled, and compares what arrives on both sides.
func TestEveryOperation(t *testing.T) {
	e, cfg := startEcho(t)
	clients := map[string]any{
		"iot": iot.NewFromConfig(cfg), "logs": cloudwatchlogs.NewFromConfig(cfg), "cloudwatch": cloudwatch.NewFromConfig(cfg),
		"cloudtrail": cloudtrail.NewFromConfig(cfg), "iam": iam.NewFromConfig(cfg), "sts": sts.NewFromConfig(cfg),
	}
	for _, s := range e.table.Services() {
		client, ok := clients[s.Name]
		if !ok {
			continue
		}
		compared, ours := 0, overlaid(t, s.Name)
		for _, op := range s.Ops {
			if streams(op) || ours[op.Name] {
				continue
			}
			method := reflect.ValueOf(client).MethodByName(op.Name)
			if !method.IsValid() {
				t.Errorf("%s: the client has no such operation", op)
				continue
			}
			call(t, e, op, method)
			compared++
		}
		t.Logf("%s: %d of %d operations compared", s.Name, compared, len(s.Ops))
	}
}

// overlaid are the operations that the overlay of a service adds: no client of a service that clients are compared with knows them.
func overlaid(t *testing.T, service string) map[string]bool {
	text, err := os.ReadFile("../../facts/overlay/" + service + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var over struct{ Operations map[string]any }
	if err == nil {
		err = json.Unmarshal(text, &over)
	}
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for name := range over.Operations {
		names[name] = true
	}
	return names
}

func call(t *testing.T, e *echo, op *wire.Op, method reflect.Value) {
	in := reflect.New(method.Type().In(1).Elem())
	fill(in.Elem(), nil)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	if e.problem != nil || e.op != op {
		t.Errorf("%s: arrived as %v: %v; the client says: %v", op, e.op, e.problem, results[1])
		return
	}
	if err, _ := results[1].Interface().(error); err != nil {
		t.Errorf("%s: the client does not understand the reply: %v", op, err)
		return
	}
	for _, difference := range compare(in, reflect.ValueOf(e.in), "input") {
		t.Errorf("%s: %s", op, difference)
	}
	for _, difference := range compare(results[0], reflect.ValueOf(e.out), "output") {
		t.Errorf("%s: %s", op, difference)
	}
}

func streams(op *wire.Op) bool { return op.Name == "StartLiveTail" || op.Name == "GetLogObject" }

// unions gives a value to members that are one of several: the clients spell those as interfaces.
var unions = map[reflect.Type]any{
	reflect.TypeFor[logstypes.ResourceConfig](): &logstypes.ResourceConfigMemberOpenSearchResourceConfig{
		Value: logstypes.OpenSearchResourceConfig{DataSourceRoleArn: aws.String("r"), DashboardViewerPrincipals: []string{}, RetentionDays: aws.Int32(1)},
	},
	reflect.TypeFor[iottypes.AssetPropertyVariant](): &iottypes.AssetPropertyVariantMemberStringValue{Value: "v"},
}

func fillNew(op *wire.Op) any {
	out := op.NewOutput()
	fill(reflect.ValueOf(out).Elem(), nil)
	return out
}

// fill gives every field a value, and lists and maps one item; a structure inside itself stays empty. inside lists the structures v
// is in.
func fill(v reflect.Value, inside []reflect.Type) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1763600000, 0).UTC()))
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte{0, 1, 254, 255})
	case v.Kind() == reflect.Pointer:
		if !slices.Contains(inside, v.Type().Elem()) {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), inside)
		}
	case v.Kind() == reflect.Interface:
		if union, ok := unions[v.Type()]; ok {
			v.Set(reflect.ValueOf(union))
		}
	case v.Kind() == reflect.String:
		v.SetString("a <b>&\"c\" é")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(200)
	case v.CanFloat():
		v.SetFloat(1.5)
	case v.Kind() == reflect.Slice:
		if slices.Contains(inside, v.Type().Elem()) {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), inside)
	case v.Kind() == reflect.Map:
		item := reflect.New(v.Type().Elem()).Elem()
		fill(item, inside)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), item)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), append(inside, v.Type()))
			}
		}
	}
}

// compare walks the client's value and ours by field name. What only one side has in its model is passed over.
func compare(theirs, ours reflect.Value, path string) []string {
	for theirs.Kind() == reflect.Pointer || theirs.Kind() == reflect.Interface {
		if theirs.IsNil() {
			return nil
		}
		theirs = theirs.Elem()
	}
	for ours.Kind() == reflect.Pointer {
		if ours.IsNil() {
			return []string{fmt.Sprintf("%s: client has %v, we have nothing", path, theirs)}
		}
		ours = ours.Elem()
	}
	if theirs.Type() == reflect.TypeFor[time.Time]() {
		if !theirs.Interface().(time.Time).Equal(ours.Interface().(time.Time)) {
			return []string{fmt.Sprintf("%s: client has %v, we have %v", path, theirs, ours)}
		}
		return nil
	}
	var found []string
	switch theirs.Kind() {
	case reflect.Struct:
		for i := range theirs.NumField() {
			name := theirs.Type().Field(i).Name
			if mine := ours.FieldByName(name); mine.IsValid() && theirs.Type().Field(i).IsExported() {
				found = append(found, compare(theirs.Field(i), mine, path+"."+name)...)
			}
		}
	case reflect.Slice:
		if theirs.Len() != ours.Len() {
			return []string{fmt.Sprintf("%s: client has %d items, we have %d", path, theirs.Len(), ours.Len())}
		}
		for i := range theirs.Len() {
			found = append(found, compare(theirs.Index(i), ours.Index(i), fmt.Sprintf("%s.%d", path, i))...)
		}
	case reflect.Map:
		for _, key := range theirs.MapKeys() {
			mine := ours.MapIndex(key.Convert(ours.Type().Key()))
			if !mine.IsValid() {
				return []string{fmt.Sprintf("%s: client has key %v, we do not", path, key)}
			}
			found = append(found, compare(theirs.MapIndex(key), mine, fmt.Sprintf("%s.%v", path, key))...)
		}
	default:
		if a, b := fmt.Sprint(theirs), fmt.Sprint(ours); a != b {
			found = append(found, fmt.Sprintf("%s: client has %s, we have %s", path, a, b))
		}
	}
	return found
}
