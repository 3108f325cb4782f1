package identity

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/lang/wire/sigv4"
	"telltale/store/state"
)

// Key is what is known of an access key: what a request must have been signed with, and who signs with it.
type Key struct {
	Secret       string
	SessionToken string // belongs to temporary credentials only
	Verify       bool   // false: the signature needs no look, because anybody may call
	Caller       caller.Caller

	rights *rights // of temporary credentials
}

// String says whose key it is and keeps the secret.
func (k Key) String() string { return "key " + k.Caller.AccessKeyID + " of " + k.Caller.ARN }

// GoString is String: no verb prints the secret.
func (k Key) GoString() string { return k.String() }

// LogValue is String for the diary.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// accessKeyForm is what IDs of stored keys look like; what does not is looked up in vain.
var accessKeyForm = regexp.MustCompile(`^[0-9A-Za-z_]{16,128}$`)

// Key finds an access key. A key that was made here is to be verified, relaxed or not. Where the directory is relaxed, an unknown or
// empty id is the root of the account that it names in 12 digits, or of the default account. Otherwise an unknown key, and always an
// inactive one, is refused as sigv4.UnknownKey. Temporary credentials whose time is over are refused as sigv4.TokenExpired.
func (d *Directory) Key(ctx context.Context, accessKeyID string) (*Key, error) {
	k, age, ok := d.keys.get(accessKeyID)
	if !ok {
		var err error
		if k, err = d.loadKey(ctx, accessKeyID); err != nil {
			return nil, err
		}
	}
	switch {
	case k != nil:
		if !ok {
			d.keys.keep(accessKeyID, k, age)
		}
		if now := time.Now(); k.rights != nil && !now.Before(k.rights.expires) {
			return nil, sigv4.TokenExpired(accessKeyID, k.rights.expires, now)
		}
		found := *k
		return &found, nil
	case d.cfg.Relaxed:
		return d.guest(accessKeyID), nil
	}
	return nil, sigv4.UnknownKey(accessKeyID)
}

// loadKey reads a key and its owner. It returns nil for an unknown id and refuses an inactive key.
func (d *Directory) loadKey(ctx context.Context, id string) (k *Key, err error) {
	if !accessKeyForm.MatchString(id) {
		return nil, nil
	}
	if strings.HasPrefix(id, temporaryID) {
		return d.loadTemporary(ctx, id)
	}
	err = d.view(ctx, "identity.Key", func(tx *state.Tx) error {
		row, err := accessKeys.Get(tx, state.K(id))
		switch {
		case errors.Is(err, state.ErrNotFound):
			return nil
		case err != nil:
			return err
		case !row.Active:
			return sigv4.UnknownKey(id)
		}
		k = &Key{Secret: string(row.Secret), Verify: true, Caller: d.root(row.Account, id)}
		if row.Owner == row.Account {
			return nil
		}
		u, err := users.Find(tx, "id", state.K(row.Account, row.Owner))
		if err != nil {
			return err // a user is not deleted before its keys
		}
		k.Caller.Kind, k.Caller.PrincipalID, k.Caller.ARN, k.Caller.UserName = caller.User, u.ID, u.arn(), u.Name
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// root is the root of an account as caller.
func (d *Directory) root(account, accessKeyID string) caller.Caller {
	return caller.Caller{
		Scope: caller.Scope{Account: account, Region: d.cfg.Region},
		Kind:  caller.Root, AccessKeyID: accessKeyID, PrincipalID: account, ARN: rootARN(account),
	}
}

// guest is the key of somebody whom relaxed mode lets in unseen.
func (d *Directory) guest(id string) *Key {
	account := d.cfg.Account
	if accountForm.MatchString(id) {
		account = id
	}
	return &Key{Caller: d.root(account, id)}
}
