package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "111111111111", Region: "us-east-1"}
	abroad   = caller.Scope{Account: "111111111111", Region: "eu-west-1"}
	stranger = caller.Scope{Account: "222222222222", Region: "us-east-1"}
)

// fixture is a registry and one who uses it.
type fixture struct {
	*Registry
	t   *testing.T
	s   caller.Scope
	ctx context.Context
}

func open(t *testing.T) *fixture {
	t.Helper()
	db, err := state.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return over(t, db)
}

func over(t *testing.T, db *state.DB) *fixture {
	t.Helper()
	ca, err := authority.Open("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(t.Context(), Config{}, Needs{State: db, Authority: ca, Diary: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return (&fixture{Registry: r, t: t}).as(home)
}

// as is the same registry used by another.
func (f *fixture) as(s caller.Scope) *fixture {
	return &fixture{f.Registry, f.t, s, caller.With(f.t.Context(), &caller.Caller{Scope: s})}
}

func do[I, O any](f *fixture, op func(context.Context, *I) (*O, error), in I) *O {
	f.t.Helper()
	out, err := op(f.ctx, &in)
	if err != nil {
		f.t.Fatalf("%T%+v: %v", in, in, err)
	}
	return out
}

// fails expects the modelled error and parts of its text.
func fails[I, O any](f *fixture, op func(context.Context, *I) (*O, error), in I, code string, parts ...string) {
	f.t.Helper()
	out, err := op(f.ctx, &in)
	if err == nil {
		f.t.Errorf("%T%+v: got %+v, want %s", in, in, *out, code)
		return
	}
	if out != nil {
		f.t.Errorf("%T%+v: an output came with the error %v", in, in, err)
	}
	e := iot.Service.ErrorFor(err)
	if e.Shape != code {
		f.t.Errorf("%T%+v: got %s (%v), want %s", in, in, e.Shape, err, code)
	}
	for _, part := range parts {
		if !strings.Contains(e.Message, part) {
			f.t.Errorf("%T%+v: got the text %q, want one with %q", in, in, e.Message, part)
		}
	}
	if !strings.HasPrefix(err.Error(), "registry.") && !strings.HasPrefix(err.Error(), "List") {
		f.t.Errorf("%T: the diary does not learn the operation: %v", in, err)
	}
}

// errors of the model, for short
const (
	invalid  = iot.InvalidRequestException
	notFound = iot.ResourceNotFoundException
	exists   = iot.ResourceAlreadyExistsException
)

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func (f *fixture) thing(names ...string) {
	f.t.Helper()
	for _, name := range names {
		do(f, f.CreateThing, iot.CreateThingInput{ThingName: name})
	}
}

// groups makes groups written child<parent.
func (f *fixture) groups(list ...string) {
	f.t.Helper()
	for _, text := range list {
		name, parent, _ := strings.Cut(text, "<")
		do(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: name, ParentGroupName: parent})
	}
}

func (f *fixture) join(thing string, groups ...string) {
	f.t.Helper()
	do(f, f.UpdateThingGroupsForThing, iot.UpdateThingGroupsForThingInput{ThingName: thing, ThingGroupsToAdd: groups})
}

func csr(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// certificate makes an active certificate and returns its id and ARN.
func (f *fixture) certificate() (id, arn string) {
	f.t.Helper()
	out := do(f, f.CreateCertificateFromCsr, iot.CreateCertificateFromCsrInput{CertificateSigningRequest: csr(f.t), SetAsActive: new(true)})
	return out.CertificateId, out.CertificateArn
}

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}`

func (f *fixture) policy(names ...string) {
	f.t.Helper()
	for _, name := range names {
		do(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: name, PolicyDocument: allowAll})
	}
}

func (f *fixture) attach(policy, target string) {
	f.t.Helper()
	do(f, f.AttachPolicy, iot.AttachPolicyInput{PolicyName: policy, Target: target})
}

func (f *fixture) own(thing, principal string, exclusive bool) {
	f.t.Helper()
	kind := iot.ThingPrincipalTypeNonExclusiveThing
	if exclusive {
		kind = iot.ThingPrincipalTypeExclusiveThing
	}
	do(f, f.AttachThingPrincipal, iot.AttachThingPrincipalInput{ThingName: thing, Principal: principal, ThingPrincipalType: kind})
}

// walk reads a listing page by page and checks that pages have the size asked for.
func walk[T any](f *fixture, size int32, next func(token string, max *int32) ([]T, string)) []T {
	f.t.Helper()
	var all []T
	token := ""
	for range 1000 {
		list, more := next(token, &size)
		all = append(all, list...)
		if more == "" {
			return all
		}
		if len(list) != int(size) {
			f.t.Errorf("a page has %d results though more follow; want %d", len(list), size)
		}
		token = more
	}
	f.t.Fatal("the listing does not end")
	return nil
}

func names(prefix string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s%02d", prefix, i))
	}
	return list
}

// Whatever one account and region has, no other sees.
func TestScopesAreSeparate(t *testing.T) {
	f := open(t)
	f.thing("lamp")
	f.groups("house")
	f.policy("all")
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
	do(f, f.CreateBillingGroup, iot.CreateBillingGroupInput{BillingGroupName: "bill"})
	id, certificate := f.certificate()
	f.own("lamp", certificate, false)
	f.join("lamp", "house")
	for _, s := range []caller.Scope{abroad, stranger} {
		o := f.as(s)
		fails(o, o.DescribeThing, iot.DescribeThingInput{ThingName: "lamp"}, notFound, s.Account, s.Region)
		fails(o, o.DescribeThingGroup, iot.DescribeThingGroupInput{ThingGroupName: "house"}, notFound)
		fails(o, o.DescribeThingType, iot.DescribeThingTypeInput{ThingTypeName: "light"}, notFound)
		fails(o, o.DescribeBillingGroup, iot.DescribeBillingGroupInput{BillingGroupName: "bill"}, notFound)
		fails(o, o.GetPolicy, iot.GetPolicyInput{PolicyName: "all"}, notFound)
		fails(o, o.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: id}, notFound)
		fails(o, o.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive}, notFound)
		fails(o, o.ListPrincipalThings, iot.ListPrincipalThingsInput{Principal: certificate}, invalid, "belongs to account 111111111111, region us-east-1")
		fails(o, o.TagResource, iot.TagResourceInput{ResourceArn: arn.IoT(home, "policy", "all")}, invalid, "belongs to")
		same(t, "things", len(do(o, o.ListThings, iot.ListThingsInput{}).Things), 0)
		same(t, "groups", len(do(o, o.ListThingGroups, iot.ListThingGroupsInput{}).ThingGroups), 0)
		same(t, "types", len(do(o, o.ListThingTypes, iot.ListThingTypesInput{}).ThingTypes), 0)
		same(t, "policies", len(do(o, o.ListPolicies, iot.ListPoliciesInput{}).Policies), 0)
		same(t, "certificates", len(do(o, o.ListCertificates, iot.ListCertificatesInput{}).Certificates), 0)
		same(t, "lines", f.GroupLines(s, "lamp"), nil)
		b, err := f.Bind(f.ctx, s, id, "lamp")
		if err != nil || b.Thing != "" || b.Attached {
			t.Errorf("%v: got the binding %+v, %v, want none", s, b, err)
		}
		o.thing("lamp") // the same name is another thing
	}
}

// A database that is closed or full is no fault of the caller.
func TestBrokenDatabase(t *testing.T) {
	db, err := state.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	f := over(t, db)
	before := f.Generation()
	db.Close()
	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp"}, iot.InternalFailureException, "An internal error has occurred")
	fails(f, f.ListThings, iot.ListThingsInput{}, iot.InternalFailureException)
	if f.Generation() == before {
		t.Error("the generation did not rise, though nobody knows whether the change was made")
	}
	same(t, "lines", f.GroupLines(home, "lamp"), nil)
}

// Everything survives closing the database, the status change nobody watched included.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	session := func(use func(f *fixture)) {
		db, err := state.Open(state.Config{Path: path, Sync: state.Normal})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		use(over(t, db))
	}
	var id string
	session(func(f *fixture) {
		var certificate string
		id, certificate = f.certificate()
		f.thing("lamp")
		f.own("lamp", certificate, false)
		f.policy("all")
		f.attach("all", certificate)
	})
	session(func(f *fixture) {
		b, err := f.Bind(f.ctx, home, id, "lamp")
		if err != nil || !b.Attached {
			t.Fatalf("got %+v, %v, want the attached thing", b, err)
		}
		same(t, "policies", f.sources(id, b), []string{"all:1 certificate"})
		do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateRevoked})
	})
	session(func(f *fixture) {
		got := f.watch(1)
		same(t, "changes", got, []string{id + " REVOKED"})
	})
	session(func(f *fixture) { // acknowledged: it does not come again
		ctx, cancel := context.WithCancel(f.ctx)
		do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateActive})
		var got []string
		err := f.WatchCertificates(ctx, func(_ caller.Scope, id, status string) {
			got = append(got, id+" "+status)
			cancel()
		})
		if err != nil || !slices.Equal(got, []string{id + " ACTIVE"}) {
			t.Errorf("got %v, %v, want only the new change", got, err)
		}
	})
}
