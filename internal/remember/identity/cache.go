package identity

// cache keeps what was used of late: two generations, so that it forgets the
// least recently used half at once and costs one map look-up.
type cache[K comparable, V any] struct {
	young, old map[K]V
	size       int // of a generation
}

func newCache[K comparable, V any](size int) *cache[K, V] {
	return &cache[K, V]{young: map[K]V{}, old: map[K]V{}, size: size}
}

func (c *cache[K, V]) get(k K) (V, bool) {
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.put(k, v)
		}
	}
	return v, ok
}

func (c *cache[K, V]) drop(k K) {
	delete(c.young, k)
	delete(c.old, k)
}

func (c *cache[K, V]) put(k K, v V) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[K]V, c.size/4)
	}
	c.young[k] = v
}
