package page

import (
	"testing"

	"telltale/base/fault"
)

func TestToken(t *testing.T) {
	token := Token("ListThings", []string{"a", "b"})
	var got []string
	if err := Parse("ListThings", token, &got); err != nil || len(got) != 2 || got[1] != "b" {
		t.Fatalf("Parse = %v, %v", got, err)
	}
	for _, bad := range []string{"x", "!!", token + "A", token[1:]} {
		if err := Parse("ListThings", bad, &got); !fault.Is(err, fault.Invalid) {
			t.Errorf("Parse(%q) = %v, want an invalid fault", bad, err)
		}
	}
	if err := Parse("ListPolicies", token, &got); !fault.Is(err, fault.Invalid) {
		t.Errorf("a token of another operation was accepted: %v", err)
	}
	if err := Parse("ListThings", "", &got); err != nil {
		t.Errorf("an empty token is refused: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Token("p", 1))
	f.Fuzz(func(t *testing.T, token string) {
		var v any
		_ = Parse("p", token, &v) // must not panic; any error is fine
	})
}
