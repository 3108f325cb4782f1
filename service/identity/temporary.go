package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/sts"
	"telltale/store/state"
)

// temporary is a set of temporary credentials: a key, the token that belongs to it, and whom they make of their holder.
//
// aws: iam/id_credentials_temp
type temporary struct {
	ID            string // ASIA…
	Secret, Token secret

	Account         string
	Kind            caller.Kind
	Principal       string // AROA…:session, AIDA…, account:name
	ARN             string
	UserName        string            `json:",omitempty"`
	Role            string            `json:",omitempty"` // ARN of the role whose policies count
	Owner           string            // id of the role or user whose policies count; of root the account
	Limited         bool              `json:",omitempty"` // session policies were passed, if only none
	Limits          []inline          `json:",omitempty"` // the session policies
	Keys            map[string]string `json:",omitempty"` // what policies may ask beyond who calls, by names in lower case
	Issued, Expires time.Time
}

var temporaries = state.Table[temporary]{
	Name: "identity_temporaries",
	Key:  func(t *temporary) state.Key { return state.K(t.ID) },
	Index: []state.Index[temporary]{{
		Name: "end",
		Key:  func(t *temporary) []state.Key { return []state.Key{state.K(t.Expires.Unix())} },
	}},
}

const (
	// remembered is how long credentials that expired are kept, so that who goes on using them learns why they are refused.
	remembered = 48 * time.Hour
	// swept is how many of those are forgotten when new ones are made: more than one, so that the table does not grow for ever.
	swept = 4
)

// issue completes temporary credentials and keeps them.
func (d *Directory) issue(ctx context.Context, op string, t *temporary, seconds int32) (*sts.Credentials, error) {
	t.ID, t.Secret, t.Token = newID(temporaryID), newSecret(), newToken()
	t.Issued = time.Now().UTC().Truncate(time.Second)
	t.Expires = t.Issued.Add(time.Duration(seconds) * time.Second)
	err := d.state.Update(ctx, func(tx *state.Tx) error { // no cache knows a key that was not there
		if err := sweep(tx, t.Issued.Add(-remembered)); err != nil {
			return err
		}
		return temporaries.Insert(tx, t)
	})
	if err != nil {
		return nil, faultOf(op, err)
	}
	return &sts.Credentials{AccessKeyId: t.ID, SecretAccessKey: string(t.Secret), SessionToken: string(t.Token), Expiration: t.Expires}, nil
}

// sweep forgets some of the credentials that expired before a moment.
func sweep(tx *state.Tx, before time.Time) error {
	var old []state.Key
	for t, err := range temporaries.ScanIndex(tx, "end", state.Key{}, state.Cursor{}, swept) {
		if err != nil {
			return err
		}
		if t.Expires.Before(before) {
			old = append(old, temporaries.Key(t))
		}
	}
	for _, key := range old {
		if err := temporaries.Delete(tx, key); err != nil {
			return err
		}
	}
	return nil
}

// newToken makes a session token: nobody reads anything in it.
func newToken() secret {
	var raw [192]byte
	rand.Read(raw[:]) // never fails
	return secret(base64.StdEncoding.EncodeToString(raw[:]))
}

// loadTemporary reads temporary credentials. It returns nil for an unknown id.
func (d *Directory) loadTemporary(ctx context.Context, id string) (k *Key, err error) {
	err = d.view(ctx, "identity.Key", func(tx *state.Tx) error {
		t, err := temporaries.Get(tx, state.K(id))
		if errors.Is(err, state.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		k = &Key{Secret: string(t.Secret), SessionToken: string(t.Token), Verify: true, Caller: caller.Caller{
			Scope: caller.Scope{Account: t.Account, Region: d.cfg.Region}, Kind: t.Kind, AccessKeyID: id,
			PrincipalID: t.Principal, ARN: t.ARN, UserName: t.UserName, Temporary: true, Issued: t.Issued,
		}}
		k.rights, err = t.rights()
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}
