package rulesql

import (
	"slices"
	"strings"
	"testing"
)

// The reference counts these functions. aws: iot/iot-sql-functions
const documented = `abs accountid acos asin atan atan2 aws_lambda bitand bitnot bitor bitxor cast ceil chr clientid concat cos cosh decode encode
endswith exp floor get get_dynamodb get_mqtt_property get_or_default get_registry_data get_secret get_thing_shadow get_user_properties
indexof isNull isUndefined length ln log lower lpad ltrim machinelearning_predict md2 md5 mod nanvl newuuid numbytes parse_time power
principal rand regexp_matches regexp_replace regexp_substr remainder replace round rpad rtrim sha1 sha224 sha256 sha384 sha512 sign sin
sinh sql_version sqrt startswith substring tan tanh time_to_epoch timestamp topic traceid transform trim trunc upper`

// These came with 2016-03-23; all others are in both versions.
const since2016 = `decode encode get_dynamodb get_mqtt_property get_or_default get_registry_data get_secret get_thing_shadow get_user_properties
indexof isUndefined length numbytes parse_time time_to_epoch transform`

func TestFunctionVersions(t *testing.T) {
	var names []string
	for _, f := range Functions() {
		if f.Since == V20160323 {
			names = append(names, f.Name)
		}
	}
	if want := strings.Fields(since2016); !slices.Equal(names, want) {
		t.Errorf("got %q\nwant %q", names, want)
	}
}

func TestFunctions(t *testing.T) {
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
		if !strings.HasPrefix(f.Signature, f.Name+"(") || !strings.HasSuffix(f.Signature, ")") || !strings.HasSuffix(f.Text, ".") || f.Since == "" {
			t.Errorf("badly described: %+v", f)
		}
	}
	if want := strings.Fields(documented); !slices.Equal(names, want) {
		t.Errorf("got %q\nwant %q", names, want)
	}
}

func TestSuggestion(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := suggestion(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	f("lenght", "; did you mean length?")
	f("is_null", "; did you mean isNull?")
	f("getthingshadow", "; did you mean get_thing_shadow?")
	f("xyzzy", "")
}
