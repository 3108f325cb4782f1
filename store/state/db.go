// Package state keeps the records that must survive: typed tables with secondary indexes, durable counters, and an outbox
// for work that follows a change. It is the only place in the house that knows SQL.
//
// A service declares its tables as package variables (see Table), reads them in a View and changes them in an Update.
// Updates run one after the other; many that come at the same time share one flush to the disk. Views run beside them,
// each on one unchanging state of the database.
package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// DB is an open database. Its methods may be called by any number of goroutines.
type DB struct {
	path    string
	writer  writer
	readers readers
	remove  string // directory to remove when closed

	plans atomic.Pointer[map[string]*plan]
	useMu sync.Mutex
	used  map[string]Schema

	outbox outbox
}

// Open opens the database file, or makes it with mode 0600, brings its layout up to date, and makes the tables known (see Use).
// It refuses, in words, a file that is damaged, foreign, or written by a newer program.
func Open(cfg Config, tables ...Schema) (*DB, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	return open(cfg, "pragma synchronous = "+cfg.Sync.String(), tables)
}

// OpenMemory opens an empty database that Close forgets, for tests and for running without a trace. It behaves like any other,
// but nothing is flushed: its file is in the system's directory for temporary files and lives in the page cache.
func OpenMemory(tables ...Schema) (*DB, error) {
	dir, err := os.MkdirTemp("", "telltale-state-")
	if err != nil {
		// A container without a writable disk still has shared memory.
		if dir, err = os.MkdirTemp("/dev/shm", "telltale-state-"); err != nil {
			return nil, fmt.Errorf("state: no place for an ephemeral database; set TMPDIR to a writable directory: %w", err)
		}
	}
	cfg := Default()
	cfg.Path = filepath.Join(dir, "state.db")
	db, err := open(cfg, "pragma synchronous = off", tables)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	db.remove = dir
	return db, nil
}

func open(cfg Config, synchronous string, tables []Schema) (*DB, error) {
	if err := create(cfg.Path); err != nil {
		return nil, err
	}
	c, err := openConn(cfg.Path, cfg.CacheKiB, synchronous)
	if err != nil {
		return nil, err
	}
	db := &DB{path: cfg.Path, used: map[string]Schema{}}
	db.plans.Store(&map[string]*plan{})
	db.writer.conn, db.writer.commit = c, db.outbox.wake
	db.readers.slots = make(chan struct{}, cfg.Readers)
	db.readers.open = func() (*conn, error) {
		return openConn(cfg.Path, cfg.CacheKiB, synchronous, "pragma query_only = on")
	}
	_, err = c.layout() // a file that is not ours must not be touched
	if err == nil {
		err = c.once("pragma journal_mode = wal")
	}
	if err == nil {
		err = c.upgrade()
	}
	if err == nil {
		err = db.Use(context.Background(), tables...)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// create makes the file if it is missing. SQLite gives its other files the same mode and flushes the directory.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return f.Close()
}

// Close waits for running Updates and Views, then closes the database. Closing twice is harmless.
func (db *DB) Close() error {
	err := errors.Join(db.readers.close(), db.writer.close())
	if db.remove != "" {
		err = errors.Join(err, os.RemoveAll(db.remove))
	}
	return err
}

// Update runs f and makes its changes durable, all or nothing. Updates run one at a time, each seeing what the earlier ones did;
// those that wait at the same moment share one flush to the disk. If f returns an error or panics, or uses tx after
// ctx has ended, the changes of this f alone are taken back. When Update returns nil, or the error of f, everything f has seen and done is durable.
//
// f should be quick and must not begin another Update. It runs at most once.
func (db *DB) Update(ctx context.Context, f func(*Tx) error) error {
	return db.writer.update(&Tx{ctx: ctx, plans: *db.plans.Load()}, f)
}

// View runs f on the state of the database at this moment: it sees every Update that has returned, and none that comes after.
// At most Config.Readers run at the same time. f must not begin another View.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	return db.readers.view(&Tx{ctx: ctx, plans: *db.plans.Load(), readOnly: true}, f)
}
