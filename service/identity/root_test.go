package identity

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/lang/wire/sigv4"
	"telltale/store/state"
)

// start is one start of the program on a data directory. It returns what the diary says, too.
func start(t testing.TB, dir string) (*Directory, *state.DB, string) {
	t.Helper()
	db := openFile(t, dir)
	var diary bytes.Buffer
	cfg := Config{Account: home, Region: "us-east-1", CredentialsFile: filepath.Join(dir, "sub", "credentials")}
	d, err := New(t.Context(), cfg, Needs{State: db, Diary: slog.New(slog.NewTextHandler(&diary, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if written, err := readCredentials(cfg.CredentialsFile); err != nil || strings.Contains(diary.String(), string(written.secret)) {
		t.Fatalf("after a start: %v, diary %s", err, diary.String())
	}
	return d, db, diary.String()
}

func TestRootKey(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sub", "credentials")
	d, db, _ := start(t, dir)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("credentials file: %v, %v, want mode 0600", info, err)
	}
	first := must[credentials](t)(readCredentials(file))
	k := mustKey(t, d, first.id)
	if k.Secret != string(first.secret) || !k.Verify || k.Caller.Kind != caller.Root || k.Caller.Account != home || first.exposed {
		t.Errorf("the file's key is %v, verified %v", k, k.Verify)
	}

	restart := func() string {
		t.Helper()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var diary string
		d, db, diary = start(t, dir)
		return diary
	}
	f := func(what string, same bool) {
		t.Helper()
		now := must[credentials](t)(readCredentials(file))
		if (now.id == first.id && now.secret == first.secret) != same {
			t.Errorf("%s: key %s was %s, want the same: %v", what, now.id, first.id, same)
		}
		if k := mustKey(t, d, now.id); k.Secret != string(now.secret) {
			t.Errorf("%s: the file's key is not known", what)
		}
		first = now
	}
	restart()
	f("second start", true)
	os.Remove(file)
	restart()
	f("file lost", true)

	// A deleted key does not come back, but there is a way to a new one.
	ctx := signedIn(t, d, first.id)
	must[*iam.DeleteAccessKeyOutput](t)(d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: first.id}))
	if diary := restart(); !strings.Contains(diary, "holds no active key") || !strings.Contains(diary, first.id) {
		t.Errorf("diary after the key was deleted: %s", diary)
	}
	_, err = d.Key(ctx, first.id)
	refused(t, "deleted root key after a restart", err, fault.Denied, sigv4.CodeUnrecognized, first.id)
	os.Remove(file)
	restart()
	f("key deleted, file removed", false)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if diary := restart(); !strings.Contains(diary, "can be read by others") {
		t.Errorf("diary of a start with an exposed file: %s", diary)
	}
	f("exposed file", true)
}

func TestRootKeyOfTheOperator(t *testing.T) {
	dir := t.TempDir()
	given := credentials{id: "OPERATORSOWNKEY_01", secret: "0123456789abcdefghij"}
	file := filepath.Join(dir, "sub", "credentials")
	if err := given.write(file); err != nil {
		t.Fatal(err)
	}
	d, db, _ := start(t, dir)
	if k := mustKey(t, d, given.id); k.Secret != string(given.secret) || k.Caller.Kind != caller.Root {
		t.Errorf("got %v, want the operator's key as root's", k)
	}

	// Another account cannot have the same key.
	_, err := New(t.Context(), Config{Account: foreign, CredentialsFile: file}, Needs{State: db, Diary: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "belongs to somebody else") {
		t.Errorf("second account with the same file: got %v", err)
	}
	if err := os.WriteFile(file, []byte("[default]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = New(t.Context(), Config{Account: home, CredentialsFile: file}, Needs{State: db, Diary: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "aws_access_key_id") {
		t.Errorf("broken file: got %v, want its name and what is missing", err)
	}
}

func TestParseCredentials(t *testing.T) {
	const id, key = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE=+="
	ok := func(text string) {
		t.Helper()
		if c, err := parseCredentials([]byte(text)); err != nil || c.id != id || string(c.secret) != key {
			t.Errorf("%q: got id %s, %v", text, c.id, err)
		}
	}
	ok("[default]\naws_access_key_id=" + id + "\naws_secret_access_key=" + key)
	ok("# comment\r\n[ other ]\r\naws_access_key_id = x\r\n\r\n[default] \r\nAWS_Access_Key_ID = " + id + "\r\naws_secret_access_key\t= " + key + " \r\nregion = us-east-1\r\n[last]\r\naws_access_key_id = x\r\n")
	bad := func(text, want string) {
		t.Helper()
		if c, err := parseCredentials([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), key) {
			t.Errorf("%.60q: got %v, %v, want an error with %q and without the secret", text, c, err, want)
		}
	}
	bad("", "aws_access_key_id of profile [default]")
	bad("[other]\naws_access_key_id="+id+"\naws_secret_access_key="+key, "aws_access_key_id")
	bad("[default]\naws_access_key_id="+id, "aws_secret_access_key")
	bad("[default]\naws_access_key_id=a b\naws_secret_access_key="+key, `"a b"`)
	bad("[default]\naws_access_key_id="+id+"\naws_secret_access_key="+key+" x", "without spaces")
	bad(strings.Repeat("\n", maxCredentials+1), "more than 65536 bytes")
	bad(strings.Repeat("x", maxCredentials), "aws_access_key_id")
}

func FuzzParseCredentials(f *testing.F) {
	f.Add([]byte("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"))
	f.Add([]byte("[default"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseCredentials(text)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "credentials")
		if err := c.write(path); err != nil {
			t.Fatal(err)
		}
		if back, err := readCredentials(path); err != nil || back != c {
			t.Fatalf("written and read again: %s, %v, want %s", back.id, err, c.id)
		}
	})
}
