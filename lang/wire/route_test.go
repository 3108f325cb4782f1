package wire_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"telltale/base/fault"
	"telltale/lang/wire"
)

func TestRoute(t *testing.T) {
	all := []wire.Protocol{wire.RestJSON, wire.JSON10, wire.JSON11, wire.Query, wire.RPCCBOR}
	f := func(method, target, body string, want string, headers ...string) {
		t.Helper()
		k := newKit(all...)
		r, b := request(method, target, body, headers...)
		m, err := k.table.Route(r, b, "kit")
		if err != nil {
			t.Errorf("%s %s %v: %v", method, target, headers, err)
			return
		}
		if got := string(m.Codec.Protocol()) + " " + m.Op.String(); got != want {
			t.Errorf("%s %s %v: got %s, want %s", method, target, headers, got, want)
		}
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}
	f("POST", "/service/Kit_2026/operation/PutKit", "", "rpc-v2-cbor kit.PutKit", "Smithy-Protocol", "rpc-v2-cbor")
	f("POST", "/prefix/service/Kit_2026/operation/PutKit", "", "rpc-v2-cbor kit.PutKit", "Smithy-Protocol", "rpc-v2-cbor")
	f("POST", "/", "{}", "json-1.1 kit.PutKit", "X-Amz-Target", "ns.Kit_2026.PutKit", "Content-Type", "application/x-amz-json-1.1")
	f("POST", "/", "{}", "json-1.0 kit.PutKit", "X-Amz-Target", "Kit_2026.PutKit", "Content-Type", "application/x-amz-json-1.0")
	f("POST", "/", "Action=ListKits&Version=2026-01-01", "query kit.ListKits", form...)
	f("POST", "/", "Version=2026-01-01&X=1&Action=ListKits", "query kit.ListKits", form...)
	f("GET", "/?Action=ListKits&Version=2026-01-01&X-Amz-Signature=00", "", "query kit.ListKits")
	f("GET", "/kits", "", "rest-json kit.ListKits")
	f("PUT", "/kits/a%2Fb", "{}", "rest-json kit.PutKit")
}

func TestRouteRefused(t *testing.T) {
	all := []wire.Protocol{wire.RestJSON, wire.JSON11, wire.Query}
	f := func(scope, method, target, body string, status int, code, want string, headers ...string) {
		t.Helper()
		k := newKit(all...)
		r, b := request(method, target, body, headers...)
		m, err := k.table.Route(r, b, scope)
		if err == nil || m.Codec == nil {
			t.Errorf("%s %s: got %v with codec %v, want an error with a codec", method, target, m.Op, m.Codec)
			return
		}
		e := m.ErrorFor(err)
		if e.Status != status || e.Code != code || !strings.Contains(e.Message, want) {
			t.Errorf("%s %s: got %d %s %q, want %d %s %q", method, target, e.Status, e.Code, e.Message, status, code, want)
		}
	}
	f("kit", "POST", "/", "", 404, "UnknownOperationException", `service kit has no operation "Nothing"`, "X-Amz-Target", "Kit_2026.Nothing")
	f("kit", "POST", "/", "", 404, "UnknownOperationException", `no service here has the target "Other"`, "X-Amz-Target", "Other.PutKit")
	f("kit", "POST", "/", "", 404, "UnknownOperationException", "not of the form SERVICE.OPERATION", "X-Amz-Target", "PutKit")
	f("kit", "POST", "/", "", 404, "UnknownOperationException", "does not speak json-1.0", "X-Amz-Target", "Kit_2026.PutKit", "Content-Type", "application/x-amz-json-1.0")
	f("kit", "POST", "/x", "", 404, "UnknownOperationException", "not of the form /service/NAME/operation/NAME", "Smithy-Protocol", "rpc-v2-cbor")
	f("kit", "DELETE", "/kits/a", "", 404, "UnknownOperationException", "no operation of kit is called with DELETE /kits/a")
	f("kit", "PUT", "/kits//", "", 404, "UnknownOperationException", "PUT /kits//")
	f("kit", "PUT", "/kits/", "", 404, "UnknownOperationException", "PUT /kits/")
	f("kit", "POST", "/", "Action=Nothing&Version=2026-01-01", 400, "InvalidAction", "Could not find operation Nothing for version 2026-01-01", "Content-Type", "application/x-www-form-urlencoded")
	f("kit", "POST", "/", "Action=PutKit&Version=1999-01-01", 400, "InvalidAction", "for version 1999-01-01", "Content-Type", "application/x-www-form-urlencoded")
	f("other", "GET", "/kits", "", 404, "UnknownOperationException", `no service here signs requests as "other"`)
	f("other", "POST", "/", "", 403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'kit', not 'other'", "X-Amz-Target", "Kit_2026.PutKit")
}

// A service that has an error for it tells a wrong method from an unknown path.
func TestMethodNotAllowed(t *testing.T) {
	k := newKit(wire.RestJSON)
	k.service.Errors["MethodNotAllowedException"] = wire.ErrorShape{Code: "MethodNotAllowedException", Status: 405, Members: []string{"message"}}
	f := func(method, path string, status int, code string) {
		t.Helper()
		r, b := request(method, path, "")
		m, err := k.table.Route(r, b, "kit")
		if e := m.ErrorFor(err); err == nil || e.Status != status || e.Code != code {
			t.Errorf("%s %s: got %+v, want %d %s", method, path, e, status, code)
		}
	}
	f("DELETE", "/kits/a", 405, "MethodNotAllowedException")
	f("POST", "/kits", 405, "MethodNotAllowedException")
	f("DELETE", "/kit", 404, "UnknownOperationException")
}

// Who wants to know of refused calls is told with the input, and says how they are answered.
func TestHandleRefusals(t *testing.T) {
	k := newKit(wire.RestJSON)
	var told *listInput
	wire.HandleRefusals(k.table, wire.TypedOp[listInput, listOutput]{Op: k.list}, func(_ context.Context, in *listInput, why error) error {
		told = in
		return fault.Wrap("kit", fault.Conflict, why)
	})
	r, b := request("GET", "/kits", "")
	m := k.match(t, r, b)
	in := &listInput{}
	if err := m.Refuser(t.Context(), in, errors.New("no")); told != in || !fault.Is(err, fault.Conflict) {
		t.Errorf("told %v, answered %v", told, err)
	}
}

func TestRouteByOldSigningName(t *testing.T) {
	k := newKit(wire.RestJSON)
	r, b := request("GET", "/kits", "")
	if m, err := k.table.Route(r, b, "old-kit"); err != nil || m.Op != k.list {
		t.Errorf("got %v, %v", m.Op, err)
	}
}

// TestRouteUnsigned holds that a listener gives its own services only.
func TestRouteUnsigned(t *testing.T) {
	k := newKit(wire.RestJSON)
	r, b := request("GET", "/kits", "")
	if m, err := k.table.RouteUnsigned(r, b, "kit"); err != nil || m.Op != k.list {
		t.Errorf("allowed: got %v, %v", m.Op, err)
	}
	if m, err := k.table.RouteUnsigned(r, b, "other"); err == nil {
		t.Errorf("not allowed: got %v", m.Op)
	}
	k = newKit(wire.JSON11)
	r, b = target("ListKits", "{}")
	if _, err := k.table.RouteUnsigned(r, b, "other"); fault.KindOf(err) != fault.Denied {
		t.Errorf("not allowed by target: got error %v, want a denial", err)
	}
}

// TestTwoServicesOneRoute holds that an unsigned request that could mean two operations is not guessed at.
func TestTwoServicesOneRoute(t *testing.T) {
	one, two := newKit(wire.RestJSON), newKit(wire.RestJSON)
	two.service.Name, two.service.SigningNames = "twin", []string{"twin"}
	table := wire.NewTable(one.service, two.service).Use(codecs()...)
	r, b := request("GET", "/kits", "")
	if m, err := table.Route(r, b, "twin"); err != nil || m.Op != two.list {
		t.Errorf("signed: got %v, %v", m.Op, err)
	}
	if _, err := table.Route(r, b, ""); err == nil || !strings.Contains(err.Error(), "both kit and twin") {
		t.Errorf("unsigned: got error %v", err)
	}
}

func TestGreedyAndLiteralRoutes(t *testing.T) {
	s := &wire.Service{Name: "s", SigningNames: []string{"s"}, Protocols: []wire.Protocol{wire.RestJSON}}
	type none struct{ wire.Nothing }
	for name, route := range map[string]string{
		"Literal": "GET /a/fixed", "Label": "GET /a/{x}", "Deep": "GET /a/{x}/b", "Greedy": "GET /g/{rest+}", "Slash": "GET /slash/", "Back": "GET /a/fixed/{y}/z",
	} {
		wire.NewOp[none, none](s, name, route, 0)
	}
	table := wire.NewTable(s).Use(codecs()...)
	f := func(path, want string) {
		t.Helper()
		r, b := request("GET", path, "")
		m, err := table.Route(r, b, "s")
		got := ""
		if err == nil {
			got = m.Op.Name
			for _, label := range m.Labels {
				got += " " + label.Name + "=" + label.Value
			}
		}
		if got != want {
			t.Errorf("GET %s: got %q, %v, want %q", path, got, err, want)
		}
	}
	f("/a/fixed", "Literal")
	f("/a/other", "Label x=other")
	f("/a/fixed/b", "Deep x=fixed")
	f("/a/fixed/q/z", "Back y=q")
	f("/a/a%2Fb/b", "Deep x=a/b")
	f("/g/a/b%2Fc//d/", "Greedy rest=a/b/c//d/")
	f("/g/", "")
	f("/slash", "Slash")
	f("/slash/", "Slash")
	f("/a/fixed/", "")
}

func TestTable(t *testing.T) {
	k := newKit(wire.JSON11)
	put := wire.TypedOp[putInput, putOutput]{Op: k.put}
	wire.Handle(k.table, put, func(_ context.Context, in *putInput) (*putOutput, error) {
		if in.Name == "" {
			return nil, nil
		}
		return &putOutput{Arn: in.Name}, nil
	})
	for _, c := range k.table.Coverage() {
		if c.Handled != (c.Op == k.put) {
			t.Errorf("%s: handled is %v", c.Op, c.Handled)
		}
	}
	r, b := target("PutKit", "{}")
	m := k.match(t, r, b)
	if out, err := m.Handler(t.Context(), &putInput{Name: "x"}); err != nil || out.(*putOutput).Arn != "x" {
		t.Errorf("got %v, %v", out, err)
	}
	if out, err := m.Handler(t.Context(), &putInput{}); err != nil || out.(*putOutput) == nil {
		t.Errorf("a handler without answer: got %v, %v, want an empty output", out, err)
	}
	r, b = target("ListKits", "{}")
	if m := k.match(t, r, b); m.Handler != nil {
		t.Error("ListKits has a handler no one gave it")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the second handler of an operation went unnoticed")
			}
		}()
		wire.Handle(k.table, put, func(context.Context, *putInput) (*putOutput, error) { return nil, nil })
	}()
}
