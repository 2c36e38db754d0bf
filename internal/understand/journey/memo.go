package journey

import "sync"

// memos keeps answers as long as the runs that they are of.
type memos struct {
	mu    sync.Mutex
	known map[string]*memoized
}

type memoized struct {
	once  sync.Once
	value any
	err   error
}

// memo returns what make returned for the key when it was first asked of these
// runs: those who ask at the same time wait for one. The value is shared, so
// nobody may write to it. An error is not kept.
func memo[T any](x *lived, key string, make func() (T, error)) (T, error) {
	m := x.memos.get(key)
	m.once.Do(func() { m.value, m.err = make() })
	if m.err != nil {
		x.memos.drop(key, m)
		var none T
		return none, m.err
	}
	return m.value.(T), nil
}

func (m *memos) get(key string) *memoized {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]*memoized{}
	}
	one := m.known[key]
	if one == nil {
		one = &memoized{}
		m.known[key] = one
	}
	return one
}

func (m *memos) drop(key string, one *memoized) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known[key] == one {
		delete(m.known, key)
	}
}
