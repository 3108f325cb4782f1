package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"telltale/lang/rulesql"
)

func ruleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rule",
		Short:   "Try topic rules",
		Example: "  telltale rule test --sql \"SELECT temp FROM 'sensors/+/t' WHERE temp > 30\" --topic sensors/s7/t --payload '{\"temp\":31}'",
	}
	cmd.AddCommand(ruleTestCommand())
	return cmd
}

// ruleTest is what rule test was asked for, as flags.
type ruleTest struct {
	sql, version, rule, action        string
	topic, payload, client, principal string
	answers, properties, users        []string
	json                              bool
}

func ruleTestCommand() *cobra.Command {
	var t ruleTest
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Show each stage of a rule for one message: match, where, select, result, action",
		Long: `Show each stage of a rule for one message: whether FROM matches the topic, and else which level differs; the WHERE clause with the
attributes that it read; each field that SELECT made and what the functions answered; the result; and the parameters of the actions with
values in place of ${…}. Nothing is sent and no action runs. The exit status is 0 if the actions would run, 1 if not, 2 for an error.

A rule given as --sql needs no running telltale. Functions that ask another service are Undefined, unless --answer says what they get.
A TEXT that begins with @ names a file to read instead, and @- the standard input.`,
		Example: `  telltale rule test --sql "SELECT temp, topic(2) AS d FROM 'sensors/+/t' WHERE temp > 30" --topic sensors/s7/t --payload @message.json
  telltale rule test --rule HotSensors --topic sensors/s7/t --payload '{"temp":31}'
  telltale rule test --sql @rule.sql --topic a/b --payload @frame.bin --action @actions.json --answer get_thing_shadow=@shadow.json --json`,
		Args: func(cmd *cobra.Command, args []string) error { return misused(cobra.NoArgs(cmd, args)) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := t.run(cmd.Context(), func() (*client, error) { return newClient(cmd) }, cmd.InOrStdin())
			switch {
			case err == nil:
				return report.print(cmd.OutOrStdout(), t.json)
			case t.json:
				err = errors.Join(err, printError(cmd.OutOrStdout(), err))
			}
			return misused(err)
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misused(err) })
	addTarget(cmd)
	f := cmd.Flags()
	f.StringVar(&t.sql, "sql", "", "the statement, as TEXT")
	f.StringVar(&t.version, "sql-version", string(rulesql.V20160323), "its version: 2015-10-08, 2016-03-23 or beta")
	f.StringVar(&t.action, "action", "", "an action or a list of actions, as TEXT in the JSON of the API: {\"republish\":{\"topic\":\"alarms/${topic(2)}\",…}}")
	f.StringVar(&t.rule, "rule", "", "instead of the three above: the name of a rule of a running telltale")
	f.StringVar(&t.topic, "topic", "", "topic of the message")
	f.StringVar(&t.payload, "payload", "", "payload of the message, as TEXT; a file may hold any bytes")
	f.StringVar(&t.client, "client-id", "", "client that sent the message")
	f.StringVar(&t.principal, "principal", "", "principal that sent the message")
	f.StringArrayVar(&t.properties, "property", nil, "MQTT 5 property of the message, as NAME=VALUE with a name that get_mqtt_property knows")
	f.StringArrayVar(&t.users, "user-property", nil, "MQTT 5 user property of the message, as NAME=VALUE")
	f.StringArrayVar(&t.answers, "answer", nil, "what a function that asks another service gets, as FUNCTION=TEXT")
	f.BoolVar(&t.json, "json", false, "print one JSON object for programs")
	return cmd
}

// misused is an error of the command itself, with its own exit status: 1 says that no action runs.
func misused(err error) error {
	if err == nil {
		return nil
	}
	return &ended{2, err}
}

// storedRule is a rule as GetTopicRule tells it.
type storedRule struct {
	SQL          string                       `json:"sql"`
	Version      string                       `json:"awsIotSqlVersion"`
	Actions      []map[string]json.RawMessage `json:"actions"`
	RuleDisabled bool                         `json:"ruleDisabled"`
}

// rule calls GetTopicRule.
func (c *client) rule(ctx context.Context, name string) (*storedRule, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint+"/rules/"+url.PathEscape(name), nil)
	if err != nil {
		return nil, err
	}
	answer, status, err := c.send(r, nil, "iot")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		var e struct{ Message string }
		_ = json.Unmarshal(answer, &e) // what is not JSON is shown as it is
		return nil, fmt.Errorf("rule %s: %s", name, first(e.Message, string(answer)))
	}
	var out struct{ Rule storedRule }
	return &out.Rule, json.Unmarshal(answer, &out)
}

// run reads the flags and tries the rule.
func (t *ruleTest) run(ctx context.Context, connect func() (*client, error), in io.Reader) (*ruleReport, error) {
	rule, err := t.stored(ctx, connect, in)
	if err != nil {
		return nil, err
	}
	if t.topic == "" {
		return nil, errors.New("--topic is missing: it is the topic of the message")
	}
	payload, err := textOrFile("payload", t.payload, in)
	if err != nil {
		return nil, err
	}
	world, err := newRuleWorld(t, in)
	if err != nil {
		return nil, err
	}
	return tryRule(rule, t.rule, t.topic, payload, world)
}

// stored is the rule to try: that of a running telltale, or one made of the flags.
func (t *ruleTest) stored(ctx context.Context, connect func() (*client, error), in io.Reader) (*storedRule, error) {
	switch {
	case t.rule != "" && (t.sql != "" || t.action != ""):
		return nil, errors.New("--rule brings its own statement and actions; leave --sql and --action out")
	case t.rule != "":
		c, err := connect()
		if err != nil {
			return nil, err
		}
		return c.rule(ctx, t.rule)
	case t.sql == "":
		return nil, errors.New("--sql or --rule is missing: one of them says which rule to try")
	}
	sql, err := textOrFile("sql", t.sql, in)
	if err != nil {
		return nil, err
	}
	rule := &storedRule{SQL: string(sql), Version: t.version}
	if t.action == "" {
		return rule, nil
	}
	text, err := textOrFile("action", t.action, in)
	if err != nil {
		return nil, err
	}
	rule.Actions, err = readActions(text)
	return rule, err
}

// textOrFile is the value of a flag, or what is in the file that it names.
func textOrFile(flag, value string, in io.Reader) ([]byte, error) {
	name, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return []byte(value), nil
	}
	read := func() ([]byte, error) { return os.ReadFile(name) }
	if name == "-" {
		read = func() ([]byte, error) { return io.ReadAll(in) }
	}
	data, err := read()
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return data, nil
}

// nameValue takes a flag of the form NAME=VALUE apart. Without names any is allowed.
func nameValue(flag, text string, names ...string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case !ok || name == "":
		return "", "", fmt.Errorf("--%s is %q; want NAME=VALUE", flag, text)
	case len(names) > 0 && !slices.Contains(names, name):
		return "", "", fmt.Errorf("--%s names %q; known are %s", flag, name, strings.Join(names, ", "))
	}
	return name, value, nil
}
