package authorizer

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/store/state"
)

// patience is how long a function may take. (aws: iot/custom-auth-lambda)
const patience = 5 * time.Second

// Authenticate asks the authorizer that a client names, or else the default one, who the client is and what it may do. An error is a
// *Refusal.
func (a *Authorizers) Authenticate(ctx context.Context, s caller.Scope, req Request) (*Grant, error) {
	p, err := req.parameters()
	if err != nil {
		return nil, refusal(ParameterInvalid, err.Error())
	}
	r, err := a.choose(ctx, s, &req, p.get(nameParameter))
	if err != nil {
		return nil, err
	}
	token, signature := p.get(r.TokenKey), p.get(signatureParameter)
	verified, err := r.admits(token, signature)
	if err != nil {
		return nil, err
	}
	if !r.CacheHTTP || req.HTTP == nil || req.MQTT != nil || req.Connection == "" {
		return a.ask(ctx, r, &req, token, verified)
	}
	key := answerKeyOf(r, &req, token, signature)
	if g := a.answers.get(key, time.Now()); g != nil {
		return g, nil
	}
	g, err := a.ask(ctx, r, &req, token, verified)
	if err == nil {
		a.answers.keep(key, g, time.Now())
	}
	return g, err
}

// choose finds the authorizer to ask: the one named, the domain's, or the account's default.
func (a *Authorizers) choose(ctx context.Context, s caller.Scope, req *Request, named string) (r *record, err error) {
	if named != "" && req.Fixed && named != req.Default {
		return nil, refusal(ParameterInvalid, fmt.Sprintf("the domain configuration does not let clients name another authorizer than %q; this one named %q", req.Default, named))
	}
	name := named
	if name == "" {
		name = req.Default
	}
	err = a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		if name == "" {
			r, err = preselected(tx, s)
			return err
		}
		r, err = find(tx, s, name)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound) && name == "":
		return nil, refusal(NotFound, "the client names none, and there is no default authorizer")
	case fault.Is(err, fault.NotFound):
		return nil, refusal(NotFound, fmt.Sprintf("there is no authorizer %q", name))
	case err != nil:
		return nil, &Refusal{Reason: InternalError, Details: details[InternalError], Err: err}
	case !r.Active:
		return nil, refusal(NotFound, fmt.Sprintf("the authorizer %q is INACTIVE", r.Name))
	}
	return r, nil
}

// admits judges token and signature before the function is called, and reports whether a signature was verified.
func (r *record) admits(token, signature string) (verified bool, err error) {
	switch {
	case r.Unsigned:
		return false, nil
	case token == "":
		return false, refusal(ParameterInvalid, fmt.Sprintf("the authorizer %q wants a signed token in %q, and there is none", r.Name, r.TokenKey))
	case signature == "":
		return false, refusal(ParameterInvalid, fmt.Sprintf("the authorizer %q wants the token's signature in %q, and there is none", r.Name, signatureParameter))
	}
	verified, err = r.verifyToken(token, signature)
	switch {
	case err != nil:
		return false, refusal(ParameterInvalid, err.Error())
	case !verified:
		return false, refusal(NotAuthenticated, fmt.Sprintf("no public key of the authorizer %q fits the signature of the token", r.Name))
	}
	return true, nil
}

// ask calls the function.
func (a *Authorizers) ask(ctx context.Context, r *record, req *Request, token string, verified bool) (*Grant, error) {
	if req.Connection == "" {
		req.Connection = uuid.NewString()
	}
	g, err := a.call(ctx, r, req, token, verified)
	switch {
	case err != nil:
		return nil, refusal(ExecutionError, fmt.Sprintf("function %s of the authorizer %q: %v", r.Function, r.Name, err))
	case g == nil:
		return nil, refusal(NotAuthenticated, fmt.Sprintf("the function of the authorizer %q answers isAuthenticated false", r.Name))
	}
	return g, nil
}

// call calls the function and reads its answer. A client that it does not authenticate has neither grant nor error.
func (a *Authorizers) call(ctx context.Context, r *record, req *Request, token string, verified bool) (*Grant, error) {
	event, err := req.event(token, verified)
	if err != nil {
		return nil, err
	}
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := a.needs.Functions.Invoke(timed, r.Function, event)
	if err != nil {
		if timed.Err() == context.DeadlineExceeded && ctx.Err() == nil {
			return nil, fmt.Errorf("it took longer than %v", patience)
		}
		return nil, err
	}
	return readAnswer(text, r.Name)
}
