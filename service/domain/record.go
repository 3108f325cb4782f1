package domain

import (
	"errors"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// Default is the configuration of the default endpoint. It exists without being made.
const Default = "iot:Data-ATS"

// record is a domain configuration.
type record struct {
	caller.Scope
	Name       string
	ID         string // the last part of its ARN; the default endpoint has none
	ServerName string // in lower case; "" of the default endpoint
	Custom     bool   // the server name is the customer's own
	Disabled   bool
	Changed    time.Time // the status was last

	Certificate    string `json:",omitempty"` // ARN; "" is one of our own authority
	Security       string // name of the TLS policy
	Authentication string
	Protocol       string
	HasAuthorizer  bool   `json:",omitempty"`
	Authorizer     string `json:",omitempty"`
	AllowOverride  bool   `json:",omitempty"`
}

var stored = state.Table[record]{
	Name: "domain_configurations",
	Key:  func(r *record) state.Key { return at(r.Scope, r.Name) },
	Index: []state.Index[record]{{
		Name:   "server",
		Unique: true,
		Key: func(r *record) []state.Key {
			if r.ServerName == "" {
				return nil
			}
			return []state.Key{state.K(r.ServerName)}
		},
	}},
}

// unchanged is the configuration of the default endpoint as long as nobody changes it.
func unchanged(s caller.Scope) *record {
	return &record{Scope: s, Name: Default, Security: defaultSecurity, Authentication: iot.AuthenticationTypeDefault, Protocol: iot.ApplicationProtocolDefault}
}

// resource is the resource in its ARN.
func (r *record) resource() string {
	if r.ID == "" {
		return kind + "/" + r.Name
	}
	return kind + "/" + r.Name + "/" + r.ID
}

func (r *record) arn() string {
	return arn.IoT(r.Scope, kind, strings.TrimPrefix(r.resource(), kind+"/"))
}

func (r *record) domainType() string {
	switch {
	case r.Name == Default:
		return iot.DomainTypeEndpoint
	case r.Custom:
		return iot.DomainTypeCustomerManaged
	}
	return iot.DomainTypeAwsManaged
}

func (r *record) status() string {
	if r.Disabled {
		return iot.DomainConfigurationStatusDisabled
	}
	return iot.DomainConfigurationStatusEnabled
}

// authorizer is what a description tells of the default authorizer.
func (r *record) authorizer() *iot.AuthorizerConfig {
	if !r.HasAuthorizer {
		return nil
	}
	return &iot.AuthorizerConfig{DefaultAuthorizerName: r.Authorizer, AllowAuthorizerOverride: &r.AllowOverride}
}

func find(tx *state.Tx, s caller.Scope, name string) (*record, error) {
	r, err := stored.Get(tx, at(s, name))
	switch {
	case errors.Is(err, state.ErrNotFound) && name == Default:
		return unchanged(s), nil
	case errors.Is(err, state.ErrNotFound):
		return nil, refuse(fault.NotFound, "The domain configuration %s does not exist in account %s, region %s.", name, s.Account, s.Region).Named(iot.ResourceNotFoundException)
	}
	return r, err
}

// all are the configurations of a scope by name, that of the default endpoint among them.
func all(tx *state.Tx, s caller.Scope) (list []*record, err error) {
	for r, err := range stored.Scan(tx, at(s), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		if r.Name != Default {
			list = append(list, r)
		}
	}
	r, err := find(tx, s, Default)
	return append(list, r), err
}
