package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// maxPrograms limits how many local programs run at the same time; further ones wait.
const maxPrograms = 16

// program is a function that is a program of this machine.
type program struct {
	path    string
	args    []string
	running chan struct{} // shared: one element for each that runs
}

func parseProgram(command string, running chan struct{}) (*program, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, errors.New("exec: names no program")
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, err
	}
	return &program{path: path, args: words[1:], running: running}, nil
}

// errTooLong stops a program that writes more than an answer may have.
var errTooLong = fmt.Errorf("the answer has more than %d bytes", maxAnswer)

// answer runs the program. It, and all that it started, ends when the answer is there or ctx ends.
func (p *program) answer(ctx context.Context, event []byte) ([]byte, error) {
	select {
	case p.running <- struct{}{}:
		defer func() { <-p.running }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%d programs run already, none of which ended in time: %w", maxPrograms, ctx.Err())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out, complaints := &answerBuffer{stop: stop}, &lastLine{}
	c := exec.CommandContext(ctx, p.path, p.args...)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(event), out, complaints
	c.WaitDelay = time.Second // for output that a grandchild keeps open
	ownGroup(c)
	err := c.Run()
	endGroup(c)
	switch {
	case context.Cause(ctx) != nil:
		return nil, fmt.Errorf("%s was stopped: %w", p.path, context.Cause(ctx))
	case errors.Is(err, exec.ErrWaitDelay):
		return nil, fmt.Errorf("%s ended, but something it started keeps its output open", p.path)
	case err != nil && complaints.String() != "":
		return nil, fmt.Errorf("%s: %s (%w)", p.path, complaints, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	return out.text, nil
}

// answerBuffer keeps an answer, and stops its writer when that is too long.
type answerBuffer struct {
	text []byte // no bytes.Buffer: what it reads by itself has no limit
	stop context.CancelCauseFunc
}

// Write appends b.
func (a *answerBuffer) Write(b []byte) (int, error) {
	if len(a.text)+len(b) > maxAnswer {
		a.stop(errTooLong)
		return 0, errTooLong
	}
	a.text = append(a.text, b...)
	return len(b), nil
}

// lastLine keeps the last line that was written, or its beginning.
type lastLine struct {
	line  []byte
	ended bool
}

const maxLine = 1000

// Write takes any text.
func (l *lastLine) Write(b []byte) (int, error) {
	for _, c := range b {
		switch {
		case c == '\n' || c == '\r':
			l.ended = true
		case l.ended:
			l.line, l.ended = append(l.line[:0], c), false
		case len(l.line) < maxLine:
			l.line = append(l.line, c)
		}
	}
	return len(b), nil
}

func (l *lastLine) String() string { return strings.ToValidUTF8(strings.TrimSpace(string(l.line)), "") }
