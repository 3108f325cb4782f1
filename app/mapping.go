package app

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"telltale/service/rules/connect"
)

// mapping is a setting with many values, each under a name: --endpoint s3=http://…, again and again; lines of the environment variable; a
// table of the file.
func mapping(key, doc string, values *map[string]string, check func(map[string]string) error) setting {
	*values = map[string]string{}
	return setting{Key: key, Doc: doc, Origin: "default", many: true,
		set: func(text string) error {
			for line := range strings.Lines(text) {
				name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
				if !ok || name == "" || value == "" {
					return fmt.Errorf("want NAME=VALUE")
				}
				if err := check(map[string]string{name: value}); err != nil {
					return err
				}
				(*values)[name] = value
			}
			return nil
		},
		get: func() string {
			var list []string
			for _, name := range slices.Sorted(maps.Keys(*values)) {
				list = append(list, name+"="+masked((*values)[name]))
			}
			return strings.Join(list, "\n")
		}}
}

// masked is an URL without the password in it, for those who look at the settings.
func masked(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	login, host, has := strings.Cut(rest, "@")
	user, _, secret := strings.Cut(login, ":")
	if !ok || !has || !secret {
		return value
	}
	return scheme + "://" + user + ":…@" + host
}

// table reads the values of a mapping from a table of the file. A file with passwords must be its owner's alone.
func (c *Config) table(s *setting, path string, values map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, ok := values[name].(string)
		if !ok {
			return fmt.Errorf("file %s: %s.%s must be a string", path, s.Key, name)
		}
		if masked(value) != value {
			if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
				return fmt.Errorf("file %s: %s.%s holds a password, and others may read the file (mode %04o); chmod 600 it", path, s.Key, name, info.Mode().Perm())
			}
		}
		if err := c.Set(s.Key, name+"="+value, "file "+path); err != nil {
			return err
		}
	}
	return nil
}

func checkEndpoint(values map[string]string) error {
	_, err := connect.ParseEndpoints(values)
	return err
}

func checkFunction(values map[string]string) error {
	_, err := connect.ParseFunctions(values)
	return err
}

func checkModel(values map[string]string) error {
	_, err := connect.ParseModels(values)
	return err
}
