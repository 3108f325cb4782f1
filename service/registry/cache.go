package registry

import "sync"

// cacheSize bounds each cache; a full one starts anew.
const cacheSize = 1 << 16

// cache remembers answers for as long as the generation they were read in lasts. The zero cache is ready.
type cache[K comparable, V any] struct {
	mu         sync.RWMutex
	generation uint64
	entries    map[K]V
}

// get returns what is remembered, or loads it. The generation must have been read before: a change during the load then makes the
// answer good for the old generation only.
func (c *cache[K, V]) get(generation uint64, key K, load func() (V, error)) (V, error) {
	c.mu.RLock()
	value, ok := c.entries[key]
	ok = ok && c.generation == generation
	c.mu.RUnlock()
	if ok {
		return value, nil
	}
	value, err := load()
	if err == nil {
		c.put(generation, key, value)
	}
	return value, err
}

func (c *cache[K, V]) put(generation uint64, key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation < c.generation {
		return
	}
	if generation > c.generation || len(c.entries) >= cacheSize || c.entries == nil {
		c.generation, c.entries = generation, make(map[K]V)
	}
	c.entries[key] = value
}

// Generation rises with every change that may alter an answer of Certificate, Bind, DevicePolicies or GroupLines. Who keeps such
// answers reads the generation first, then asks, and asks again when the generation has risen.
func (r *Registry) Generation() uint64 { return r.generation.Load() }
