package sigv4

import (
	"crypto/sha256"
	"sync"
)

// signingKey is the key of one secret for one day, region and service.
type signingKey [sha256.Size]byte

func deriveKey(secret string, c Credential) signingKey {
	key := sign([]byte("AWS4"+secret), []byte(c.Date))
	key = sign(key[:], []byte(c.Region))
	key = sign(key[:], []byte(c.Service))
	return sign(key[:], []byte(terminator))
}

// KeyCache remembers signing keys, whose derivation costs more than verifying a short request. Only keys that have verified a
// request are remembered, so that strangers cannot fill it. It may be used by many goroutines; a nil KeyCache remembers nothing.
type KeyCache struct {
	mu    sync.Mutex
	size  int
	young map[Credential]remembered
	old   map[Credential]remembered
}

// remembered holds the secret, too: a key whose secret was replaced must not be found.
type remembered struct {
	secret string
	key    signingKey
}

// NewKeyCache returns a cache that holds about size keys, at least one. When it is full, the keys that have not been used for
// longest give way.
func NewKeyCache(size int) *KeyCache {
	return &KeyCache{size: max(size/2, 1), young: make(map[Credential]remembered)}
}

func (k *KeyCache) get(c Credential, secret string) (signingKey, bool) {
	if k == nil {
		return signingKey{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.young[c]
	if !ok {
		if r, ok = k.old[c]; ok {
			k.keep(c, r)
		}
	}
	if !ok || r.secret != secret {
		return signingKey{}, false
	}
	return r.key, true
}

func (k *KeyCache) put(c Credential, secret string, key signingKey) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keep(c, remembered{secret, key})
}

// keep puts a key among the young. When they are many they become the old, and what was old and unused is gone: close enough
// to the least recently used, at the price of two maps.
func (k *KeyCache) keep(c Credential, r remembered) {
	if _, ok := k.young[c]; !ok && len(k.young) >= k.size {
		k.old, k.young = k.young, make(map[Credential]remembered, k.size)
	}
	k.young[c] = r
}
