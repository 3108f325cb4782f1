package connect

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:"

// script writes a program of the shell and returns the command that runs it.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "function")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return "exec:" + path
}

func parseFunctions(t *testing.T, nameAndWhat ...string) *Functions {
	t.Helper()
	configured := map[string]string{}
	for i := 0; i < len(nameAndWhat); i += 2 {
		configured[nameAndWhat[i]] = nameAndWhat[i+1]
	}
	f, err := ParseFunctions(configured)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFunctionsAreFound(t *testing.T) {
	echo := func(text string) string { return script(t, "printf "+text) }
	functions := parseFunctions(t, "alarm", echo("name"), functionARN+"exact", echo("exact"), "exact", echo("byname"), "exact:2", echo("two"))
	f := func(function, want string) {
		t.Helper()
		got, err := functions.Invoke(t.Context(), function, []byte(`{}`))
		if (err == nil) != functions.Knows(function) || string(got) != want {
			t.Errorf("%s: got %s and error %v, want %s", function, got, err, want)
		}
	}
	f("alarm", "name")
	f(functionARN+"alarm", "name")
	f(functionARN+"alarm:$LATEST", "name")
	f("alarm:3", "name")
	f(functionARN+"exact", "exact")
	f(functionARN+"exact:1", "exact")
	f(functionARN+"exact:2", "two")
	f(strings.Replace(functionARN, "eu-west-1", "us-east-1", 1)+"exact", "byname")
	f("other", "")
	f(functionARN+"other", "")
	f("arn:aws:sns:eu-west-1:123456789012:alarm", "")
	functions = nil
	f("alarm", "")
}

func TestFunctionsAreRefused(t *testing.T) {
	f := func(name, what, want string) {
		t.Helper()
		if _, err := ParseFunctions(map[string]string{name: what}); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "want an URL such as http://127.0.0.1:9000/alarm, or exec:/path/to/program") {
			t.Errorf("%s=%s: got error %v, want %s", name, what, err, want)
		}
	}
	f("a", "", `function "a": that is no URL`)
	f("a", "ftp://host", `function "a": that is no URL`)
	f("a", "exec:", `function "a": exec: names no program`)
	f("a", "exec:/no/such/program", `function "a": `)
	f("", "http://127.0.0.1", `function "": it has no name`)
	if _, err := ParseModels(map[string]string{"ml-1": "x"}); err == nil || !strings.HasPrefix(err.Error(), `model "ml-1": that is no URL`) {
		t.Errorf("got error %v", err)
	}
}

func TestPrograms(t *testing.T) {
	f := func(text, event, want, wantError string) {
		t.Helper()
		got, err := parseFunctions(t, "f", script(t, text)+" first second").Invoke(t.Context(), "f", []byte(event))
		if string(got) != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("%s\n got %.80s and error %v\nwant %s and error %s", text, got, err, want, wantError)
		}
	}
	f("cat", `{"a":1}`, `{"a":1}`, "")
	f(`printf '["%s","%s"]' "$1" "$2"`, `{}`, `["first","second"]`, "")
	f("exit 0", `{"nobody":"reads"}`, "", "")
	f("echo one >&2; printf 'two\\n\\n' >&2; exit 3", `{}`, "", "/function: two (exit status 3)")
	f("exit 1", `{}`, "", "/function: exit status 1")
	f("kill -9 $$", `{}`, "", "signal: killed")
	f("head -c 7000000 /dev/zero; sleep 100", `{}`, "", "/function was stopped: the answer has more than 6291456 bytes")
	f("head -c 100000 /dev/zero >&2; echo >&2; echo last >&2; exit 1", `{}`, "", "/function: last (exit status 1)")
}

// At its deadline a program ends with all that it has started.
func TestProgramsEndInTime(t *testing.T) {
	life := filepath.Join(t.TempDir(), "life") // a pipe that its readers see the end of when all writers are gone
	if err := fifo(life); err != nil {
		t.Skip(err)
	}
	functions := parseFunctions(t, "f", script(t, `exec 3>"$1"; sleep 1000 & wait`)+" "+life)
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := functions.Invoke(ctx, "f", []byte(`{}`))
		done <- err
	}()
	reader, err := os.Open(life) // returns when the program has opened it
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cancel(context.DeadlineExceeded)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "/function was stopped: context deadline exceeded") {
		t.Errorf("got error %v", err)
	}
	if b, err := io.ReadAll(reader); err != nil || len(b) != 0 {
		t.Errorf("read %q, %v", b, err)
	}
}

// What a program leaves behind ends with it.
func TestProgramsLeaveNothing(t *testing.T) {
	life := filepath.Join(t.TempDir(), "life")
	if err := fifo(life); err != nil {
		t.Skip(err)
	}
	functions := parseFunctions(t, "f", script(t, `exec 3>"$1"; sleep 1000 >/dev/null 2>&1 </dev/null & printf 1`)+" "+life)
	opened := make(chan *os.File)
	go func() {
		reader, _ := os.Open(life)
		opened <- reader
	}()
	if got, err := functions.Invoke(t.Context(), "f", []byte(`{}`)); err != nil || string(got) != "1" {
		t.Errorf("got %s, %v", got, err)
	}
	reader := <-opened
	defer reader.Close()
	if _, err := io.ReadAll(reader); err != nil {
		t.Error(err)
	}
}

// No more than maxPrograms run at the same time; who waits in vain is told so.
func TestProgramsWait(t *testing.T) {
	release := filepath.Join(t.TempDir(), "release")
	functions := parseFunctions(t, "block", script(t, `while [ ! -e "$1" ]; do sleep 0.01; done`)+" "+release, "quick", script(t, "exit 0"))
	ended := make(chan error, maxPrograms)
	for range maxPrograms {
		go func() {
			_, err := functions.Invoke(t.Context(), "block", []byte(`{}`))
			ended <- err
		}()
	}
	running := functions.answerers["block"].(*program).running
	for len(running) < maxPrograms {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := functions.Invoke(ctx, "quick", []byte(`{}`)); err == nil || !strings.HasPrefix(err.Error(), "16 programs run already, none of which ended in time") {
		t.Errorf("got error %v", err)
	}
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range maxPrograms {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if _, err := functions.Invoke(t.Context(), "quick", []byte(`{}`)); err != nil {
		t.Error(err)
	}
}

func TestPages(t *testing.T) {
	const emulator = "/2015-03-31/functions/function/invocations"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		switch r.URL.Path {
		case "/echo":
			fmt.Fprintf(w, "%s %s %s %s:%s", r.Method, r.Header.Get("Content-Type"), b, user, password)
		case emulator:
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			io.WriteString(w, `{"errorMessage":"no such sensor"}`)
		case "/long":
			w.Write(make([]byte, maxAnswer+1))
		case "/moved":
			http.Redirect(w, r, "/echo", http.StatusTemporaryRedirect)
		default:
			http.Error(w, strings.Repeat("x", 300), http.StatusTeapot)
		}
	}))
	defer s.Close()
	f := func(url, want, wantError string) {
		t.Helper()
		models, err := ParseModels(map[string]string{"ml-1": url})
		if err != nil || !models.Knows("ml-1") || models.Knows("ml-2") {
			t.Fatal(err)
		}
		got, err := models.Predict(t.Context(), "ml-1", []byte(`{"a":1}`))
		if string(got) != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s\n got %.80s and error %v\nwant %s and error %s", url, got, err, want, wantError)
		}
	}
	f(s.URL+"/echo", `POST application/json {"a":1} :`, "")
	f(strings.Replace(s.URL, "://", "://me:secret@", 1)+"/echo", `POST application/json {"a":1} me:secret`, "")
	f(strings.Replace(s.URL, "://", "://me:secret@", 1)+"/tea", "", "://me:xxxxx@127.0.0.1")
	f(s.URL+emulator, "", `the function failed: {"errorMessage":"no such sensor"}`)
	f(s.URL+"/long", "", "/long has more than 6291456 bytes")
	f(s.URL+"/moved", "", "/moved answered 307 Temporary Redirect: ")
	f(s.URL+"/tea", "", "/tea answered 418 I'm a teapot: "+strings.Repeat("x", 200)+"…")
	s.Close()
	f(strings.Replace(s.URL, "://", "://me:secret@", 1)+"/echo", "", "connection refused")

	if _, err := (*Models)(nil).Predict(t.Context(), "ml-1", nil); err == nil || err.Error() != "model ml-1 is not configured: start telltale with --model NAME=URL or NAME=exec:PROGRAM" {
		t.Errorf("got error %v", err)
	}
}
