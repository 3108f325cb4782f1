package identity

import "sync"

// cacheSize is how many values a cache holds before it starts anew: temporary keys come and go without a change that forgets them.
const cacheSize = 16384

// cache remembers what was read from the database and compiled. Changes to users and roles are rare and reads are on every call,
// so a change forgets everything. The zero cache is empty and ready to use.
type cache[V any] struct {
	mu     sync.RWMutex
	age    uint64 // number of times it was forgotten
	values map[string]V
}

// get returns a value, and the age of the cache for keep.
func (c *cache[V]) get(key string) (v V, age uint64, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok = c.values[key]
	return v, c.age, ok
}

// keep remembers a value that was read since get returned that age, unless something has changed since: then it may be stale.
func (c *cache[V]) keep(key string, v V, age uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age != age {
		return
	}
	if c.values == nil || len(c.values) >= cacheSize {
		c.values = map[string]V{}
	}
	c.values[key] = v
}

func (c *cache[V]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	c.values = nil
}
