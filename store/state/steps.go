package state

import (
	"fmt"
	"strings"
)

// application marks our files ("tell"), so that a database of another program is not taken for ours.
const application = 0x74656c6c

// steps lead from an empty file to the newest layout of what the store keeps for itself. Step n brings the file to
// user_version n+1. A step that has been released is never changed; a new layout is a new step.
var steps = []string{`
	create table state_table (name text not null primary key, version bigint not null);
	create table state_index (tab text not null, name text not null, uniq int not null, version bigint not null, primary key (tab, name));
	create table state_counter (name text not null primary key, value bigint not null);
	create table state_outbox (topic text not null, id bigint not null, body blob not null, primary key (topic, id))`,
}

// upgrade brings the store's own layout up to date, or refuses the file.
func (c *conn) upgrade() error {
	version, err := c.layout()
	if err != nil || version == len(steps) {
		return err
	}
	// The lock comes first and the version is read again: another process may be at the same work.
	if err := c.once(sqlBegin); err != nil {
		return err
	}
	if version, err = c.layout(); err == nil {
		err = c.climb(version)
	}
	if err != nil {
		c.once(sqlRollback)
		return err
	}
	return c.once(sqlCommit)
}

// layout returns the number of steps the file has taken: 0 if it is empty.
func (c *conn) layout() (int, error) {
	id, err := c.number(`pragma application_id`)
	if err != nil {
		return 0, err
	}
	version, err := c.number(`pragma user_version`)
	if err != nil {
		return 0, err
	}
	tables, err := c.number(`select count(*) from sqlite_schema`)
	if err != nil {
		return 0, err
	}
	switch {
	case tables == 0 && version == 0:
		return 0, nil
	case id != application:
		return 0, fmt.Errorf("state: %s: this SQLite database belongs to another program", c.path)
	case version > int64(len(steps)):
		return 0, fmt.Errorf("state: %s: the database was written by a newer telltale (layout %d, this program knows %d); use the newer program",
			c.path, version, len(steps))
	}
	return int(version), nil
}

func (c *conn) climb(version int) error {
	for ; version < len(steps); version++ {
		for sql := range strings.SplitSeq(steps[version], ";") {
			if err := c.once(sql); err != nil {
				return err
			}
		}
	}
	if err := c.once(fmt.Sprintf(`pragma application_id = %d`, application)); err != nil {
		return err
	}
	return c.once(fmt.Sprintf(`pragma user_version = %d`, version))
}
