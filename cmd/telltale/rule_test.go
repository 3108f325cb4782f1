package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ruleCommandLine runs a command line of telltale rule and returns what it prints, its exit status and its error.
func ruleCommandLine(t *testing.T, args ...string) (out string, status int, err error) {
	t.Helper()
	cmd := ruleCommand()
	var b bytes.Buffer
	cmd.SetOut(&b)
	cmd.SetErr(io.Discard)
	cmd.SetIn(strings.NewReader(`{"temp":40}`))
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	if err = cmd.Execute(); err == nil {
		return b.String(), 0, nil
	}
	end := &ended{1, err}
	errors.As(err, &end)
	return b.String(), end.status, end.err
}

const hotSensors = "SELECT temp, topic(2) AS d FROM 'sensors/+/t' WHERE temp > 30"

func TestRuleTestStages(t *testing.T) {
	f := func(status int, want string, args ...string) {
		t.Helper()
		out, got, err := ruleCommandLine(t, append([]string{"test"}, args...)...)
		if want = strings.TrimPrefix(want, "\n"); got != status || out != want {
			t.Errorf("%q: status %d, want %d, %v\n got:\n%s\nwant:\n%s", args, got, status, err, out, want)
		}
	}
	f(0, `
match     sensors/s7/t matches 'sensors/+/t'
call      topic(2) = "s7"
where     temp > 30 is true
            temp = 31
select    temp = 31
select    d = topic(2) = "s7"
result    {"temp":31,"d":"s7"}
action    republish
            headers.userProperties[0].key = k
            headers.userProperties[0].value = ${clientid()} = c1
            roleArn = arn:aws:iam::1:role/${x}, for this parameter takes no ${…}
            topic = alarms/${topic(2)} = alarms/s7
          An action would run.
`, "--sql", hotSensors, "--topic", "sensors/s7/t", "--payload", `{"temp":31}`, "--client-id", "c1", "--action",
		`{"republish":{"topic":"alarms/${topic(2)}","roleArn":"arn:aws:iam::1:role/${x}","headers":{"userProperties":[{"key":"k","value":"${clientid()}"}]}}}`)
	f(0, `
match     sensors/s7/t matches 'sensors/+/t'
call      topic(2) = "s7"
where     temp > 30 is true
            temp = 40
select    temp = 40
select    d = topic(2) = "s7"
result    {"temp":40,"d":"s7"}
          An action would run.
`, "--sql", hotSensors, "--topic", "sensors/s7/t", "--payload", "@-")
	f(1, `
match     sensors/s7/t matches 'sensors/+/t'
where     temp > 30 is Undefined
            temp = Undefined
          No action runs: WHERE is not true.
`, "--sql", hotSensors, "--topic", "sensors/s7/t", "--payload", `{"Temp":31}`)
	f(1, `
match     no: sensors/s7 does not match 'sensors/+/t': the topic ends before level 3, where the filter has "t"
          No action runs: the rule does not get this message.
`, "--sql", hotSensors, "--topic", "sensors/s7")
	f(1, `
match     no: the statement has no FROM: only messages to $aws/rules/NAME/… (Basic Ingest) reach the rule
          No action runs: the rule does not get this message.
`, "--sql", "SELECT *", "--topic", "a")
	f(0, `
warning   line 1, column 12: 2.0 counts as an Int in SQL version 2016-03-23, and Int / Int has no fraction; "2.0" in quotes counts as a Decimal
match     $aws/rules/R/a/b is Basic Ingest: FROM is not looked at
payload   is not JSON, so attributes are Undefined: byte 1: expected a value, found 'h'
call      topic() = "a/b"
select    * = "aGk="
select    x = 7/2.0 = 3
select    topic() = "a/b"
result    {"payload":"aGk=","x":3,"topic()":"a/b"}
          An action would run.
`, "--sql", "SELECT *,7/2.0 AS x,topic()", "--topic", "$aws/rules/R/a/b", "--payload", "hi")
	f(0, `
match     a matches 'a'
set       @v = ["1","2"]
call      get_mqtt_property("content_type") = "text/plain"
call      get_user_properties("k") = ["1","2"]
call      get(@v, 1) = "2"
select    p = get_mqtt_property("content_type") = "text/plain"
select    u = get(@v, 1) = "2"
result    {"p":"text/plain","u":"2"}
          An action would run.
`, "--sql", `SET @v = get_user_properties("k") SELECT get_mqtt_property("content_type") AS p, get(@v, 1) AS u FROM 'a'`, "--topic", "a",
		"--property", "content_type=text/plain", "--user-property", "k=1", "--user-property", "k=2")
}

func TestRuleTestBinary(t *testing.T) {
	file := filepath.Join(t.TempDir(), "frame.bin")
	if err := os.WriteFile(file, []byte{0, 1, 255}, 0o600); err != nil {
		t.Fatal(err)
	}
	out, status, err := ruleCommandLine(t, "test", "--sql", "SELECT * FROM 'a'", "--topic", "a", "--payload", "@"+file)
	if want := "result    3 bytes that are not JSON as it came: base64 AAH/\n"; status != 0 || !strings.Contains(out, want) {
		t.Errorf("status %d, %v, got:\n%s\nwant %s", status, err, out, want)
	}
}

func TestRuleTestServices(t *testing.T) {
	sql := "SELECT get_thing_shadow('lamp', 'arn:aws:iam::1:role/r').state AS s FROM 'a'"
	f := func(value, told string, args ...string) {
		t.Helper()
		out, status, err := ruleCommandLine(t, append([]string{"test", "--sql", sql, "--topic", "a", "--json"}, args...)...)
		var r ruleReport
		if err != nil || status != 0 || json.Unmarshal([]byte(out), &r) != nil || len(r.Externals) != 1 || len(r.Select) != 1 {
			t.Fatalf("status %d, %v, %s", status, err, out)
		}
		if x := r.Externals[0]; r.Select[0].Value != value || x.Function != "get_thing_shadow" || x.Resource != "lamp" || !strings.Contains(x.Error, told) {
			t.Errorf("%q: got %+v of %+v", args, r.Select, x)
		}
	}
	f("Undefined", "get_thing_shadow asks another service, which is not there in a test; --answer get_thing_shadow=@FILE says what it gets")
	f("7", "", "--answer", `get_thing_shadow={"state":7}`)
	f("Undefined", "the answer is not JSON", "--answer", "get_thing_shadow=x")
}

func TestRuleTestMistakes(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		_, status, err := ruleCommandLine(t, append([]string{"test"}, args...)...)
		if status != 2 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: status %d, got %v, want 2 and %s", args, status, err, want)
		}
	}
	f("--sql or --rule is missing", "--topic", "a")
	f("--topic is missing", "--sql", "SELECT *")
	f("unknown flag: --bogus", "--bogus")
	f("unknown command", "extra")
	f("--rule brings its own statement", "--rule", "r", "--sql", "SELECT *", "--topic", "a")
	f(`unknown version "2017"; allowed: 2015-10-08, 2016-03-23, beta`, "--sql", "SELECT *", "--sql-version", "2017", "--topic", "a")
	f("the wildcard '#' is not allowed in a topic name", "--sql", "SELECT * FROM 'a/#'", "--topic", "a/#")
	f(`"#" must be the last level`, "--sql", "SELECT * FROM '#/a'", "--topic", "a")
	f("--payload: open nothing.json", "--sql", "SELECT *", "--topic", "a", "--payload", "@nothing.json")
	f(`--answer names "abs"; known are decode, aws_lambda`, "--sql", "SELECT *", "--topic", "a", "--answer", "abs=1")
	f(`--property is "content_type"; want NAME=VALUE`, "--sql", "SELECT *", "--topic", "a", "--property", "content_type")
	f("--action: want an object such as", "--sql", "SELECT *", "--topic", "a", "--action", "republish")
	f(`action 1: this version of telltale does not run the action "resend"; those it runs are `, "--sql", "SELECT *", "--topic", "a", "--action", `{"resend":{}}`)
	f(`action 1 has 0 keys []`, "--sql", "SELECT *", "--topic", "a", "--action", `[{}]`)
	f("action 1, republish: topic: rule SQL, line 1, column 7: expected an expression, found \"}\"\n  a/${b+}\n        ^",
		"--sql", "SELECT *", "--topic", "a", "--action", `{"republish":{"topic":"a/${b+}"}}`)
	f("line 1, column 8: expected an expression, found FROM\n  SELECT FROM 'a'\n         ^", "--sql", "SELECT FROM 'a'", "--topic", "a")
	f("line 2, column 2: expected an expression, found FROM\n  \tFROM 'a'\n  \t^", "--sql", "SELECT\n\tFROM 'a'\nWHERE x", "--topic", "a")
	f("\n  …"+strings.Repeat("x", 51)+" AS FROM "+strings.Repeat("y", 60)+"…\n  "+strings.Repeat(" ", 61)+"^",
		"--sql", "SELECT "+strings.Repeat("x", 200)+" AS FROM "+strings.Repeat("y", 200)+" z", "--topic", "a")
	f("rule SQL: get_registry_data was called a second time", "--topic", "a", "--sql",
		"SELECT get_registry_data('DescribeThing', 'a', 'r') AS a, get_registry_data('DescribeThing', 'b', 'r') AS b FROM 'a'")
}

// Programs get the place of a mistake too.
func TestRuleTestMistakeAsJSON(t *testing.T) {
	out, status, _ := ruleCommandLine(t, "test", "--sql", "SELECT FROM 'a'", "--topic", "a", "--json")
	var got struct {
		Line, Column, Offset int
		Error                string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || status != 2 || got.Line != 1 || got.Column != 8 || got.Offset != 7 || got.Error == "" {
		t.Errorf("status %d, %v, %s", status, err, out)
	}
}

// --rule takes the rule of a running telltale.
func TestRuleTestStoredRule(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/rules/Hot" || !strings.Contains(r.Header.Get("Authorization"), "/iot/aws4_request") {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"Access to Topic Rule 'Cold' was denied"}`)
			return
		}
		_, _ = io.WriteString(w, `{"ruleArn":"a","rule":{"sql":"SELECT * FROM 'a'","awsIotSqlVersion":"2015-10-08","ruleDisabled":true,
			"actions":[{"republish":{"topic":"b/${sql_version()}","roleArn":"r"}}]}}`)
	}))
	defer api.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	f := func(status int, want string, args ...string) {
		t.Helper()
		out, got, err := ruleCommandLine(t, append([]string{"test", "--endpoint", api.URL, "--payload", "{}"}, args...)...)
		if err != nil {
			out += err.Error()
		}
		if got != status || !strings.Contains(out, want) {
			t.Errorf("%q: status %d, want %d, got:\n%s\nwant %s", args, got, status, out, want)
		}
	}
	f(1, "topic = b/${sql_version()} = b/2015-10-08", "--rule", "Hot", "--topic", "a")
	f(1, "No action runs: the rule is disabled.", "--rule", "Hot", "--topic", "a")
	f(1, "no: Basic Ingest goes straight to the rule Other", "--rule", "Hot", "--topic", "$aws/rules/Other/a")
	f(1, "$aws/rules/Hot/a is Basic Ingest", "--rule", "Hot", "--topic", "$aws/rules/Hot/a")
	f(2, "rule Cold: Access to Topic Rule 'Cold' was denied", "--rule", "Cold", "--topic", "a")
}
