package broker

import (
	"encoding/json"

	"telltale/base/arn"
	"telltale/lang/policy"
)

// explanation is the authorization object of an entry: what AWS does not tell.
type explanation struct {
	Action     string             `json:"action"`
	Resource   string             `json:"resource"`
	Principal  string             `json:"principal"`
	Decision   string             `json:"decision"`
	Policies   []consideredPolicy `json:"policies"`
	Deciding   *namedStatement    `json:"deciding,omitempty"`
	Nearest    *namedStatement    `json:"nearest,omitempty"`
	Lacked     string             `json:"lacked,omitempty"`
	Missing    []string           `json:"missing,omitempty"` // keys that policies ask for and that have no value
	Suggestion json.RawMessage    `json:"suggestion,omitempty"`
}

// allowed is the decision of an explanation that says yes.
var allowed = policy.Allowed.String()

type consideredPolicy struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Verdict string `json:"verdict"`
}

type namedStatement struct {
	Policy    string          `json:"policy"`
	Version   string          `json:"version"`
	Index     int             `json:"index"`
	Sid       string          `json:"sid,omitempty"`
	Statement json.RawMessage `json:"statement,omitempty"`
}

// explain says why a request is denied, as a JSON object. The permissions are locked.
func (p *permissions) explain(req *policy.Request) string {
	text, err := json.Marshal(p.explanation(req))
	if err != nil {
		return "" // the explanation is ours; an entry without it is better than none
	}
	return string(text)
}

// explanation says what policies decide, and why. The permissions are locked.
func (p *permissions) explanation(req *policy.Request) explanation {
	x := policy.Explain(p.policies, req)
	e := explanation{Action: req.Action, Resource: req.Resource, Principal: p.named(),
		Decision: x.Effect.String(), Policies: []consideredPolicy{}, Lacked: x.Lacked, Missing: x.Missing,
		Deciding: statementOf(x.Deciding), Nearest: statementOf(x.Nearest)}
	for _, p := range x.Considered {
		e.Policies = append(e.Policies, consideredPolicy{p.Name, p.Version, p.Source, p.Effect.String()})
	}
	if len(x.Considered) == 0 {
		e.Lacked = "no policy is attached to the certificate or to a group of its thing"
		if p.granted {
			e.Lacked = "the custom authorizer granted no policy"
		}
	}
	if json.Valid([]byte(x.Suggestion)) {
		e.Suggestion = json.RawMessage(x.Suggestion)
	}
	return e
}

// named is who asks, as explanations name it.
func (p *permissions) named() string {
	if p.granted {
		return p.principal
	}
	return arn.IoT(p.scope, "cert", p.principal)
}

func statementOf(r *policy.StatementRef) *namedStatement {
	if r == nil {
		return nil
	}
	return &namedStatement{Policy: r.Policy, Version: r.Version, Index: r.Index, Sid: r.Sid, Statement: json.RawMessage(r.Text)}
}
