package state

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup writes a copy of the database as it is at this moment to a new file with mode 0600, while work goes on.
// It refuses to overwrite a file.
func (db *DB) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("state: backup: %w", err)
	}
	f.Close()
	c, err := db.readers.open()
	if err != nil {
		return err
	}
	defer c.close()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	// A reader may only query; the copy counts as writing.
	err = c.once(`pragma query_only = off`)
	if err == nil {
		err = c.once(`vacuum into $1`, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Check reads the whole database and reports the first damage it finds.
func (db *DB) Check(ctx context.Context) error {
	return db.View(ctx, func(tx *Tx) error {
		var found string
		err := tx.conn.query(`pragma quick_check(1)`, nil, func(r row) bool { found = r.text(0); return false })
		if err != nil {
			return tx.fail(err)
		}
		if found != "ok" {
			return fmt.Errorf("state: %s: the database file is damaged; restore it from a backup: %s", db.path, found)
		}
		return nil
	})
}
