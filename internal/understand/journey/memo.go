package journey

import "sync"

// memos keeps answers as long as the runs that they are of, and not more than
// most; then the one goes that was asked for least lately.
type memos struct {
	most  int // 0: mostMemos
	mu    sync.Mutex
	asked int
	known map[string]*memoized
}

// mostMemos is how many answers are kept of the same runs.
const mostMemos = 256

type memoized struct {
	once  sync.Once
	asked int // guarded by the mu of its memos
	value any
	err   error
}

// memo returns what make returned for the key when it was first asked of these
// runs: those who ask at the same time wait for one. The value is shared, so
// nobody may write to it. An error is not kept.
func memo[T any](x *lived, key string, make func() (T, error)) (T, error) {
	return remembered(x.memos, key, make)
}

func remembered[T any](in *memos, key string, make func() (T, error)) (T, error) {
	m := in.get(key)
	m.once.Do(func() { m.value, m.err = make() })
	if m.err != nil {
		in.drop(key, m)
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
	m.asked++
	one := m.known[key]
	if one == nil {
		m.makeRoom()
		one = &memoized{}
		m.known[key] = one
	}
	one.asked = m.asked
	return one
}

func (m *memos) makeRoom() {
	most := m.most
	if most == 0 {
		most = mostMemos
	}
	for len(m.known) >= most {
		oldest, asked := "", m.asked
		for key, one := range m.known {
			if one.asked < asked {
				oldest, asked = key, one.asked
			}
		}
		delete(m.known, oldest)
	}
}

func (m *memos) drop(key string, one *memoized) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known[key] == one {
		delete(m.known, key)
	}
}
