//go:build !unix

package logseg

// dirLock does nothing here: the system has no lock that ends with the process.
type dirLock struct{}

func lockDir(string) (*dirLock, error) { return nil, nil }

func (*dirLock) release() error { return nil }
