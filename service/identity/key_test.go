package identity

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/sts"
	"telltale/lang/wire/sigv4"
)

func TestKeyRelaxed(t *testing.T) {
	d := newDirectory(t)
	f := func(id, account string) {
		t.Helper()
		k := mustKey(t, d, id)
		want := Key{Caller: caller.Caller{
			Scope: caller.Scope{Account: account, Region: "us-east-1"}, Kind: caller.Root, AccessKeyID: id,
			PrincipalID: account, ARN: "arn:aws:iam::" + account + ":root",
		}}
		if *k != want {
			t.Errorf("Key(%q) = %+v, want %+v", id, k.Caller, want.Caller)
		}
	}
	f("", home)
	f("test", home)
	f("123456789012", "123456789012")
	f("12345678901", home)
	f("1234567890123", home)
	f("AKIAIOSFODNN7EXAMPLE", home)
	f("\xff\x00 '; drop table", home)
	f(strings.Repeat("A", 5000), home)

	own := newUser(t, d, asRoot(t, foreign), "eve")
	if k := mustKey(t, d, own); !k.Verify || k.Caller.Account != foreign || k.Caller.Kind != caller.User {
		t.Errorf("a key made here is %+v with Verify %v in relaxed mode, want it verified as eve's", k.Caller, k.Verify)
	}
}

func TestKeyStrict(t *testing.T) {
	d := newDirectory(t)
	d.cfg.Relaxed = false
	for _, id := range []string{"", "test", "123456789012", "AKIAIOSFODNN7EXAMPLE", "\xff\x00", strings.Repeat("A", 5000)} {
		_, err := d.Key(t.Context(), id)
		refused(t, fmt.Sprintf("Key(%.20q)", id), err, fault.Denied, sigv4.CodeUnrecognized, "there is no active access key")
	}
}

func TestKeyOfUser(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	id := newUser(t, d, ctx, "Bob")
	user := must[*iam.GetUserOutput](t)(d.GetUser(ctx, &iam.GetUserInput{UserName: "Bob"})).User
	want := caller.Caller{
		Scope: caller.Scope{Account: home, Region: "us-east-1"}, Kind: caller.User, AccessKeyID: id,
		PrincipalID: user.UserId, ARN: "arn:aws:iam::" + home + ":user/Bob", UserName: "Bob",
	}
	if got := mustKey(t, d, id).Caller; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What a caller does with its Key is its own affair.
	mustKey(t, d, id).Caller.UserName = "changed"
	if got := mustKey(t, d, id).Caller; got != want {
		t.Errorf("after a caller changed its copy: got %+v, want %+v", got, want)
	}
	// A change of the user shows at once.
	must[*iam.UpdateUserOutput](t)(d.UpdateUser(ctx, &iam.UpdateUserInput{UserName: "Bob", NewUserName: "Rob", NewPath: "/ops/"}))
	want.UserName, want.ARN = "Rob", "arn:aws:iam::"+home+":user/ops/Rob"
	if got := mustKey(t, d, id).Caller; got != want {
		t.Errorf("after a new name: got %+v, want %+v", got, want)
	}

	set := func(status string) {
		t.Helper()
		must[*iam.UpdateAccessKeyOutput](t)(d.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: "Rob", AccessKeyId: id, Status: status}))
	}
	set("Inactive")
	_, err := d.Key(ctx, id) // relaxed or not: this key is known
	refused(t, "inactive key", err, fault.Denied, sigv4.CodeUnrecognized, id)
	set("Active")
	mustKey(t, d, id)
	must[*iam.DeleteAccessKeyOutput](t)(d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: "Rob", AccessKeyId: id}))
	if k := mustKey(t, d, id); k.Verify {
		t.Errorf("a deleted key is still verified: %v", k)
	}
}

// A lookup that runs beside a change must not leave the old state in the cache.
func TestConcurrentLookups(t *testing.T) {
	d := newDirectory(t)
	d.cfg.Relaxed = false
	ctx := asRoot(t, home)
	id := newUser(t, d, ctx, "bob", statement("Allow", "iot:*", "*"))
	who := mustKey(t, d, id).Caller
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if k, err := d.Key(ctx, id); err == nil && k.Caller.UserName != "bob" || err != nil && !fault.Is(err, fault.Denied) {
					t.Errorf("Key: got %v, %v", k, err)
					return
				}
				if err := d.Allow(ctx, &who, "iot:ListThings", "*"); err != nil && !fault.Is(err, fault.Denied) {
					t.Errorf("Allow: %v", err)
					return
				}
			}
		})
	}
	for i := range 100 {
		status, effect := iam.StatusTypeActive, "Allow"
		if i%2 == 0 {
			status, effect = iam.StatusTypeInactive, "Deny"
		}
		must[*iam.UpdateAccessKeyOutput](t)(d.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: "bob", AccessKeyId: id, Status: status}))
		putUserPolicy(t, d, ctx, "bob", "p0", statement(effect, "iot:*", "*"))
		if _, err := d.Key(ctx, id); (err == nil) != (status == iam.StatusTypeActive) {
			t.Fatalf("round %d: key is %s, but Key answers %v", i, status, err)
		}
		if err := d.Allow(ctx, &who, "iot:ListThings", "*"); (err == nil) != (effect == "Allow") {
			t.Fatalf("round %d: policy is %s, but Allow answers %v", i, effect, err)
		}
	}
	close(done)
	readers.Wait()
}

func TestCacheKeepsNothingStale(t *testing.T) {
	var c cache[int]
	_, age, ok := c.get("k")
	c.forget() // a change, while the reader was reading
	c.keep("k", 1, age)
	if v, _, found := c.get("k"); ok || found {
		t.Errorf("got %d, want nothing: it was read before the change", v)
	}
	_, age, _ = c.get("k")
	c.keep("k", 2, age)
	if v, _, ok := c.get("k"); !ok || v != 2 {
		t.Errorf("got %d, %v, want 2", v, ok)
	}
}

func TestGetCallerIdentity(t *testing.T) {
	d := newDirectory(t)
	id := newUser(t, d, asRoot(t, home), "bob")
	who := mustKey(t, d, id).Caller
	out := must[*sts.GetCallerIdentityOutput](t)(d.GetCallerIdentity(signedIn(t, d, id), &sts.GetCallerIdentityInput{}))
	if want := (sts.GetCallerIdentityOutput{UserId: who.PrincipalID, Account: home, Arn: "arn:aws:iam::" + home + ":user/bob"}); *out != want {
		t.Errorf("user: got %+v, want %+v", *out, want)
	}
	out = must[*sts.GetCallerIdentityOutput](t)(d.GetCallerIdentity(signedIn(t, d, foreign), nil))
	if want := (sts.GetCallerIdentityOutput{UserId: foreign, Account: foreign, Arn: "arn:aws:iam::" + foreign + ":root"}); *out != want {
		t.Errorf("root: got %+v, want %+v", *out, want)
	}
	_, err := d.GetCallerIdentity(t.Context(), nil)
	refused(t, "nobody", err, fault.Denied, sigv4.CodeMissing, "Missing Authentication Token")
}

func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^(AIDA|AROA|AKIA)[0-9A-Z]{16}$`)
	seen := map[string]bool{}
	for range 100 {
		for _, prefix := range []string{userID, roleID, accessKeyID} {
			id := newID(prefix)
			if !form.MatchString(id) || !strings.HasPrefix(id, prefix) || seen[id] {
				t.Fatalf("newID(%s) = %s: want a new one of the form %s", prefix, id, form)
			}
			seen[id] = true
		}
		if s := string(newSecret()); len(s) != 40 || seen[s] || !secretForm.MatchString(s) {
			t.Fatalf("newSecret = %q: want a new one of 40 characters", s)
		} else {
			seen[s] = true
		}
	}
}

func BenchmarkKey(b *testing.B) {
	d := newDirectory(b)
	id := newUser(b, d, asRoot(b, home), "bob")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := d.Key(b.Context(), id); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	d := newDirectory(b)
	who := mustKey(b, d, newUser(b, d, asRoot(b, home), "bob", statement("Allow", "iot:*", "arn:aws:iot:*:*:thing/${aws:username}"))).Caller
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Allow(b.Context(), &who, "iot:DescribeThing", "arn:aws:iot:us-east-1:"+home+":thing/bob"); err != nil {
			b.Fatal(err)
		}
	}
}
