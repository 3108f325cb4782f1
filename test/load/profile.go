package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// profiling is one perf that watches one program.
type profiling struct {
	cmd  *exec.Cmd
	kind string
	file string
	said bytes.Buffer
}

// buildProfiled builds telltale with its symbols, which a release leaves out.
func buildProfiled(dir string) (string, error) {
	path := filepath.Join(dir, "telltale")
	cmd := exec.Command("go", "build", "-o", path, "telltale/cmd/telltale")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building telltale: %w\n%s", err, out)
	}
	return path, nil
}

// startProfiles lets perf watch every telltale, if profiles are wanted.
func (b *bench) startProfiles(subjects []*subject) (all []*profiling, err error) {
	if b.profile == "" {
		return nil, nil
	}
	for _, s := range subjects {
		if s.kind == mosquitto {
			continue
		}
		p := &profiling{kind: s.kind, file: b.profile + "." + s.kind}
		p.cmd = exec.Command("perf", "record", "-q", "-F", "999", "-g", "-p", fmt.Sprint(s.cmd.Process.Pid), "-o", p.file)
		p.cmd.Stderr = &p.said
		if err := p.cmd.Start(); err != nil {
			return nil, fmt.Errorf("profiles are made by perf of the package linux-perf: %w", err)
		}
		all = append(all, p)
	}
	time.Sleep(300 * time.Millisecond) // it attaches
	return all, nil
}

// endProfiles ends them and prints the functions that used most.
func endProfiles(all []*profiling) error {
	for _, p := range all {
		_ = p.cmd.Process.Signal(os.Interrupt)
		if err := p.cmd.Wait(); err != nil {
			if _, exited := errors.AsType[*exec.ExitError](err); !exited || p.said.Len() > 0 {
				return fmt.Errorf("perf: %w: %s", err, p.said.Bytes())
			}
		}
		fmt.Printf("\n%s: profile in %s\n", p.kind, p.file)
		for _, children := range []string{"--no-children", "--children"} {
			if err := top(p.file, children, 25); err != nil {
				return err
			}
		}
	}
	return nil
}

// top prints the first lines of a perf report.
func top(file, children string, n int) error {
	cmd := exec.Command("perf", "report", "--stdio", "-q", "-g", "none", "--no-inline", "--sort", "symbol", children, "-i", file)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("perf report: %w", err)
	}
	fmt.Printf("  %s\n", map[string]string{"--no-children": "flat", "--children": "cumulative, then flat"}[children])
	for lines := bufio.NewScanner(bytes.NewReader(out)); n > 0 && lines.Scan(); {
		line := strings.TrimRight(lines.Text(), " -")
		if line == "" || children == "--children" && strings.Contains(line, "[k]") && !strings.Contains(line, "do_syscall") {
			continue // what the kernel does is told by the flat list, and in sum by its entry
		}
		fmt.Printf("    %s\n", strings.TrimSpace(line))
		n--
	}
	return nil
}
