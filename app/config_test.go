package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "telltale.toml")
	if err := os.WriteFile(file, []byte("region = \"eu-west-1\"\naccount-id = \"111111111111\"\nephemeral = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := NewConfig(Dev)
	steps := []error{
		c.LoadFile(file),
		c.LoadEnvironment([]string{"TELLTALE_ACCOUNT_ID=222222222222", "TELLTALE_GATEWAY=127.0.0.1:1", "TELLTALE_CONFIG=x", "PATH=/"}),
		c.Set("gateway", "127.0.0.1:0", "flag --gateway"),
	}
	for _, err := range steps {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	for _, s := range c.Settings() {
		got[s.Key] = s.Value + " from " + s.Origin
	}
	want := map[string]string{
		"region": "eu-west-1 from file " + file, "account-id": "222222222222 from environment TELLTALE_ACCOUNT_ID",
		"gateway": "127.0.0.1:0 from flag --gateway", "ephemeral": "true from file " + file, "mqtts": "127.0.0.1:8883 from default",
	}
	for key, w := range want {
		if got[key] != w {
			t.Errorf("%s is %s, want %s", key, got[key], w)
		}
	}
}

func TestRefusals(t *testing.T) {
	f := func(mode Mode, key, value string, want ...string) {
		t.Helper()
		err := NewConfig(mode).Set(key, value, "flag")
		if err == nil {
			t.Errorf("%s = %q was accepted", key, value)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s = %q: error %q does not say %q", key, value, err, w)
			}
		}
	}
	f(Dev, "data_dir", "x", `did you mean "data-dir"`)
	f(Dev, "gatway", "x", `did you mean "gateway"`)
	f(Dev, "zzzzzzzz", "x", "the settings are data-dir")
	f(Dev, "gateway", "4566", "host:port")
	f(Dev, "gateway", "localhost:99999", "host:port")
	f(Dev, "account-id", "12", "12 digits")
	f(Dev, "shadow-history", "a month", "whole number from 0 to 36500")
	f(Serve, "shadow-levels", "0", "whole number from 1 to 100")
	f(Dev, "region", "mars", "us-east-1")
	f(Dev, "log-level", "loud", "debug, info, warn or error")
	f(Dev, "ephemeral", "maybe", "true or false")
	f(Serve, "mqtt", "127.0.0.1:1883", "telltale dev only")
}

func TestFileErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := NewConfig(Dev).LoadFile(file)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("file %q: error %v, want one that says %q", text, err, want)
		}
	}
	f("regoin = \"eu-west-1\"", `did you mean "region"`)
	f("region = [1]", "must be a string")
	f("region", "c.toml")
	if err := NewConfig(Dev).LoadFile("/nonexistent.toml"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("missing file: %v", err)
	}
}

// A profile brings its own limits, and leaves alone what was set by itself, before or after it.
func TestProfile(t *testing.T) {
	for _, order := range [][]string{{"mqtt-inflight", "mqtt-profile"}, {"mqtt-profile", "mqtt-inflight"}} {
		c := NewConfig(Dev)
		for _, key := range order {
			if err := c.Set(key, map[string]string{"mqtt-inflight": "7", "mqtt-profile": "standard"}[key], "flag --"+key); err != nil {
				t.Fatal(err)
			}
		}
		if l := c.Broker.Limits; l.Inflight != 7 || l.QoS != 2 || l.Subscriptions != 100_000 {
			t.Errorf("%v: %+v", order, l)
		}
	}
	c := NewConfig(Serve)
	if err := c.Set("mqtt-profile", "best", "flag --mqtt-profile"); err == nil || !strings.Contains(err.Error(), "want aws or standard") {
		t.Errorf("got %v", err)
	}
	if c.Broker.Limits.QoS != 1 || c.Broker.Rates.Publishes != 100 || NewConfig(Dev).Broker.Rates.Publishes != 0 {
		t.Errorf("got %+v", c.Broker)
	}
}
