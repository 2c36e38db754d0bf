package bench

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// pattern is a message as Segment's browser client sends it, of about 1 KB,
// with what differs left open.
type pattern struct {
	path  string // of the endpoint that takes it alone
	parts []part
}

// part is text, and then what is written after it.
type part struct {
	text string
	hole string
}

// newPattern reads a message with <holes>.
func newPattern(path, message string) *pattern {
	t := &pattern{path: path}
	message = strings.NewReplacer("\n", "", "\t", "").Replace(message)
	for message != "" {
		text, rest, _ := strings.Cut(message, "<")
		hole, rest, _ := strings.Cut(rest, ">")
		t.parts = append(t.parts, part{text, hole})
		message = rest
	}
	return t
}

// write appends the message of a visit at a time (Unix milliseconds).
func (t *pattern) write(b []byte, r *rand.Rand, v visit, at int64) []byte {
	for _, p := range t.parts {
		b = append(b, p.text...)
		switch p.hole {
		case "":
		case "messageId":
			b = append(b, "ajs-next-"...)
			b = strconv.AppendInt(b, at, 10)
			b = append(b, '-')
			b = appendUUID(b, r.Uint64(), r.Uint64())
		case "who":
			if v.known {
				b = append(append(append(b, `"userId":"`...), userID(v.customer)...), `",`...)
			}
			b = append(b, `"anonymousId":"`...)
			b = appendUUID(b, uint64(v.customer)*0x9e3779b97f4a7c15, uint64(v.customer))
			b = append(b, '"')
		case "timestamp":
			b = time.UnixMilli(at).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
		case "name":
			b = append(b, customerName(v.customer)...)
		case "email":
			b = append(b, email(v.customer)...)
		case "city":
			b = append(b, [...]string{"Madrid", "Sevilla", "València", "Bilbao", "Lisboa", "Zaragoza", "Málaga"}[v.customer%7]...)
		case "agent":
			b = append(b, agents[v.customer%len(agents)]...)
		case "title":
			drawn := r.Uint32()
			for range 3 {
				b = append(append(b, words[drawn%uint32(len(words))]...), ' ')
				drawn /= uint32(len(words))
			}
			b = b[:len(b)-1]
		case "ip":
			b = netip.AddrFrom4([4]byte{81, byte(v.customer >> 16), byte(v.customer >> 8), byte(v.customer)}).AppendTo(b)
		case "product":
			b = append(b, "978-84-376-"...)
			b = strconv.AppendInt(b, 10_000+int64(r.IntN(40_000)), 10)
		case "order":
			b = append(b, "CAN-"...)
			b = strconv.AppendUint(b, r.Uint64()>>24, 36)
		case "price":
			b = strconv.AppendInt(b, 5+int64(r.IntN(40)), 10)
			b = append(b, ".90"...)
		case "few":
			b = strconv.AppendInt(b, int64(r.IntN(4)), 10)
		case "five":
			b = strconv.AppendInt(b, 1+int64(r.IntN(5)), 10)
		case "ten":
			b = strconv.AppendInt(b, 10-int64(r.Float64()*r.Float64()*11), 10)
		case "yes":
			b = strconv.AppendBool(b, r.IntN(4) > 0)
		default:
			panic("bench: a message with a hole that nothing fills: " + p.hole)
		}
	}
	return b
}

// appendUUID appends 128 bits as a UUID is written.
func appendUUID(b []byte, high, low uint64) []byte {
	const digits = "0123456789abcdef"
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		bits := high
		if i >= 16 {
			bits = low
		}
		b = append(b, digits[bits>>(60-4*(i%16))&15])
	}
	return b
}

// words are what titles are made of.
var words = [...]string{
	"jardín", "senderos", "sombra", "viento", "ciudad", "perros", "soledad", "años", "casa", "espíritus", "niebla", "colmena",
	"corazón", "blanco", "tiempo", "silencio", "árbol", "ciencia", "luces", "bohemia", "plaza", "diamante", "nada", "camino",
	"ratas", "santos", "inocentes", "lluvia", "amarilla", "beatriz", "cuerpos", "celestes", "patria", "olvido", "seremos", "reina",
}

// agents are the browsers that customers use.
var agents = [...]string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; SM-A556B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
}

// What every message of a browser carries.
const (
	head = `{"timestamp":"<timestamp>","integrations":{},<who>,`
	tail = `"context":{"page":{"path":"/libros/novela/<product>","referrer":"https://www.candil.example/libros/<product>",
		"search":"?utm_source=boletin&utm_medium=mail","title":"<title> | Librerías Candil","url":"https://www.candil.example/libros/novela"},
		"userAgent":"<agent>","userAgentData":{"brands":[{"brand":"Chromium","version":"142"}],"mobile":false,"platform":"Windows"},
		"locale":"es-ES","timezone":"Europe/Madrid","library":{"name":"analytics.js","version":"npm:next-1.84.3"},
		"campaign":{"source":"boletin","medium":"mail"},"ip":"<ip>"},"messageId":"<messageId>",
		"_metadata":{"bundled":["Segment.io"],"unbundled":[],"bundledIds":[]}}`
)

// script is what happens in visits.
type script struct {
	signUp *pattern
	plans  [][steps]*pattern // what a visit may be
}

// newScript writes the messages, in the words of the simulated company's model.
func newScript() script {
	signUp := newPattern("/v1/identify", head+`"type":"identify","traits":{"name":"<name>","email":"<email>","city":"<city>","newsletter":<yes>,"plan":"lector"},`+tail)
	home := newPattern("/v1/page", head+`"type":"page","name":"Inicio","properties":{"path":"/","title":"Librerías Candil","url":"https://www.candil.example/"},`+tail)
	search := newPattern("/v1/track", head+`"type":"track","event":"Products Searched","properties":{"query":"<title>","results":<few>},`+tail)
	viewed := newPattern("/v1/track", head+`"type":"track","event":"Product Viewed","properties":{"product_id":"<product>","title":"<title>","price":<price>},`+tail)
	stock := newPattern("/v1/track", head+`"type":"track","event":"Stock Checked","properties":{"product_id":"<product>","title":"<title>","shop":"madrid-arguelles","in_stock":<yes>},`+tail)
	added := newPattern("/v1/track", head+`"type":"track","event":"Product Added","properties":{"product_id":"<product>","title":"<title>","price":<price>,"quantity":1},`+tail)
	ordered := newPattern("/v1/track", head+`"type":"track","event":"Order Completed","properties":{"order_id":"<order>","revenue":<price>,"currency":"EUR",
		"items":<five>,"delivery":"home","region":"<city>","products":[{"product_id":"<product>","price":<price>,"quantity":1}]},`+tail)
	delivered := newPattern("/v1/track", head+`"type":"track","event":"Order Delivered","properties":{"order_id":"<order>","carrier":"veloz","region":"<city>","days_late":<few>,"damaged":false},`+tail)
	nps := newPattern("/v1/answer", head+`"type":"answer","survey":"nps","answers":[{"question":"score","metric":"nps","scale":"0-10","value":<ten>}],`+tail)
	csat := newPattern("/v1/answer", head+`"type":"answer","survey":"csat-delivery","answers":[{"question":"score","metric":"csat","scale":"1-5","value":<five>}],`+tail)
	return script{signUp: signUp, plans: [][steps]*pattern{
		{home, search, viewed, viewed, viewed},
		{home, viewed, stock, viewed, added},
		{home, search, viewed, added, ordered},
		{home, viewed, viewed, added, ordered},
		{search, viewed, viewed, stock, viewed},
		{home, search, search, viewed, viewed},
		{home, delivered, viewed, viewed, csat},
		{home, viewed, viewed, viewed, nps},
	}}
}
