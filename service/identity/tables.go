package identity

import (
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/store/state"
)

// account is one that was given a root key by a start of the program.
type account struct {
	Account   string
	RootKeyID string // stays when the key is deleted, so that a deleted key never comes back by itself
}

// entity is what a user, a role and a managed policy have in common.
type entity struct {
	Account string
	Name    string
	Path    string // begins and ends with a slash
	ID      string // AIDA…, AROA… or ANPA…, unique for ever
	Created time.Time
	Tags    []tag `json:",omitempty"` // by key
}

// holder is an entity that policies give rights to.
type holder struct {
	entity
	Inline   []inline `json:",omitempty"` // by name
	Attached []string `json:",omitempty"` // ARNs of managed policies, by the policies' names
}

type tag struct{ Key, Value string }

// inline is a policy that lives in its user or role.
type inline struct{ Name, Text string }

type user struct{ holder }

type role struct {
	holder
	Trust       string // who may assume it
	Description string `json:",omitempty"`
	MaxSession  int32  // seconds
}

// managed is a policy that stands by itself and is attached to users and roles.
type managed struct {
	entity
	Description string `json:",omitempty"`
	Updated     time.Time
	Versions    []version // the oldest first; never empty
	Default     int       // number of the version in force
	Last        int       // number of the newest version there ever was
}

type version struct {
	Number  int // the first is 1; a number is never used again
	Text    string
	Created time.Time
}

// accessKey is a long-term key of a user, or of root: then the owner is the account itself.
type accessKey struct {
	ID      string // AKIA…
	Secret  secret // in clear: a signature can be verified in no other way
	Account string
	Owner   string // ID of the user, or the account
	Active  bool
	Created time.Time
}

// Names are unique without regard to case, but whoever names something must spell it right: policies compare ARNs exactly.
// aws: iam/reference_iam-quotas#reference_iam-quotas-names
func nameKey(account, name string) state.Key { return state.K(account, strings.ToLower(name)) }

var accounts = state.Table[account]{
	Name: "identity_accounts",
	Key:  func(a *account) state.Key { return state.K(a.Account) },
}

var users = state.Table[user]{
	Name: "identity_users",
	Key:  func(u *user) state.Key { return nameKey(u.Account, u.Name) },
	Index: []state.Index[user]{{
		Name: "id", Unique: true,
		Key: func(u *user) []state.Key { return []state.Key{state.K(u.Account, u.ID)} },
	}, {
		Name: "policy",
		Key:  func(u *user) []state.Key { return u.attachedKeys() },
	}},
}

var roles = state.Table[role]{
	Name: "identity_roles",
	Key:  func(r *role) state.Key { return nameKey(r.Account, r.Name) },
	Index: []state.Index[role]{{
		Name: "policy",
		Key:  func(r *role) []state.Key { return r.attachedKeys() },
	}},
}

var policies = state.Table[managed]{
	Name: "identity_policies",
	Key:  func(m *managed) state.Key { return nameKey(m.Account, m.Name) },
}

var accessKeys = state.Table[accessKey]{
	Name: "identity_access_keys",
	Key:  func(k *accessKey) state.Key { return state.K(k.ID) },
	Index: []state.Index[accessKey]{{
		Name: "owner",
		Key:  func(k *accessKey) []state.Key { return []state.Key{state.K(k.Account, k.Owner, k.ID)} },
	}},
}

// Tables lists what the directory keeps.
func Tables() []state.Schema {
	return []state.Schema{&accounts, &users, &roles, &policies, &accessKeys, &temporaries}
}

func (u *user) arn() string { return arn.IAM(u.Account, "user"+u.Path+u.Name) }

func (r *role) arn() string { return arn.IAM(r.Account, "role"+r.Path+r.Name) }

func (m *managed) arn() string { return arn.IAM(m.Account, "policy"+m.Path+m.Name) }

// attachedKeys find the holder by each policy that is attached to it.
func (h *holder) attachedKeys() (keys []state.Key) {
	for _, arn := range h.Attached {
		keys = append(keys, state.K(arn))
	}
	return keys
}

func rootARN(account string) string { return arn.IAM(account, "root") }
