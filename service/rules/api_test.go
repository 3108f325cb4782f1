package rules

import (
	"fmt"
	"strings"
	"testing"

	"telltale/lang/shape/iot"
)

func TestRuleOperations(t *testing.T) {
	w := running(t, options{})
	ctx := as(home)
	w.rule("a", "SELECT * FROM 'in/a'", `,"description":"first"`, republish("out/a"))
	got, err := w.GetTopicRule(ctx, &iot.GetTopicRuleInput{RuleName: "a"})
	must(t, err)
	if r := got.Rule; got.RuleArn != "arn:aws:iot:eu-central-1:123456789012:rule/a" || r.RuleName != "a" || r.Sql != "SELECT * FROM 'in/a'" || r.Description != "first" ||
		r.AwsIotSqlVersion != "2016-03-23" || *r.RuleDisabled || len(r.Actions) != 1 || r.Actions[0].Republish.Topic != "out/a" || r.CreatedAt.IsZero() {
		t.Errorf("GetTopicRule returns %+v", got)
	}
	_, err = w.CreateTopicRule(ctx, document(t, "a", ruleText("SELECT * FROM 'x'", "")))
	refused(t, err, iot.ResourceAlreadyExistsException, "The rule a already exists")
	_, err = w.CreateTopicRule(as(elsewhere), document(t, "a", ruleText("SELECT * FROM 'x'", "")))
	must(t, err)

	// A disabled rule runs no more, and listens again when it is enabled.
	_, err = w.DisableTopicRule(ctx, &iot.DisableTopicRuleInput{RuleName: "a"})
	must(t, err)
	w.publish("in/a", `1`)
	_, err = w.EnableTopicRule(ctx, &iot.EnableTopicRuleInput{RuleName: "a"})
	must(t, err)
	w.publish("in/a", `2`)
	w.want("heard", w.hears(), "out/a 2")

	// A rule that is replaced does only what it now says.
	replaced := document(t, "a", ruleText("SELECT * FROM 'in/b'", "", republish("out/b")))
	_, err = w.ReplaceTopicRule(ctx, &iot.ReplaceTopicRuleInput{RuleName: "a", TopicRulePayload: replaced.TopicRulePayload})
	must(t, err)
	w.publish("in/a", `3`)
	w.publish("in/b", `4`)
	w.want("heard", w.hears(), "out/b 4")

	_, err = w.DeleteTopicRule(ctx, &iot.DeleteTopicRuleInput{RuleName: "a"})
	must(t, err)
	_, err = w.DeleteTopicRule(ctx, &iot.DeleteTopicRuleInput{RuleName: "a"})
	must(t, err)
	w.publish("in/b", `5`)
	w.want("heard", w.hears())
	_, err = w.GetTopicRule(ctx, &iot.GetTopicRuleInput{RuleName: "a"})
	refused(t, err, iot.UnauthorizedException, "there is no such rule in account 123456789012, region eu-central-1")
	_, err = w.EnableTopicRule(ctx, &iot.EnableTopicRuleInput{RuleName: "a"})
	refused(t, err, iot.UnauthorizedException, "no such rule")
	_, err = w.ReplaceTopicRule(ctx, &iot.ReplaceTopicRuleInput{RuleName: "a", TopicRulePayload: replaced.TopicRulePayload})
	refused(t, err, iot.UnauthorizedException, "no such rule")
}

// What is wrong with a document is told to its author, and nothing is kept.
func TestRefusedRules(t *testing.T) {
	w := running(t, options{})
	f := func(text, code, want string) {
		t.Helper()
		_, err := w.CreateTopicRule(as(home), document(t, "bad", text))
		refused(t, err, code, want)
	}
	f(ruleText("SELECT FROM 'a'", ""), iot.SqlParseException, "line 1, column 8: expected")
	f(ruleText("SELECT nothing() FROM 'a'", ""), iot.SqlParseException, "nothing")
	f(ruleText("SELECT * FROM 'a/#/b'", ""), iot.InvalidRequestException, "FROM: ")
	f(`{"sql":"SELECT * FROM 'a'","awsIotSqlVersion":"2020-01-01","actions":[]}`, iot.InvalidRequestException, "2015-10-08, 2016-03-23, beta")
	f(ruleText("SELECT * FROM 'a'", "", republish("out/${")), iot.InvalidRequestException, "actions[0]: republish action: topic: rule SQL, line 1")
	f(ruleText("SELECT * FROM 'a'", "", `{}`), iot.InvalidRequestException, "actions[0]: an action must be of one of the kinds")
	f(ruleText("SELECT * FROM 'a'", "", `{"republish":{"roleArn":"`+role+`","topic":"a"},"lambda":{"functionArn":"f"}}`), iot.InvalidRequestException, "actions[0]: ")
	f(ruleText("SELECT * FROM 'a'", "", `{"sqs":{"roleArn":"`+role+`","queueUrl":"http://q/1/q"}}`), iot.InvalidRequestException, "no endpoint for sqs is configured: start telltale with --endpoint sqs=")
	f(ruleText("SELECT * FROM 'a'", `,"errorAction":`+republish("${get_thing_shadow('a','"+role+"')}")), iot.InvalidRequestException, "errorAction: republish action: topic: an error action may not use external functions such as get_thing_shadow")
	f(ruleText("SELECT aws_lambda('f', 1) AS x FROM 'a'", ""), iot.InvalidRequestException, "aws_lambda: no endpoint for lambda is configured")
	f(ruleText("SELECT machinelearning_predict('m', '"+role+"', *) AS x FROM 'a'", ""), iot.InvalidRequestException, "machinelearning_predict: no model is configured")
	f(ruleText("SELECT * FROM 'a'", `,"description":"`+strings.Repeat("x", maxDocument)+`"`), iot.InvalidRequestException, "at most 131072 are allowed")

	tagged := document(t, "bad", ruleText("SELECT * FROM 'a'", ""))
	tagged.Tags = "=x"
	_, err := w.CreateTopicRule(as(home), tagged)
	refused(t, err, iot.InvalidRequestException, "key=value&key=value")
	out, err := w.ListTopicRules(as(home), &iot.ListTopicRulesInput{})
	must(t, err)
	if len(out.Rules) != 0 {
		t.Errorf("refused rules are there: %+v", out.Rules)
	}
}

func TestRuleLimit(t *testing.T) {
	w := running(t, options{adjust: func(c *Config) { c.Rules = 1 }})
	w.rule("a", "SELECT * FROM 'a'", "")
	_, err := w.CreateTopicRule(as(home), document(t, "b", ruleText("SELECT * FROM 'a'", "")))
	refused(t, err, iot.InvalidRequestException, "The account has 1 rules in region eu-central-1, the most that are allowed.")
}

func TestListTopicRules(t *testing.T) {
	w := running(t, options{})
	for i := range 5 {
		w.rule(fmt.Sprintf("r%d", i), fmt.Sprintf("SELECT * FROM 'in/%d/+'", i%2), map[bool]string{true: `,"ruleDisabled":true`}[i == 4])
	}
	f := func(in *iot.ListTopicRulesInput, want string) {
		t.Helper()
		var names []string
		for {
			out, err := w.ListTopicRules(as(home), in)
			must(t, err)
			for _, r := range out.Rules {
				names = append(names, r.RuleName)
			}
			if in.NextToken = out.NextToken; in.NextToken == "" {
				break
			}
			names = append(names, "|")
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%+v lists %s, want %s", in, got, want)
		}
	}
	two, disabled, enabled := int32(2), true, false
	f(&iot.ListTopicRulesInput{}, "r0 r1 r2 r3 r4")
	f(&iot.ListTopicRulesInput{MaxResults: &two}, "r0 r1 | r2 r3 | r4")
	f(&iot.ListTopicRulesInput{Topic: "in/1/x"}, "r1 r3")
	f(&iot.ListTopicRulesInput{RuleDisabled: &disabled}, "r4")
	f(&iot.ListTopicRulesInput{RuleDisabled: &enabled, Topic: "in/0/x"}, "r0 r2")
	_, err := w.ListTopicRules(as(home), &iot.ListTopicRulesInput{NextToken: "x"})
	if err == nil {
		t.Error("a token that is none was accepted")
	}
	zero := int32(0)
	_, err = w.ListTopicRules(as(home), &iot.ListTopicRulesInput{MaxResults: &zero})
	refused(t, err, iot.InvalidRequestException, "allowed are 1 to 10000")
}

func TestRuleTags(t *testing.T) {
	w := running(t, options{})
	in := document(t, "a", ruleText("SELECT * FROM 'a'", ""))
	in.Tags = "team=lamps&place=hall+7"
	_, err := w.CreateTopicRule(as(home), in)
	must(t, err)
	list := &iot.ListTagsForResourceInput{ResourceArn: "arn:aws:iot:eu-central-1:123456789012:rule/a"}
	out, err := w.needs.Registry.ListTagsForResource(as(home), list)
	must(t, err)
	if got := fmt.Sprint(out.Tags); got != "[{place hall 7} {team lamps}]" {
		t.Errorf("tags are %s", got)
	}
	_, err = w.DeleteTopicRule(as(home), &iot.DeleteTopicRuleInput{RuleName: "a"})
	must(t, err)
	if _, err = w.needs.Registry.ListTagsForResource(as(home), list); err == nil {
		t.Error("a rule that was deleted has tags")
	}
}
