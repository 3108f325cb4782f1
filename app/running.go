package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
	"unicode"
)

// Running is what a started program tells about itself. It is kept in the data directory, so that other commands find it.
type Running struct {
	Mode        Mode
	Gateway     string // address listened on
	MQTTS       string
	MQTT        string // "" if there is no plain listener
	TLS         string // "" if there is no listener for all protocols
	HTTPS       string // "" if there is none for requests with client certificates
	Credentials string // "" if there is no credentials provider
	Region      string
	AccountID   string
	DataDir     string // absolute
	Ephemeral   bool
	Permissive  bool // policies of devices are not enforced
	PID         int
	Startup     time.Duration `json:"-"`
}

// runFile is the file in the data directory that holds the last Running.
const runFile = "run.json"

// Endpoint is the URL of the AWS API.
func (r *Running) Endpoint() string {
	_, port, _ := net.SplitHostPort(r.Gateway)
	host := endpointHost(r.Gateway)
	if host == "localhost" {
		host, _, _ = net.SplitHostPort(r.Gateway) // the address itself: no name to look up
	}
	return "http://" + net.JoinHostPort(host, port)
}

// DataPlace says where the data are, in words.
func (r *Running) DataPlace() string {
	if r.Ephemeral {
		return r.DataDir + " (ephemeral: removed at the end)"
	}
	return r.DataDir
}

// CredentialsFile is where telltale serve keeps the root key.
func (r *Running) CredentialsFile() string { return filepath.Join(r.DataDir, "credentials") }

// Env is the shell lines that point AWS tools here. In serve mode they name the credentials file instead of the secret, so that
// the secret never reaches a log.
func (r *Running) Env() []string {
	lines := []string{
		"export AWS_ENDPOINT_URL=" + r.Endpoint(),
		"export AWS_REGION=" + r.Region + " AWS_DEFAULT_REGION=" + r.Region,
	}
	if r.Mode == Dev {
		lines = append(lines, "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test")
	} else {
		lines = append(lines, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE",
			"export AWS_SHARED_CREDENTIALS_FILE="+quoted(r.CredentialsFile()))
	}
	return append(lines, "export AWS_DISABLE_HOST_PREFIX_INJECTION=true")
}

// quoted is text as one word of a shell.
func quoted(text string) string {
	if strings.IndexFunc(text, func(c rune) bool {
		return !strings.ContainsRune("/._-+=:@%,", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// save writes r into a directory where other commands look for it.
func (r *Running) save(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, runFile), append(text, '\n'), 0o600)
}

// LastRun reads what the telltale that runs, or last ran, on a data directory told about itself.
func LastRun(dataDir string) (*Running, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, runFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no telltale has run on data directory %s; start one with: telltale dev --data-dir %s", dataDir, dataDir)
	}
	if err != nil {
		return nil, err
	}
	var r Running
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dataDir, runFile), err)
	}
	return &r, nil
}

// Version is the version of the module this binary was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
