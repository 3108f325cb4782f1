package topic

import (
	"errors"
	"strings"
	"testing"
)

// wantError checks an error against the requirement it should name; "ok" means none.
func wantError(t *testing.T, what, input string, err error, want string) {
	t.Helper()
	var e *Error
	switch {
	case want == "ok":
		if err != nil {
			t.Errorf("%s(%.40q): got %v, want no error", what, input, err)
		}
	case !errors.As(err, &e):
		t.Errorf("%s(%.40q): got %v, want an *Error [%s]", what, input, err, want)
	case e.Requirement != want || e.Topic != input || e.Text == "":
		t.Errorf("%s(%.40q): got %v, want [%s]", what, input, err, want)
	}
}

func TestValidateName(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		wantError(t, "ValidateName", name, ValidateName(name), want)
	}
	f("a", "ok")
	f("/", "ok")
	f("a//b/", "ok")
	f("sport/tennis/player 1", "ok")
	f("$aws/things/x/shadow/get", "ok")
	f("ünï/€", "ok")
	f("", "MQTT-4.7.3-1")
	f("a/\x00", "MQTT-4.7.3-2")
	f(strings.Repeat("a", 65535), "ok")
	f(strings.Repeat("a", 65536), "MQTT-4.7.3-3")
	f("a/\xff", "MQTT-1.5.4-1")
	f("a/\xed\xa0\x80", "MQTT-1.5.4-1")
	f("a/#", "MQTT-4.7.0-1")
	f("+/a", "MQTT-4.7.0-1")
	f("a+b", "MQTT-4.7.0-1")
}

func TestValidateFilter(t *testing.T) {
	f := func(filter, want string) {
		t.Helper()
		wantError(t, "ValidateFilter", filter, ValidateFilter(filter), want)
	}
	f("#", "ok")
	f("+", "ok")
	f("sport/tennis/#", "ok")
	f("+/tennis/#", "ok")
	f("sport/+/player1", "ok")
	f("/+", "ok")
	f("+/+", "ok")
	f("//#", "ok")
	f("$share/group/a/+", "ok")
	f("", "MQTT-4.7.3-1")
	f("a\x00", "MQTT-4.7.3-2")
	f(strings.Repeat("+/", 32768), "MQTT-4.7.3-3")
	f("\xc0\xaf", "MQTT-1.5.4-1")
	f("sport/tennis#", "MQTT-4.7.1-1")
	f("sport/tennis/#/ranking", "MQTT-4.7.1-1")
	f("#/", "MQTT-4.7.1-1")
	f("##", "MQTT-4.7.1-1")
	f("+#", "MQTT-4.7.1-1")
	f("sport+", "MQTT-4.7.1-2")
	f("a/++/b", "MQTT-4.7.1-2")
}

func TestErrorText(t *testing.T) {
	got := ValidateFilter("a/b#").Error()
	if want := `topic "a/b#": "#" must be a level by itself, not part of "b#" [MQTT-4.7.1-1]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := CheckLimits(strings.Repeat("a", 1000)).Error(); len(got) > 250 {
		t.Errorf("a long topic is not cut: %s", got)
	}
}

func TestLevelsAndWildcard(t *testing.T) {
	f := func(s string, levels int, wildcard bool) {
		t.Helper()
		if got := Levels(s); got != levels {
			t.Errorf("Levels(%q) = %d, want %d", s, got, levels)
		}
		if got := Wildcard(s); got != wildcard {
			t.Errorf("Wildcard(%q) = %t, want %t", s, got, wildcard)
		}
	}
	f("a", 1, false)
	f("/", 2, false)
	f("a/b/", 3, false)
	f("#", 1, true)
	f("a/+/b", 3, true)
	f("a/b/#", 3, true)
}
