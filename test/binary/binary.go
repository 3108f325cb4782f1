// Package binary builds the program for tests and measurements that run it from outside.
package binary

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Build builds telltale, statically as it is released, and returns the path of the binary in dir.
func Build(dir string) (string, error) {
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..")
	if err := lookAtSources(root); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "telltale")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/telltale")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building telltale: %w\n%s", err, out)
	}
	return path, nil
}

// lookAtSources looks at every source file of the program: go test believes a cached result only while the files that a test looked at
// are the same, and it does not see what the build reads.
func lookAtSources(root string) error {
	for _, floor := range []string{"go.mod", "base", "lang", "store", "service", "api", "app", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, floor), func(path string, d fs.DirEntry, err error) error {
			if err == nil && (d.IsDir() || strings.HasSuffix(path, "_test.go")) {
				return nil
			}
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
