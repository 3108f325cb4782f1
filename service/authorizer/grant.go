package authorizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"telltale/lang/policy"
)

// Grant is who a client is and what it may do, for a while.
type Grant struct {
	Authorizer  string // its name
	PrincipalID string
	Policies    []policy.Policy // shared: nobody changes them
	// DisconnectAfter is how long the connection may last.
	DisconnectAfter time.Duration
	// RefreshAfter is how long the grant holds: then the connection authenticates again with the same request, and ends if it is refused.
	RefreshAfter time.Duration

	documents []string
}

// What functions may answer. (aws: iot/custom-auth-lambda#custom-auth-lambda-output)
const (
	minSeconds   = 300
	maxSeconds   = 86400
	maxPolicies  = 10
	maxDocuments = 2048 // characters of one document
)

var principalForm = regexp.MustCompile(`^[a-zA-Z0-9]{1,128}$`)

// answer is what a function says.
type answer struct {
	IsAuthenticated *bool             `json:"isAuthenticated"`
	PrincipalID     string            `json:"principalId"`
	DisconnectAfter *int64            `json:"disconnectAfterInSeconds"`
	RefreshAfter    *int64            `json:"refreshAfterInSeconds"`
	Documents       []json.RawMessage `json:"policyDocuments"` // objects, or strings that hold them
}

// readAnswer checks what a function said. It returns nil without an error for a client that is not authenticated.
func readAnswer(text []byte, name string) (*Grant, error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("the answer is not the JSON object that is expected: %w", err)
	}
	switch {
	case a.IsAuthenticated == nil:
		return nil, errors.New("the answer has no isAuthenticated")
	case !*a.IsAuthenticated:
		return nil, nil
	case !principalForm.MatchString(a.PrincipalID):
		return nil, fmt.Errorf("principalId is %q; want 1 to 128 letters and digits", a.PrincipalID)
	case len(a.Documents) > maxPolicies:
		return nil, fmt.Errorf("there are %d policyDocuments; allowed are %d", len(a.Documents), maxPolicies)
	}
	g := &Grant{Authorizer: name, PrincipalID: a.PrincipalID}
	var err error
	if g.DisconnectAfter, err = seconds("disconnectAfterInSeconds", a.DisconnectAfter); err != nil {
		return nil, err
	}
	if g.RefreshAfter, err = seconds("refreshAfterInSeconds", a.RefreshAfter); err != nil {
		return nil, err
	}
	for i, raw := range a.Documents {
		if err := g.add(raw, fmt.Sprintf("policyDocuments[%d]", i)); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// add adds a policy document.
func (g *Grant) add(raw json.RawMessage, name string) error {
	text := string(raw)
	var quoted string
	if json.Unmarshal(raw, &quoted) == nil {
		text = quoted
	}
	if n := policy.Size([]byte(text)); n > maxDocuments {
		return fmt.Errorf("%s has %d characters that are not white space; allowed are %d", name, n, maxDocuments)
	}
	doc, err := policy.Parse([]byte(text), policy.IoT)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	g.Policies = append(g.Policies, policy.Policy{Name: name, Source: "authorizer " + g.Authorizer, Doc: doc})
	g.documents = append(g.documents, text)
	return nil
}

// seconds reads a time, a day unless it is given.
func seconds(name string, n *int64) (time.Duration, error) {
	switch {
	case n == nil:
		return maxSeconds * time.Second, nil
	case *n < minSeconds || *n > maxSeconds:
		return 0, fmt.Errorf("%s is %d; allowed are %d to %d", name, *n, minSeconds, maxSeconds)
	}
	return time.Duration(*n) * time.Second, nil
}
