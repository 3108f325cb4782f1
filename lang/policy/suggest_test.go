package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// world makes random policies and requests from few words, so that they often meet.
type world struct{ *rand.Rand }

func (w world) pick(words ...string) string { return words[w.IntN(len(words))] }

func (w world) request(keys *Keys) *Request {
	return &Request{
		Action: w.pick("iot:Publish", "iot:PUBLISH", "iot:Subscribe", "iot:Get", "sts:AssumeRole"),
		Resource: "arn:aws:iot:" + w.pick("r", "") + ":1:topic/" +
			w.pick("a", "b", "*", "a*", "a?", "${iot:ClientId}", "$", "${", "ü", "<&>", "\"\\\n", "a/b:c", "${*}", "$${?}"),
		Context: keys,
	}
}

func (w world) keys() *Keys {
	k := &Keys{}
	for _, name := range []string{"iot:ClientId", "aws:SourceIp", "aws:TagKeys"} {
		for range w.IntN(3) {
			k.Set(name, append(k.Lookup(fold(name)), w.pick("a", "b", "*", "10.0.0.1", "7"))...)
		}
	}
	return k
}

func (w world) policy(t *testing.T, dialect Dialect) Policy {
	t.Helper()
	var statements []string
	for range 1 + w.IntN(3) {
		s := fmt.Sprintf(`{"Effect":%q,%q:%q,%q:"arn:aws:iot:%s:1:topic/%s"`,
			w.pick("Allow", "Allow", "Deny"),
			w.pick("Action", "Action", "NotAction"), w.pick("iot:Publish", "iot:*", "sts:AssumeRole", "*"),
			w.pick("Resource", "Resource", "NotResource"), w.pick("*", "r", "?"),
			w.pick("a", "b*", "*", "${iot:ClientId}", "${iot:ClientId, 'a'}", "${*}", "?"))
		if w.IntN(2) == 0 {
			s += fmt.Sprintf(`,"Condition":{"%s%s%s":{%q:%q}}`, w.pick("", "ForAnyValue:", "ForAllValues:"),
				w.pick("StringEquals", "StringNotLike", "NumericLessThan", "IpAddress"), w.pick("", "IfExists"),
				w.pick("iot:ClientId", "aws:SourceIp", "aws:TagKeys"), w.pick("10", "7", "10.0.0.0"))
			s = strings.Replace(s, `IpAddress":{"iot:ClientId":"7"`, `IpAddress":{"iot:ClientId":"::7"`, 1)
		}
		if dialect == IAMTrust {
			s += `,` + w.pick(`"Principal"`, `"NotPrincipal"`) + `:` + w.pick(`"*"`, `{"AWS":"2"}`, `{"Service":["s","t"]}`)
		}
		statements = append(statements, s+"}")
	}
	text := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	doc, err := Parse([]byte(text), dialect)
	if err != nil { // An operator met a value it cannot read.
		return w.policy(t, dialect)
	}
	return Policy{Name: text, Doc: doc}
}

// A suggestion must allow the request it was made for, and no other.
func TestSuggestionIsExact(t *testing.T) {
	w := world{rand.New(rand.NewPCG(1, 2))}
	suggested := 0
	for range 4000 {
		dialect := Dialect(w.IntN(3))
		var policies []Policy
		for range w.IntN(3) {
			policies = append(policies, w.policy(t, dialect))
		}
		keys := w.keys()
		req := w.request(keys)
		if dialect == IAMTrust {
			req.Principal = []*Principal{nil, {AWS: []string{"arn:aws:iam::2:user/u"}, Account: "2"}, {Service: "s"}}[w.IntN(3)]
		}
		got := Explain(policies, req)
		if effect := Evaluate(policies, req).Effect; effect != got.Effect {
			t.Fatalf("%v\n%+v: Evaluate says %v, Explain %v", policies, req, effect, got.Effect)
		}
		if got.Effect != ImplicitDeny {
			if got.Suggestion != "" || got.Deciding == nil || (got.Effect == Allowed) != (got.Lacked == "") {
				t.Fatalf("%v\n%+v: got %+v", policies, req, got)
			}
			continue
		}
		if got.Lacked == "" || got.Suggestion == "" {
			t.Fatalf("%v\n%+v: got %+v, want a reason and a suggestion", policies, req, got)
		}
		suggested++
		added := dialect
		if dialect == IAMTrust && req.Principal == nil && len(policies) == 0 {
			added = IAMIdentity // Nothing told that this is about a resource policy.
		}
		doc, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[`+got.Suggestion+`]}`), added)
		if err != nil {
			t.Fatalf("suggestion %s: %v", got.Suggestion, err)
		}
		with := append(policies[:len(policies):len(policies)], Policy{Doc: doc})
		if effect := Evaluate(with, req).Effect; effect != Allowed {
			t.Fatalf("%v\n%+v: with suggestion %s got %v, want %v", policies, req, got.Suggestion, effect, Allowed)
		}
		for range 20 {
			other := w.request(keys)
			other.Principal = req.Principal
			if strings.EqualFold(other.Action, req.Action) && other.Resource == req.Resource {
				continue
			}
			if a, b := Evaluate(policies, other).Effect, Evaluate(with, other).Effect; a != b {
				t.Fatalf("%v\nsuggestion %s for %s on %s changes %s on %s from %v to %v", policies, got.Suggestion,
					req.Action, req.Resource, other.Action, other.Resource, a, b)
			}
		}
	}
	if suggested < 1000 {
		t.Errorf("only %d suggestions were tried, want at least 1000", suggested)
	}
}
