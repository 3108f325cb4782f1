package identity

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// credentials are the default profile of a shared credentials file.
//
// aws: cli/cli-configure-files
type credentials struct {
	id      string
	secret  secret
	exposed bool // others than the owner may read the file
}

// maxCredentials is the most that is read of a credentials file, in bytes.
const maxCredentials = 64 << 10

var secretForm = regexp.MustCompile(`^[!-~]{16,128}$`)

// readCredentials reads the file. The error is fs.ErrNotExist if there is none.
func readCredentials(path string) (credentials, error) {
	f, err := os.Open(path)
	if err != nil {
		return credentials{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return credentials{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxCredentials+1))
	if err != nil {
		return credentials{}, err
	}
	c, err := parseCredentials(text)
	if err != nil {
		return credentials{}, fmt.Errorf("credentials file %s: %w", path, err)
	}
	c.exposed = info.Mode().Perm()&0o077 != 0
	return c, nil
}

// parseCredentials reads the default profile and ignores all others, and all settings but the two that make a key.
func parseCredentials(text []byte) (c credentials, err error) {
	if len(text) > maxCredentials {
		return c, fmt.Errorf("it has more than %d bytes", maxCredentials)
	}
	profile := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxCredentials+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ = strings.Cut(name, "]")
			profile = strings.TrimSpace(name)
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		if profile != "default" {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "aws_access_key_id":
			c.id = strings.TrimSpace(value)
		case "aws_secret_access_key":
			c.secret = secret(strings.TrimSpace(value))
		}
	}
	switch {
	case lines.Err() != nil:
		return credentials{}, lines.Err()
	case !accessKeyForm.MatchString(c.id):
		return credentials{}, fmt.Errorf("aws_access_key_id of profile [default] is %q: want 16 to 128 letters and digits", c.id)
	case !secretForm.MatchString(string(c.secret)):
		return credentials{}, errors.New("aws_secret_access_key of profile [default]: want 16 to 128 characters without spaces")
	}
	return c, nil
}

// write puts the credentials into a new file that only its owner can read. It appears under its name whole or not at all.
func (c credentials) write(path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".credentials-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = fmt.Fprintf(f, "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", c.id, string(c.secret))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
