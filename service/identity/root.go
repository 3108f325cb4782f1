package identity

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"telltale/base/fault"
	"telltale/store/state"
)

// openRoot makes sure, when the program starts, that the account's root has a key and that the credentials file tells it.
//
// The first start takes the key from the file, if the operator put one there, or makes one. Later the database decides: a missing
// file is written again, with a new key if the old one was deleted or made inactive; a file whose key is no longer good is left
// alone, because bringing a deleted key back would undo what its owner did.
func (d *Directory) openRoot(ctx context.Context) error {
	written, err := readCredentials(d.cfg.CredentialsFile)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	if written.exposed {
		d.diary.Warn("the file with the root key can be read by others; its mode should be 0600", "file", d.cfg.CredentialsFile)
	}
	var key *accessKey // good, to be written to a missing file
	good := false      // the file's key
	err = d.update(ctx, "identity.New", func(tx *state.Tx) error {
		a, err := accounts.Get(tx, state.K(d.cfg.Account))
		switch {
		case errors.Is(err, state.ErrNotFound):
			key, good = d.newRootKey(written), true
		case err != nil:
			return err
		case missing:
			if key, err = activeRootKey(tx, d.cfg.Account, a.RootKeyID); key != nil || err != nil {
				return err
			}
			key = d.newRootKey(credentials{})
		default:
			found, err := activeRootKey(tx, d.cfg.Account, written.id)
			good = found != nil && found.Secret == written.secret
			return err
		}
		if err := accessKeys.Insert(tx, key); errors.Is(err, state.ErrExists) {
			return fault.New("", fault.Conflict, "key %s of %s belongs to somebody else here; name another file", key.ID, d.cfg.CredentialsFile)
		} else if err != nil {
			return err
		}
		return accounts.Put(tx, &account{Account: d.cfg.Account, RootKeyID: key.ID})
	})
	switch {
	case err != nil:
		return err
	case missing:
		d.diary.Info("wrote the root key", "file", d.cfg.CredentialsFile, "key", key.ID, "account", d.cfg.Account)
		return credentials{id: key.ID, secret: key.Secret}.write(d.cfg.CredentialsFile)
	case !good:
		d.diary.Warn("the credentials file holds no active key of the account's root; remove it, and the next start writes a good one",
			"file", d.cfg.CredentialsFile, "key", written.id, "account", d.cfg.Account)
	}
	return nil
}

// newRootKey makes a key of the root out of what the file holds, or a fresh one.
func (d *Directory) newRootKey(from credentials) *accessKey {
	if from.id == "" {
		from = credentials{id: newID(accessKeyID), secret: newSecret()}
	}
	return &accessKey{
		ID: from.id, Secret: from.secret, Account: d.cfg.Account, Owner: d.cfg.Account,
		Active: true, Created: time.Now().UTC().Truncate(time.Second),
	}
}

// activeRootKey finds a key of an account's root, or nothing.
func activeRootKey(tx *state.Tx, account, id string) (*accessKey, error) {
	k, err := accessKeys.Get(tx, state.K(id))
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !k.Active || k.Owner != account {
		return nil, err
	}
	return k, nil
}
