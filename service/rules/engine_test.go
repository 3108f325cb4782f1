package rules

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"telltale/lang/shape/iot"
)

// One message makes RuleMatch, StartingRuleExecution and RuleExecution with one trace, and the message of the action another.
func TestRepublish(t *testing.T) {
	w := running(t, options{})
	w.rule("hot", "SELECT temp, topic(2) AS id FROM 'sensors/+/t' WHERE temp > 30", "", republish("out/${topic(2)}"))
	w.publish("sensors/7/t", `{"temp":31.5,"x":1}`)
	w.want("facts", w.told(),
		"RuleMatch Success topicName=sensors/7/t ruleName=hot",
		"StartingRuleExecution Success topicName=sensors/7/t ruleName=hot ruleAction=RepublishAction",
		"Publish-In Success topicName=out/7 details=Republished by rule hot; the message before has the traceId "+device(home).Trace.String(),
		`RuleExecution Success topicName=sensors/7/t ruleName=hot ruleAction=RepublishAction resources={"RepublishTopic":"out/7"}`)
	w.want("heard", w.hears(), `out/7 {"temp":31.5,"id":"7"}`)

	w.publish("sensors/7/t", `{"temp":20}`)
	w.want("facts without a match of WHERE", w.told(), "RuleMatch Success topicName=sensors/7/t ruleName=hot")
	w.publish("sensors/7/other", `{"temp":31}`)
	w.publishAs(elsewhere, "sensors/7/t", `{"temp":31}`)
	w.want("facts of other topics and regions", w.told())
	w.want("heard", w.hears())
	w.counted(map[string]float64{"TopicMatch hot": 2, "RulesExecuted": 1, "Success hot Republish": 1, "Failure hot Republish": 0})
}

// The entries of one message share its trace.
func TestOneTrace(t *testing.T) {
	w := running(t, options{})
	w.rule("a", "SELECT * FROM 'in'", "", `{"http":{"url":"http://127.0.0.1:1/"}}`)
	w.publish("in", `{}`)
	for range 400 {
		w.mu.Lock()
		n, traces := len(w.facts), len(w.traces)
		w.mu.Unlock()
		if n == 3 && traces == 1 {
			return
		}
		if n < 3 {
			<-w.tick()
			continue
		}
		t.Fatalf("%d facts have %d traces, want 3 and 1:\n%s", n, traces, strings.Join(w.told(), "\n"))
	}
	t.Fatal("the action did not end")
}

// Each bad payload is told once, with its reason, and runs no action.
func TestUnreadablePayload(t *testing.T) {
	w := running(t, options{})
	w.rule("p", "SELECT a FROM 'in'", "", republish("out/p"))
	w.rule("q", "SELECT *, topic() AS t FROM 'raw'", "", republish("out/q"))
	w.rule("r", "SELECT * FROM 'raw'", "", republish("out/r"))
	w.publish("in", `{"a":`)
	told := w.told()
	if len(told) != 2 || !strings.Contains(told[1], "RuleExecution ClientError topicName=in ruleName=p ruleAction=N/A resources={} details=The payload is not JSON: ") ||
		!strings.HasSuffix(told[1], " reason=ParseError") {
		t.Errorf("told %q", told)
	}
	w.publish("raw", "\xff\x00")
	w.want("heard", w.hears(), `out/q {"payload":"/wA=","t":"raw"}`, "out/r \xff\x00")
	w.counted(map[string]float64{"ParseError p": 1, "ParseError q": 0, "RulesExecuted": 2})
}

// A rule that feeds itself ends, and says why.
func TestRepublishLoop(t *testing.T) {
	w := running(t, options{})
	w.rule("loop", "SELECT * FROM 'out/loop'", "", republish("out/loop"))
	w.publish("out/loop", `1`)
	told := w.told()
	if n := len(w.hears()); n != 18 { // the first, and one for each hop from 0 to 16
		t.Errorf("%d messages went round, want 18", n)
	}
	found := 0
	for _, f := range told {
		if strings.Contains(f, "reason=RepublishLoop") {
			found++
		}
	}
	if found != 1 || !strings.Contains(strings.Join(told, "\n"), "The message was republished by rules 17 times") {
		t.Errorf("%d entries tell of the loop; told were\n%s", found, strings.Join(told, "\n"))
	}
}

// Basic Ingest leads to one rule, whatever its FROM, and shows it the topic without the prefix.
func TestBasicIngest(t *testing.T) {
	w := running(t, options{})
	w.rule("direct", "SELECT topic() AS t, topic(1) AS one", "", republish("out/direct"))
	w.rule("other", "SELECT * FROM 'a/#'", "", republish("out/other")) // the rest of the topic is not the message's topic
	w.publish("$aws/rules/direct/a/b", `{}`)
	w.want("heard", w.hears(), `out/direct {"t":"a/b","one":"a"}`)
	told := w.told()
	w.want("first", told[:1], "RuleMatch Success topicName=$aws/rules/direct/a/b ruleName=direct")

	_, err := w.DisableTopicRule(as(home), &iot.DisableTopicRuleInput{RuleName: "direct"})
	must(t, err)
	w.publish("$aws/rules/direct/a", `{}`)
	w.publish("$aws/rules/none", `{}`)
	w.want("missing", w.told(),
		"RuleNotFound ClientError topicName=$aws/rules/direct/a ruleName=direct reason=RuleNotFound details=Rule direct not found",
		"RuleNotFound ClientError topicName=$aws/rules/none ruleName=none reason=RuleNotFound details=Rule none not found")
	w.counted(map[string]float64{"RuleNotFound none": 1})
}

// The limits say so, each with its entry and metric.
func TestLimits(t *testing.T) {
	w := running(t, options{adjust: func(c *Config) { c.Evaluations, c.Missing = 2, 1 }})
	w.rule("r", "SELECT * FROM 'in'", "", republish("out/r"))
	for range 3 {
		w.publish("in", `{}`)
	}
	if n := len(w.hears()); n != 2 {
		t.Errorf("%d messages passed a limit of 2", n)
	}
	told := w.told()
	w.want("last", told[len(told)-1:], "RuleEvaluation Throttle topicName=N/A ruleName=N/A reason=Throttled details=Exceeded Rule Evaluations per second per account limit")
	w.publish("$aws/rules/none", "")
	w.publish("$aws/rules/none", "")
	told = w.told()
	w.want("abuse", told[1:], "RuleMessageThrottled Throttle topicName=$aws/rules/none ruleName=none reason=RuleExecutionThrottled details=Message for Rule none throttled")
	w.counted(map[string]float64{"RuleEvaluation Throttled": 1, "RuleMessageThrottled none": 1, "RuleExecutionThrottled none": 1})
}

// More messages than may wait for an action are refused, each with an entry.
func TestWaitingLimit(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	w := running(t, options{adjust: func(c *Config) { c.Waiting, c.Parallel = 2, 1 }})
	w.rule("slow", "SELECT * FROM 'in'", "", `{"http":{"url":"`+server.URL+`/"}}`)
	w.publish("in", `{}`)
	w.await("StartingRuleExecution", 1)
	for range 4 {
		w.publish("in", `{}`)
	}
	throttled := 0
	for _, f := range w.told() {
		if strings.HasPrefix(f, "RuleMessageThrottled ") {
			throttled++
		}
	}
	if throttled != 2 {
		t.Errorf("%d of 5 messages were refused, want 2", throttled)
	}
	close(release)
	w.await("RuleExecution", 3)
	w.counted(map[string]float64{"RuleMessageThrottled slow": 2, "Success slow HTTP": 3})
}

// The role is asked for what the action does.
func TestRole(t *testing.T) {
	w := running(t, options{})
	w.denied = "iot:Publish arn:aws:iot:eu-central-1:123456789012:topic/out/secret"
	w.rule("r", "SELECT * FROM 'in/+'", "", republish("out/${topic(2)}"))
	w.publish("in/secret", `{}`)
	told := w.told()
	w.want("denied", told[2:], `RuleExecution ServerError topicName=in/secret ruleName=r ruleAction=RepublishAction resources={"RepublishTopic":"out/secret"} `+
		`details=Role `+role+` is not authorized to perform: iot:Publish on resource: arn:aws:iot:eu-central-1:123456789012:topic/out/secret. reason=ActionFailed`)
	w.publish("in/open", `{}`)
	w.want("heard", w.hears(), "out/open {}")
	w.counted(map[string]float64{"Failure r Republish": 1, "Success r Republish": 1})
}

// The error action gets one message for all that failed.
func TestErrorAction(t *testing.T) {
	w := running(t, options{})
	w.rule("r", "SELECT a FROM 'in'", `,"errorAction":`+republish("out/errors/${a}"), republish("bad/#"), republish("out/fine"), `{"http":{"url":"http://127.0.0.1:1/x"}}`)
	w.publish("in", `{"a":5}`)
	w.await("RuleExecution", 4)
	heard := w.hears()
	if len(heard) != 2 || heard[0] != `out/fine {"a":5}` {
		t.Fatalf("heard %q", heard)
	}
	for _, part := range []string{`out/errors/5 {"ruleName":"r","topic":"in","cloudwatchTraceId":"` + device(home).Trace.String() + `","clientId":"dev1","base64OriginalPayload":"eyJhIjo1fQ==","failures":[`,
		`{"failedAction":"RepublishAction","failedResource":"bad/#","errorMessage":"`, `{"failedAction":"HttpAction","failedResource":"http://127.0.0.1:1/x","errorMessage":"`} {
		if !strings.Contains(heard[1], part) {
			t.Errorf("the error message is %s\nit lacks %s", heard[1], part)
		}
	}
	w.counted(map[string]float64{"Failure r Republish": 1, "Success r Republish": 1, "Failure r HTTP": 1, "ErrorActionSuccess r Republish": 1})
}

// External functions are asked in the name of their role, and each call is told.
func TestFunctions(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"path":%q,"got":%s}`, r.URL.Path, body)
	}))
	defer server.Close()
	w := running(t, options{functions: map[string]string{"f": server.URL + "/f"}, models: map[string]string{"m": server.URL + "/m"}})
	w.rule("s", "SELECT get_thing_shadow('lamp', '"+role+"').state.reported.on AS on FROM 'in/shadow'", "", republish("out/s"))
	w.rule("l", "SELECT aws_lambda('arn:aws:lambda:eu-central-1:123456789012:function:f', *) AS f FROM 'in/lambda'", "", republish("out/l"))
	w.rule("m", "SELECT machinelearning_predict('m', '"+role+"', *) AS m FROM 'in/model'", "", republish("out/m"))
	w.rule("g", "SELECT get_registry_data('DescribeThing', 'lamp', '"+role+"').attributes.color AS c FROM 'in/registry'", "", republish("out/g"))
	w.rule("x", "SELECT get_thing_shadow('secret', '"+role+"') AS on FROM 'in/denied'", "", republish("out/x"))
	w.denied = "iot:GetThingShadow arn:aws:iot:eu-central-1:123456789012:thing/secret"
	_, err := w.needs.Registry.CreateThing(as(home), &iot.CreateThingInput{ThingName: "lamp", AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"color": "red"}}})
	must(t, err)
	w.publish("$aws/things/lamp/shadow/update", `{"state":{"reported":{"on":true}}}`)

	f := func(topic, heard, function string) {
		t.Helper()
		w.told()
		w.publish(topic, `{"x":1}`)
		told := w.await("RuleExecution", 1)
		if !strings.HasPrefix(told[1], "FunctionExecution "+function) {
			t.Errorf("%s: told %s\nwant FunctionExecution %s", topic, told[1], function)
		}
		w.want(topic, w.hears(), heard)
	}
	f("in/lambda", `out/l {"f":{"path":"/f","got":{"x":1}}}`, `Success topicName=in/lambda ruleName=l ruleAction=AwsLambda resources={"FunctionArn":"arn:aws:lambda:eu-central-1:123456789012:function:f"}`)
	f("in/model", `out/m {"m":{"path":"/m","got":{"x":1}}}`, `Success topicName=in/model ruleName=m ruleAction=MachinelearningPredict resources={"ModelId":"m"}`)
	f("in/shadow", `out/s {"on":true}`, `Success topicName=in/shadow ruleName=s ruleAction=GetThingShadow resources={"ThingName":"lamp"}`)
	f("in/registry", `out/g {"c":"red"}`, `Success topicName=in/registry ruleName=g ruleAction=GetRegistryData resources={"ThingName":"lamp"}`)
	f("in/denied", `out/x {}`, `ServerError topicName=in/denied ruleName=x ruleAction=GetThingShadow resources={"ThingName":"secret"} reason=FunctionFailed details=Role `+role+` is not authorized to perform: `+
		`iot:GetThingShadow on resource: arn:aws:iot:eu-central-1:123456789012:thing/secret.`)
	_, err = w.CreateTopicRule(as(home), document(t, "y", ruleText("SELECT get_thing_shadow('lamp', 'arn:aws:iam::123456789012:role/other') AS on FROM 'a'", "")))
	refused(t, err, "", "not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/other")
	_, err = w.CreateTopicRule(as(home), document(t, "y", ruleText("SELECT get_thing_shadow('lamp', concat('a', x)) AS on FROM 'a'", "")))
	refused(t, err, iot.SqlParseException, "argument 2 of get_thing_shadow, the ARN of a role, must be a text in quotes")
}

// Messages of one key share a request.
func TestBatch(t *testing.T) {
	var requests atomic.Int32
	bodies := make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	defer server.Close()
	w := running(t, options{})
	w.rule("b", "SELECT n FROM 'in'", "", `{"http":{"url":"`+server.URL+`/","enableBatching":true,"batchConfig":{"maxBatchOpenMs":200,"maxBatchSize":3}}}`)
	for n := range 4 {
		w.publish("in", fmt.Sprintf(`{"n":%d}`, n))
	}
	w.await("RuleExecution", 4)
	if got := []string{<-bodies, <-bodies}; got[0] != `[{"n":0},{"n":1},{"n":2}]` || got[1] != `[{"n":3}]` || requests.Load() != 2 {
		t.Errorf("%d requests with %q, want 3 messages and then 1", requests.Load(), got)
	}
	w.counted(map[string]float64{"Success b HTTP": 4})
}
