package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

const (
	home    = "000000000000"
	foreign = "111111111111"
)

// newDirectory opens a relaxed directory over an empty database.
func newDirectory(t testing.TB) *Directory {
	t.Helper()
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return openDirectory(t, db, Config{Relaxed: true})
}

func openDirectory(t testing.TB, db *state.DB, cfg Config) *Directory {
	t.Helper()
	cfg.Account, cfg.Region = home, "us-east-1"
	d, err := New(t.Context(), cfg, Needs{State: db, Diary: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// openFile opens the state database of a directory, as a start of the program does.
func openFile(t testing.TB, dir string) *state.DB {
	t.Helper()
	cfg := state.Default()
	cfg.Path = filepath.Join(dir, "state.db")
	db, err := state.Open(cfg, Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// asRoot is a context in which the root of an account calls.
func asRoot(t testing.TB, account string) context.Context {
	return caller.With(t.Context(), &caller.Caller{
		Scope: caller.Scope{Account: account, Region: "us-east-1"}, Kind: caller.Root, PrincipalID: account, ARN: rootARN(account),
	})
}

// signedIn is a context in which the owner of an access key calls.
func signedIn(t testing.TB, d *Directory, keyID string) context.Context {
	t.Helper()
	return caller.With(t.Context(), &mustKey(t, d, keyID).Caller)
}

func mustKey(t testing.TB, d *Directory, id string) *Key {
	t.Helper()
	k, err := d.Key(t.Context(), id)
	if err != nil {
		t.Fatalf("Key(%s): %v", id, err)
	}
	return k
}

// must returns v; an error ends the test.
func must[V any](t testing.TB) func(v V, err error) V {
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused checks an error's kind, code and a part of its text.
func refused(t testing.TB, what string, err error, kind fault.Kind, code, text string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != kind || f.Code != code || !strings.Contains(f.Message(), text) || f.Op == "" {
		t.Errorf("%s: got %#v, want kind %v, code %q, text with %q and an operation", what, err, kind, code, text)
	}
}

// newUser makes a user with an access key and inline policies p0, p1, ...
func newUser(t testing.TB, d *Directory, ctx context.Context, name string, policies ...string) (keyID string) {
	t.Helper()
	must[*iam.CreateUserOutput](t)(d.CreateUser(ctx, &iam.CreateUserInput{UserName: name}))
	for i, text := range policies {
		putUserPolicy(t, d, ctx, name, fmt.Sprintf("p%d", i), text)
	}
	return must[*iam.CreateAccessKeyOutput](t)(d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})).AccessKey.AccessKeyId
}

func putUserPolicy(t testing.TB, d *Directory, ctx context.Context, user, name, text string) {
	t.Helper()
	must[*iam.PutUserPolicyOutput](t)(d.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: user, PolicyName: name, PolicyDocument: text}))
}

// statement is a document of one statement without conditions.
func statement(effect, action, resource string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Action":%q,"Resource":%q}]}`, effect, action, resource)
}

func TestNewRefuses(t *testing.T) {
	db := must[*state.DB](t)(state.OpenMemory(Tables()...))
	defer db.Close()
	f := func(cfg Config, db *state.DB, want string) {
		t.Helper()
		if _, err := New(t.Context(), cfg, Needs{State: db}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v): got %v, want an error with %q", cfg, err, want)
		}
	}
	f(Config{Account: "12345"}, db, `account "12345": want 12 digits`)
	f(Config{Account: home}, nil, "no state database")
	f(Config{Account: home, CredentialsFile: t.TempDir()}, db, "root key")
}

func TestAccountsDoNotSeeEachOther(t *testing.T) {
	d := newDirectory(t)
	ours, theirs := asRoot(t, home), asRoot(t, foreign)
	key := newUser(t, d, ours, "bob", statement("Allow", "*", "*"))
	arn := must[string](t)(d.EnsureRole(ours, home, "logging", trustIoT, allowLogs))

	_, err := d.GetUser(theirs, &iam.GetUserInput{UserName: "bob"})
	refused(t, "GetUser", err, fault.NotFound, iam.NoSuchEntityException, "bob")
	_, err = d.GetRole(theirs, &iam.GetRoleInput{RoleName: "logging"})
	refused(t, "GetRole", err, fault.NotFound, iam.NoSuchEntityException, "logging")
	_, err = d.DeleteAccessKey(theirs, &iam.DeleteAccessKeyInput{AccessKeyId: key})
	refused(t, "DeleteAccessKey", err, fault.NotFound, iam.NoSuchEntityException, key)
	_, err = d.ListAccessKeys(theirs, &iam.ListAccessKeysInput{UserName: "bob"})
	refused(t, "ListAccessKeys", err, fault.NotFound, iam.NoSuchEntityException, "bob")
	if out, err := d.ListUsers(theirs, &iam.ListUsersInput{}); err != nil || len(out.Users) != 0 {
		t.Errorf("ListUsers: got %+v, %v, want nobody", out, err)
	}
	if out, err := d.ListRoles(theirs, &iam.ListRolesInput{}); err != nil || len(out.Roles) != 0 {
		t.Errorf("ListRoles: got %+v, %v, want none", out, err)
	}

	// The same names are free in the other account, and are other people.
	newUser(t, d, theirs, "bob", statement("Deny", "*", "*"))
	if err := d.Allow(ours, &mustKey(t, d, key).Caller, "iot:ListThings", "*"); err != nil {
		t.Errorf("the deny of another account's bob reached ours: %v", err)
	}
	err = d.RoleAllows(ours, arn, "iot.amazonaws.com", "logs:PutLogEvents", "arn:aws:logs:us-east-1:"+foreign+":log-group:g:log-stream:s")
	refused(t, "RoleAllows", err, fault.Denied, "", "reaches nothing of account "+foreign)
}

// Everything is there again after a restart, and what the diary and fmt print of keys never holds a secret.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	db := openFile(t, dir)
	d := openDirectory(t, db, Config{})
	ctx := asRoot(t, home)
	id := newUser(t, d, ctx, "bob", statement("Allow", "iot:*", "*"))
	arn := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, allowLogs))
	before := mustKey(t, d, id)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	d = openDirectory(t, openFile(t, dir), Config{})
	after := mustKey(t, d, id)
	if *after != *before || len(after.Secret) != 40 || !after.Verify {
		t.Errorf("key after restart: got %v with a secret of %d bytes, want %v", after, len(after.Secret), before)
	}
	if err := d.Allow(ctx, &after.Caller, "iot:ListThings", "*"); err != nil {
		t.Errorf("Allow after restart: %v", err)
	}
	if err := d.RoleAllows(ctx, arn, "iot.amazonaws.com", "logs:PutLogEvents", "*"); err != nil {
		t.Errorf("RoleAllows after restart: %v", err)
	}

	var diary bytes.Buffer
	slog.New(slog.NewJSONHandler(&diary, nil)).Info("x", "key", after, "value", *after, "secret", secret(after.Secret))
	printed := diary.String() + fmt.Sprintf("%v %+v %#v %s %v %#v %q", after, *after, *after, after, secret(after.Secret), secret(after.Secret), secret(after.Secret))
	if strings.Contains(printed, after.Secret) || !strings.Contains(printed, id) {
		t.Errorf("printed keys tell the secret, or not the id: %s", printed)
	}
}
