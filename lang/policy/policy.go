// Package policy decides whether AWS IoT and IAM policy documents allow a request, and says why.
//
// Parse compiles a document once; Evaluate answers a request without allocating; Explain answers the same question
// slowly and in words. The package reads no clock and knows no keys: time, addresses and names all arrive in the
// request's Context.
//
// aws: iot/iot-policies, iam/reference_policies
package policy

// Dialect says which elements a document may hold.
type Dialect uint8

const (
	// IoT is an AWS IoT policy: it is attached to its principal, so it names none.
	IoT Dialect = iota
	// IAMIdentity is a policy of a user, group or role, a permission boundary, or a session policy.
	IAMIdentity
	// IAMTrust is a policy attached to a resource, such as the trust policy of a role. It must name principals
	// and may leave out Resource, which then is the thing it is attached to.
	IAMTrust
)

// Effect is the outcome of an evaluation. The zero value refuses.
type Effect uint8

const (
	// ImplicitDeny means that no statement applies.
	ImplicitDeny Effect = iota
	// ExplicitDeny means that a Deny statement applies, whatever else does.
	ExplicitDeny
	// Allowed means that an Allow statement applies and no Deny does.
	Allowed
)

// String is the spelling of AuthDecision in TestAuthorization.
func (e Effect) String() string {
	switch e {
	case Allowed:
		return "ALLOWED"
	case ExplicitDeny:
		return "EXPLICIT_DENY"
	}
	return "IMPLICIT_DENY"
}

// Document is a compiled policy document. It never changes, so any number of goroutines may evaluate it.
type Document struct {
	dialect    Dialect
	statements []statement
}

// Policy is a document and where it came from. A Policy without a Doc allows and denies nothing.
type Policy struct {
	Name, ARN, Version string

	// Source says in words how the policy reached the principal: "certificate", "thing group G", "role R (inline)".
	Source string
	Doc    *Document
}

// Request is one question put to the policies.
type Request struct {
	Action   string // "iot:Publish"
	Resource string // an ARN, or "*" for an action that works on no resource

	// Principal is who asks. Only documents of the dialect IAMTrust look at it; nil is an anonymous caller.
	Principal *Principal
	Context   Context // may be nil: no key has a value
}

// Principal is who asks, under all the names a resource policy may use.
type Principal struct {
	// AWS holds the ARNs it answers to: a session has its own ARN and that of its role.
	AWS           []string
	Account       string // answers to the account id and to the ARN of the account's root
	Service       string // "credentials.iot.amazonaws.com"
	Federated     string
	CanonicalUser string
}
