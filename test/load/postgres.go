package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is a PostgreSQL server of its own, with its default settings.
type postgres struct {
	version, dir string
	cmd          *exec.Cmd
	conns        []*pgconn.PgConn
	written      []int64 // documents, by writer
}

// startPostgres makes a database in a fresh directory, starts it on a socket there and connects all writers.
func startPostgres() (p *postgres, err error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	p = &postgres{written: make([]int64, writers)}
	if p.dir, err = os.MkdirTemp("", "postgres-load-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	who, err := unprivileged(p.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--auth=trust", "--username=load", "--encoding=UTF8", "--no-locale", "-D", data)
	initdb.Dir, initdb.SysProcAttr = p.dir, who
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	p.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "log_min_messages=fatal")
	p.cmd.Dir, p.cmd.SysProcAttr = p.dir, who
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.connect()
}

// postgresPrograms is where the server's programs are: Debian keeps them out of a user's PATH.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return "", errors.New("it is not installed")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives a directory to a user who may run PostgreSQL, which root may not.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// connect waits until the server is ready, makes the table and connects all writers.
func (p *postgres) connect() error {
	ctx, address := context.Background(), "host="+p.dir+" user=load dbname=postgres"
	conn, err := pgconn.Connect(ctx, address)
	for tries := 0; err != nil && tries < 400; tries++ {
		time.Sleep(50 * time.Millisecond)
		conn, err = pgconn.Connect(ctx, address)
	}
	if err != nil {
		return err
	}
	p.conns = append(p.conns, conn)
	p.version = "PostgreSQL " + conn.ParameterStatus("server_version")
	const table = `CREATE TABLE shadows (thing text, version bigint, document text, PRIMARY KEY (thing, version))`
	if _, err := conn.Exec(ctx, table).ReadAll(); err != nil {
		return err
	}
	for len(p.conns) < writers {
		if conn, err = pgconn.Connect(ctx, address); err != nil {
			return err
		}
		p.conns = append(p.conns, conn)
	}
	for _, conn := range p.conns {
		if _, err := conn.Prepare(ctx, "put", `INSERT INTO shadows VALUES ($1, $2, $3)`, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) title() string { return "postgres" }

func (p *postgres) write(total int64) error {
	return together(func(i int) error { return p.insert(i, total/writers) })
}

// insert writes documents through a pipeline that is refilled when half of what was under way is done.
func (p *postgres) insert(writer int, times int64) error {
	pipe := p.conns[writer].StartPipeline(context.Background())
	thing := []byte(fmt.Sprintf("load-%d", writer))
	var sent, done int64
	for done < times {
		for sent < min(times, done+underWay) {
			sent++
			version := strconv.FormatInt(p.written[writer]+sent, 10)
			pipe.SendQueryPrepared("put", [][]byte{thing, []byte(version), []byte(strings.ReplaceAll(document, "%d", version))}, nil, nil)
			if err := pipe.Sync(); err != nil { // ends the transaction
				return err
			}
		}
		for half := min(times, done+underWay/2); done < half; done++ {
			if err := committed(pipe); err != nil {
				return err
			}
		}
	}
	p.written[writer] += times
	return pipe.Close()
}

// committed waits until the oldest transaction in a pipeline is on the disk.
func committed(pipe *pgconn.Pipeline) error {
	for {
		result, err := pipe.GetResults()
		if err != nil {
			return err
		}
		switch result := result.(type) {
		case *pgconn.ResultReader:
			if _, err := result.Close(); err != nil {
				return err
			}
		case *pgconn.PipelineSync:
			return nil
		default:
			return fmt.Errorf("PostgreSQL answered with %T", result)
		}
	}
}

// cpu is the CPU time of the server and all processes it has started.
func (p *postgres) cpu() (total time.Duration, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	self := strconv.Itoa(p.cmd.Process.Pid)
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		pid := filepath.Base(filepath.Dir(path))
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		spent := fields[11:13]
		if pid == self {
			spent = fields[11:15] // and what children that have ended had used
		} else if fields[1] != self {
			continue
		}
		for _, field := range spent {
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			total += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return total, nil
}

func (p *postgres) stop() {
	for _, conn := range p.conns {
		_ = conn.Close(context.Background())
	}
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // at once; the data is thrown away
		_ = p.cmd.Wait()
	}
	_ = os.RemoveAll(p.dir)
}
