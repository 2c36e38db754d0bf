package simulate

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// message writes canonical messages into one buffer, by hand: it makes the load
// of benchmarks.
type message struct {
	b     []byte
	comma bool
}

// key begins a member of the object that is open.
func (m *message) key(k string) {
	if m.comma {
		m.b = append(m.b, ',')
	}
	m.comma = true
	m.b = append(m.b, '"')
	m.b = append(m.b, k...)
	m.b = append(m.b, '"', ':')
}

func (m *message) object(k string) {
	m.key(k)
	m.b = append(m.b, '{')
	m.comma = false
}

func (m *message) end() {
	m.b = append(m.b, '}')
	m.comma = true
}

func (m *message) text(k, v string) {
	m.key(k)
	m.b = append(m.b, '"')
	m.escape(v)
	m.b = append(m.b, '"')
}

func (m *message) escape(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			m.b = append(m.b, s[from:i]...)
			switch c {
			case '"', '\\':
				m.b = append(m.b, '\\', c)
			case '\n':
				m.b = append(m.b, '\\', 'n')
			default:
				m.b = append(m.b, ' ')
			}
			from = i + 1
		}
	}
	m.b = append(m.b, s[from:]...)
}

func (m *message) number(k string, v int64) {
	m.key(k)
	m.b = strconv.AppendInt(m.b, v, 10)
}

// decimal writes a number with one digit after the point.
func (m *message) decimal(k string, v float32) {
	m.key(k)
	m.b = strconv.AppendFloat(m.b, float64(v), 'f', 1, 32)
}

func (m *message) money(k string, cents int32) {
	m.key(k)
	m.b = strconv.AppendInt(m.b, int64(cents/100), 10)
	m.b = append(m.b, '.', byte('0'+cents/10%10), byte('0'+cents%10))
}

func (m *message) truth(k string, v bool) {
	m.key(k)
	m.b = strconv.AppendBool(m.b, v)
}

func (m *message) time(k string, ms int64) {
	m.key(k)
	m.b = append(m.b, '"')
	m.b = time.UnixMilli(ms).UTC().AppendFormat(m.b, "2006-01-02T15:04:05.000Z07:00")
	m.b = append(m.b, '"')
}

// code writes a prefix and a number of ten digits.
func (m *message) code(k, prefix string, v uint64) {
	m.key(k)
	m.b = append(m.b, '"')
	m.b = append(m.b, prefix...)
	m.digits(v, 10)
	m.b = append(m.b, '"')
}

func (m *message) digits(v uint64, n int) {
	at := len(m.b)
	for range n {
		m.b = append(m.b, '0')
	}
	for i := at + n - 1; i >= at; i-- {
		m.b[i] = byte('0' + v%10)
		v /= 10
	}
}

const hexadecimal = "0123456789abcdef"

func (m *message) hex(v uint64, n int) {
	for i := n - 1; i >= 0; i-- {
		m.b = append(m.b, hexadecimal[v>>(4*i)&15])
	}
}

// begin opens a message of the lane: type, messageId and timestamp. The id
// derives from what happens to whom and when, never from how many came before.
func (m *message) begin(e *engine, kind string, who uint64, v verb, at int64, object uint64) {
	m.b = append(m.b[:0], '{')
	m.comma = false
	m.text("type", kind)
	id := mix(e.w.cfg.Seed ^ e.lane.salt ^ mix(who+1))
	id = mix(id ^ uint64(at))
	id = mix(id ^ uint64(v)<<56 ^ object)
	m.key("messageId")
	m.b = append(m.b, '"')
	m.hex(id, 16)
	m.b = append(m.b, '"')
	m.time("timestamp", e.instant(at))
}

// finish closes the message.
func (m *message) finish() []byte {
	m.b = append(m.b, '}')
	return m.b
}

// instant is when a message says that something happens.
func (e *engine) instant(ms int64) int64 {
	if e.lane.warp != nil {
		return e.lane.warp(ms)
	}
	return ms
}

// Who somebody is, in the shapes in which systems know them. The multipliers
// share no divisor with their powers of ten: no two customers are alike.

func (m *message) userID(number uint32) {
	m.key("userId")
	m.b = append(m.b, '"', 'c', 'l', '-')
	m.digits(uint64(number)*7654321+1234567, 8)
	m.b = append(m.b, '"')
}

func (m *message) card(number uint32) { m.digits(29e8+(uint64(number)*3141593+271828)%1e8, 10) }

// phone is in ranges that neither Spain nor Portugal has assigned.
func (m *message) phone(p *person) {
	n := (uint64(p.number)*2718281 + 577215) % 1e8
	if p.town.portugal {
		m.b = append(m.b, "+3515"...)
	} else {
		m.b = append(m.b, "+344"...)
	}
	m.digits(n, 8)
}

// mail is at a domain that is reserved for examples (RFC 2606).
func (m *message) mail(p *person) {
	m.plain(p.given)
	if p.dot != 0 {
		m.b = append(m.b, p.dot)
	}
	m.plain(p.family[0])
	m.b = strconv.AppendUint(m.b, uint64(p.number), 10)
	m.b = append(m.b, "@example."...)
	m.b = append(m.b, [...]string{"com", "org", "net", "com"}[p.number&3]...)
}

// plain folds a name to the letters of an e-mail address.
func (m *message) plain(s string) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r >= 'a' && r <= 'z':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		default:
			r = folded(r)
		}
		if r != 0 {
			m.b = append(m.b, byte(r))
		}
	}
}

func folded(r rune) rune {
	switch r {
	case 'á', 'à', 'â', 'ã', 'Á':
		return 'a'
	case 'é', 'ê', 'É':
		return 'e'
	case 'í', 'Í':
		return 'i'
	case 'ó', 'ô', 'õ', 'Ó':
		return 'o'
	case 'ú', 'ü', 'Ú':
		return 'u'
	case 'ñ':
		return 'n'
	case 'ç':
		return 'c'
	}
	return 0
}

func (m *message) anonymous(e *engine, d device) {
	n := uint64(e.c.number)
	if e.p.shares && d == firstDevice {
		n &^= 1 // the family's tablet
	}
	a := mix(e.w.cfg.Seed ^ n<<3 ^ uint64(d))
	b := mix(a)
	m.key("anonymousId")
	m.b = append(m.b, '"')
	m.hex(a>>32, 8)
	m.b = append(m.b, '-')
	m.hex(a>>16, 4)
	m.b = append(m.b, '-', '4')
	m.hex(a, 3)
	m.b = append(m.b, '-', 'a')
	m.hex(b>>48, 3)
	m.b = append(m.b, '-')
	m.hex(b, 12)
	m.b = append(m.b, '"')
}

func (m *message) name(p *person) {
	m.key("name")
	m.b = append(m.b, '"')
	m.b = append(m.b, p.given...)
	for _, f := range p.family {
		if f != "" {
			m.b = append(m.b, ' ')
			m.b = append(m.b, f...)
		}
	}
	m.b = append(m.b, '"')
}

// locale is the customer's, as a browser says it.
func (p *person) locale() string {
	switch {
	case p.latin:
		return "es-419"
	case p.language == english:
		return "en-GB"
	case p.language == portuguese:
		return "pt-PT"
	}
	return "es-ES"
}
