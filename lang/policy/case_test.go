package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCases runs testdata/*.case. A file is a list of cases, a case a list of directives, obeyed from top to bottom:
//
//	let NAME TEXT        from here on NAME stands for TEXT
//	case NAME            begins a case; the action is iot:Connect, the resource IOT:client/x
//	version V            the version of the documents that follow
//	statement JSON       adds a policy of one statement; its name is P1, P2, ...
//	when JSON            adds a policy that allows everything under this Condition
//	trust JSON           adds a resource policy of one statement
//	boundary JSON        sets the permission boundary, one statement
//	session JSON         adds a session policy of one statement
//	request ACTION RES   sets the action and resource
//	key NAME = V | V     gives a condition key its values; none remove it
//	certificate NAME = V | V
//	caller KIND NAME     adds a name of the principal
//	want EFFECT          evaluates; the directives below are about this evaluation
//	lacked TEXT          Explanation.Lacked
//	missing A, B         Explanation.Missing
//	deciding TEXT        Explanation.Deciding.String()
//	nearest TEXT         Explanation.Nearest.String()
//	suggest JSON         Explanation.Suggestion
//	iot|iam|resource TEXT  parses a document in a dialect
//	error TEXT           the error of the last document, without its place
//	accepted             there is none
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.case")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case files: %v", err)
	}
	cases := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		replace := strings.NewReplacer()
		var s *script
		for i, line := range strings.Split(string(text), "\n") {
			verb, rest, _ := strings.Cut(strings.TrimSpace(replace.Replace(line)), " ")
			switch {
			case verb == "" || verb[0] == '#':
			case verb == "let":
				name, value, _ := strings.Cut(rest, " ")
				replace = strings.NewReplacer(name, value)
			case verb == "case":
				cases++
				s = newScript()
				s.name = file + ": " + rest
			case s == nil:
				t.Fatalf("%s:%d: %s before the first case", file, i+1, verb)
			default:
				if problem := s.obey(verb, rest); problem != "" {
					t.Errorf("%s:%d: case %s\n%s", file, i+1, s.name, problem)
				}
			}
		}
	}
	if cases < 80 {
		t.Errorf("%d cases, want at least 80", cases)
	}
}

type script struct {
	name              string
	version           string
	policies, session []Policy
	boundary          *Policy
	keys              *Keys
	req               Request
	got               Explanation
	err               error
}

func newScript() *script {
	k := &Keys{}
	return &script{
		version: "2012-10-17",
		keys:    k,
		req:     Request{Action: "iot:Connect", Resource: "arn:aws:iot:eu-west-1:123456789012:client/x", Context: k},
	}
}

// obey returns what went wrong.
func (s *script) obey(verb, rest string) string {
	switch verb {
	case "version":
		s.version = rest
	case "statement", "when", "trust", "boundary", "session":
		return s.add(verb, rest)
	case "request":
		s.req.Action, s.req.Resource, _ = strings.Cut(rest, " ")
	case "key", "certificate":
		name, values, _ := strings.Cut(rest, "=")
		var list []string
		if strings.TrimSpace(values) != "" {
			for v := range strings.SplitSeq(values, "|") {
				list = append(list, strings.TrimSpace(v))
			}
		}
		if verb == "key" {
			s.keys.Set(strings.TrimSpace(name), list...)
		} else {
			s.keys.SetCertificate(strings.TrimSpace(name), list...)
		}
	case "caller":
		s.caller(rest)
	case "iot", "iam", "resource":
		dialect := map[string]Dialect{"iot": IoT, "iam": IAMIdentity, "resource": IAMTrust}[verb]
		_, s.err = Parse([]byte(rest), dialect)
	default:
		return s.check(verb, rest)
	}
	return ""
}

func (s *script) add(verb, text string) string {
	dialect := IAMIdentity
	switch verb {
	case "when":
		text = `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + text + `}`
	case "trust":
		dialect = IAMTrust
	}
	doc, err := Parse([]byte(`{"Version":"`+s.version+`","Statement":[`+text+`]}`), dialect)
	if err != nil {
		return err.Error()
	}
	switch verb {
	case "boundary":
		s.boundary = &Policy{Name: "B", Doc: doc}
	case "session":
		s.session = append(s.session, Policy{Name: "S", Doc: doc})
	default:
		s.policies = append(s.policies, Policy{Name: "P" + string(rune('1'+len(s.policies))), Doc: doc})
	}
	return ""
}

func (s *script) caller(rest string) {
	kind, name, _ := strings.Cut(rest, " ")
	if s.req.Principal == nil {
		s.req.Principal = &Principal{}
	}
	p := s.req.Principal
	switch kind {
	case "AWS":
		p.AWS = append(p.AWS, name)
	case "Account":
		p.Account = name
	case "Service":
		p.Service = name
	case "Federated":
		p.Federated = name
	default:
		p.CanonicalUser = name
	}
}

func (s *script) check(verb, want string) string {
	got := ""
	switch verb {
	case "want":
		s.got = ExplainIAM(s.policies, s.boundary, s.session, &s.req)
		got = s.got.Effect.String()
		if e := EvaluateIAM(s.policies, s.boundary, s.session, &s.req).Effect; e != s.got.Effect {
			return "EvaluateIAM says " + e.String() + ", ExplainIAM " + got
		}
	case "lacked":
		got = s.got.Lacked
	case "missing":
		got = strings.Join(s.got.Missing, ", ")
	case "suggest":
		got = s.got.Suggestion
	case "deciding":
		got = s.got.Deciding.String()
	case "nearest":
		got = s.got.Nearest.String()
	case "accepted":
		if s.err != nil {
			got = s.err.Error()
		}
	case "error":
		e, ok := s.err.(*SyntaxError)
		if !ok {
			return "the document was accepted"
		}
		got = strings.TrimPrefix(strings.Join([]string{e.Path, e.Problem}, ": "), ": ")
		if strings.Contains(want, "; allowed: ") {
			got += "; allowed: " + e.Allowed
		}
	default:
		return "unknown directive " + verb
	}
	if got != want {
		return verb + "\n got " + got + "\nwant " + want
	}
	return ""
}
