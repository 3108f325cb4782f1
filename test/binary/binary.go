// Package binary builds the program for tests and measurements that run it from outside.
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"telltale/app"
)

// The program is named here so that a cached test result is not believed when the program has changed.
var _ = app.Run

// Build builds telltale, statically as it is released, and returns the path of the binary in dir.
func Build(dir string) (string, error) {
	_, here, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(here), "..", "..", "cmd", "telltale")
	files, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("the sources of the program are not in %s (%v)", source, err)
	}
	for _, f := range files {
		if _, err := os.Stat(f); err != nil { // a looked-at file counts for the test cache, too
			return "", err
		}
	}
	path := filepath.Join(dir, "telltale")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building telltale: %w\n%s", err, out)
	}
	return path, nil
}
