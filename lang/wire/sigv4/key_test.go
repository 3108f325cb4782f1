package sigv4

import (
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
)

// TestDeriveKey uses the example of the IAM manual.
func TestDeriveKey(t *testing.T) {
	key := deriveKey(testSecret, Credential{Date: "20120215", Region: "us-east-1", Service: "iam"})
	const want = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
	if got := hex.EncodeToString(key[:]); got != want {
		t.Errorf("deriveKey = %s, want %s", got, want)
	}
}

func TestKeyCache(t *testing.T) {
	keys := NewKeyCache(4)
	credential := func(i int) Credential { return Credential{AccessKeyID: fmt.Sprint(i)} }
	f := func(i int, secret string, want bool) {
		t.Helper()
		key, ok := keys.get(credential(i), secret)
		if ok != want || ok && key != (signingKey{byte(i)}) {
			t.Errorf("get(%d, %s) = %v, %t, want %t", i, secret, key[0], ok, want)
		}
	}
	keys.put(credential(1), "s", signingKey{1})
	f(1, "s", true)
	f(1, "replaced secret", false)
	f(2, "s", false)
	for i := 2; i < 100; i++ {
		keys.put(credential(i), "s", signingKey{byte(i)})
		f(1, "s", true) // what is used stays
		f(i, "s", true)
		if n := len(keys.young) + len(keys.old); n > 4 {
			t.Fatalf("after %d keys the cache holds %d, want at most 4", i, n)
		}
	}
	f(2, "s", false)
	var none *KeyCache
	none.put(credential(1), "s", signingKey{1})
	if _, ok := none.get(credential(1), "s"); ok {
		t.Error("a nil cache remembers")
	}
}

// TestKeyCacheKeepsGoodKeysOnly: a request that fails must not leave a key behind, one that passes must.
func TestKeyCacheKeepsGoodKeysOnly(t *testing.T) {
	keys := NewKeyCache(10)
	r := signed(t, "GET", "https://h/", "", "iot")
	if check(r, nil, "other", moment, Options{Keys: keys}) == nil || len(keys.young) != 0 {
		t.Errorf("after a refused request the cache holds %d keys, want 0", len(keys.young))
	}
	for range 2 {
		if err := check(r, nil, testSecret, moment, Options{Keys: keys}); err != nil || len(keys.young) != 1 {
			t.Errorf("after a good request the cache holds %d keys, want 1 (%v)", len(keys.young), err)
		}
	}
	refused(t, check(r, nil, "other", moment, Options{Keys: keys}), CodeInvalid)
}

func TestKeyCacheTogether(t *testing.T) {
	keys := NewKeyCache(8)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				c := Credential{AccessKeyID: fmt.Sprint((i + g) % 20)}
				keys.put(c, "s", signingKey{byte((i + g) % 20)})
				if key, ok := keys.get(c, "s"); ok && fmt.Sprint(key[0]) != c.AccessKeyID {
					t.Errorf("key of %s is that of %d", c.AccessKeyID, key[0])
				}
			}
		})
	}
	wg.Wait()
}
