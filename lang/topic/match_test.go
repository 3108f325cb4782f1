package topic

import "testing"

func TestMatch(t *testing.T) {
	f := func(filter, name string, aws, standard bool) {
		t.Helper()
		if got := Match(filter, name, AWS); got != aws {
			t.Errorf("Match(%q, %q, AWS) = %t, want %t", filter, name, got, aws)
		}
		if got := Match(filter, name, Standard); got != standard {
			t.Errorf("Match(%q, %q, Standard) = %t, want %t", filter, name, got, standard)
		}
	}
	f("a/b", "a/b", true, true)
	f("a/b", "a/B", false, false)
	f("a/b", "a", false, false)
	f("a", "a/b", false, false)
	f("a", "a/", false, false)

	// "#" and the level above it: the one difference.
	f("sensor/#", "sensor", false, true)
	f("sensor/#", "sensor/", true, true)
	f("sensor/#", "sensor/a", true, true)
	f("sensor/#", "sensor/a/b/c", true, true)
	f("sensor/#", "sensors", false, false)
	f("+/#", "a", false, true)
	f("/#", "", false, true)
	f("#", "a", true, true)
	f("#", "/", true, true)

	f("+", "a", true, true)
	f("+", "/a", false, false)
	f("+/+", "/a", true, true)
	f("/+", "/a", true, true)
	f("a/+", "a", false, false)
	f("a/+", "a/", true, true)
	f("a/+", "a/b/c", false, false)
	f("a/+/c", "a//c", true, true)
	f("+/b/#", "a/b/c", true, true)

	// [MQTT-4.7.2-1]
	f("#", "$aws/x", false, false)
	f("+/x", "$aws/x", false, false)
	f("$aws/#", "$aws/x", true, true)
	f("$aws/+", "$aws/x", true, true)
	f("a/#", "a/$x", true, true)
}

func TestMatchAllocatesNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if !Match("device/+/sensor/#", "device/42/sensor/temperature/celsius", AWS) {
			t.Fatal("no match")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestParseShared(t *testing.T) {
	f := func(s, group, filter, want string) {
		t.Helper()
		gotGroup, gotFilter, err := ParseShared(s)
		wantError(t, "ParseShared", s, err, want)
		if gotGroup != group || gotFilter != filter {
			t.Errorf("ParseShared(%q) = %q, %q; want %q, %q", s, gotGroup, gotFilter, group, filter)
		}
	}
	f("a/b", "", "a/b", "ok")
	f("$shared/g/f", "", "$shared/g/f", "ok")
	f("$share/g/f", "g", "f", "ok")
	f("$share/g/a/+/#", "g", "a/+/#", "ok")
	f("$share/g//a", "g", "/a", "ok")
	f("$share", "", "", "MQTT-4.8.2-2")
	f("$share/", "", "", "MQTT-4.8.2-1")
	f("$share//f", "", "", "MQTT-4.8.2-1")
	f("$share/g+/f", "", "", "MQTT-4.8.2-1")
	f("$share/#", "", "", "MQTT-4.8.2-1")
	f("$share/g", "", "", "MQTT-4.8.2-2")
	f("$share/g/", "", "", "MQTT-4.8.2-2")
}
