package authorizer

import (
	"errors"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// record is an authorizer.
type record struct {
	caller.Scope
	Name, Function    string
	TokenKey          string            // the name under which clients present their token
	Keys              map[string]string // public keys, in PEM, by name
	Unsigned          bool              // tokens are not signed; this never changes
	Active            bool
	CacheHTTP         bool // answers hold for as long as an HTTP connection lasts
	Created, Modified time.Time
}

var stored = state.Table[record]{
	Name: "authorizer_authorizers",
	Key:  func(r *record) state.Key { return at(r.Scope, r.Name) },
}

// preset is the default authorizer of an account and region.
type preset struct {
	caller.Scope
	Name string
}

var defaults = state.Table[preset]{
	Name: "authorizer_defaults",
	Key:  func(p *preset) state.Key { return at(p.Scope) },
}

func (r *record) arn() string { return arn.IoT(r.Scope, kind, r.Name) }

func (r *record) status() string {
	if r.Active {
		return iot.AuthorizerStatusActive
	}
	return iot.AuthorizerStatusInactive
}

func (r *record) describe() *iot.AuthorizerDescription {
	return &iot.AuthorizerDescription{
		AuthorizerName: r.Name, AuthorizerArn: r.arn(), AuthorizerFunctionArn: r.Function, TokenKeyName: r.TokenKey, TokenSigningPublicKeys: r.Keys,
		Status: r.status(), CreationDate: r.Created, LastModifiedDate: r.Modified, SigningDisabled: &r.Unsigned, EnableCachingForHttp: &r.CacheHTTP,
	}
}

func find(tx *state.Tx, s caller.Scope, name string) (*record, error) {
	r, err := stored.Get(tx, at(s, name))
	if errors.Is(err, state.ErrNotFound) {
		return nil, refuse(fault.NotFound, "The authorizer %s does not exist in account %s, region %s.", name, s.Account, s.Region).Named(iot.ResourceNotFoundException)
	}
	return r, err
}

// defaultOf is the name of the default authorizer, "" if there is none.
func defaultOf(tx *state.Tx, s caller.Scope) (string, error) {
	p, err := defaults.Get(tx, at(s))
	if errors.Is(err, state.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return p.Name, nil
}

// all are the authorizers of a scope by name.
func all(tx *state.Tx, s caller.Scope) (list []*record, err error) {
	for r, err := range stored.Scan(tx, at(s), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
