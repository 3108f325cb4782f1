// Package identity keeps the users, roles, policies and access keys of every account, and decides what their holders may do.
//
// It answers the operations of IAM and STS, finds the secret that a request must have been signed with, and evaluates the policies
// of callers and of roles. IAM knows no regions: everything here belongs to an account.
//
// aws: iam/introduction, sts/welcome
package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"telltale/base/fault"
	"telltale/store/state"
)

// Config is what an operator may change.
type Config struct {
	// Account is that of the root key, and of credentials that name none: 12 digits.
	Account string
	// Region is that of callers until the request says another.
	Region string
	// Relaxed lets any unknown credentials in as the root of an account, unverified. Dev mode does so.
	Relaxed bool
	// CredentialsFile holds the root key in the format of AWS's shared credentials file, mode 0600. The first start makes it.
	// Empty: there is no root key.
	CredentialsFile string
}

// Needs is what the directory is built on.
type Needs struct {
	State *state.DB    // opened with Tables
	Diary *slog.Logger // nil: slog.Default
}

// Directory is the accounts' users, roles and keys. Its methods may be called by any number of goroutines.
type Directory struct {
	cfg   Config
	state *state.DB
	diary *slog.Logger

	keys   cache[*Key]    // by access key id
	grants cache[*grants] // by ARN of a role, or account and id of a user
}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// New opens the directory. With a CredentialsFile it makes sure that the account has a root key and that the file tells it.
func New(ctx context.Context, cfg Config, needs Needs) (*Directory, error) {
	switch {
	case !accountForm.MatchString(cfg.Account):
		return nil, fmt.Errorf("identity: account %q: want 12 digits", cfg.Account)
	case needs.State == nil:
		return nil, errors.New("identity: there is no state database")
	case needs.Diary == nil:
		needs.Diary = slog.Default()
	}
	d := &Directory{cfg: cfg, state: needs.State, diary: needs.Diary}
	if cfg.CredentialsFile == "" {
		return d, nil
	}
	if err := d.openRoot(ctx); err != nil {
		return nil, fmt.Errorf("identity: root key: %w", err)
	}
	return d, nil
}

// view reads the database; what f returns becomes a fault of the operation.
func (d *Directory) view(ctx context.Context, op string, f func(*state.Tx) error) error {
	return faultOf(op, d.state.View(ctx, f))
}

// update changes the database. Afterwards nothing is remembered of how it was, even if the outcome is an error: a failed flush
// leaves open what the next reader will find.
func (d *Directory) update(ctx context.Context, op string, f func(*state.Tx) error) error {
	err := d.state.Update(ctx, f)
	d.keys.forget()
	d.grants.forget()
	return faultOf(op, err)
}

// faultOf says in which operation a fault arose, and makes a fault of any other error.
func faultOf(op string, err error) error {
	if f, ok := err.(*fault.Error); ok {
		if f.Op == "" {
			f.Op = op
		}
		return f
	}
	return fault.Wrap(op, fault.KindOf(err), err)
}
