package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// publicEvery is how many customers there are for one mention a week.
const publicEvery = 1600

// publicSays is what is said of Candil in public over the year, by nobody knows
// whom, in time order.
func (w *world) publicSays() ([]told, error) {
	lines, err := themed("candil/mentions.txt", 6)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(w.cfg.Seed, 0x9b11c))
	n := int(float64(w.until-w.from) / float64(7*day) * float64(w.cfg.Customers) / publicEvery)
	at := make([]int64, n)
	for i := range at {
		at[i] = w.from + 1 + r.Int64N(w.until-w.from-1)
	}
	slices.Sort(at)
	out := make([]told, n)
	for i := range out {
		l := lines[r.IntN(len(lines))]
		id := fmt.Sprint("m", i+1)
		var m message
		m.b = append(m.b, '{')
		m.text("type", "mention")
		m.text("messageId", l[0]+"/"+id)
		m.time("timestamp", at[i])
		m.object("properties")
		m.mention(l[0], id, at[i], l[5])
		m.text("language", l[1])
		if l[2] != "0" {
			m.number("rating", int64(l[2][0]-'0'))
			m.text("scale", "1-5")
		}
		if l[3] != "" {
			m.text("place", l[3])
		}
		if l[4] != "" {
			m.text("touchpoint", l[4])
		}
		m.end()
		out[i] = told{at[i], "mentions", m.finish()}
	}
	return out, nil
}

func (m *message) mention(network, id string, at int64, words string) {
	m.text("network", network)
	m.text("id", id)
	m.time("at", at)
	m.text("text", words)
}

// publishes is the share of those who answer in words who publish them too,
// where the network says whose account it is.
const publishes = .03

// publish lets a customer say in public what they answered.
func (e *engine) publish(f *fact, score int, words string) error {
	if words == "" || surveyed[f.survey].metric != "csat" || e.w.lot(77, uint64(f.customer)<<32^uint64(f.at)) >= publishes {
		return nil
	}
	m := &e.out
	m.begin(e, "track", uint64(f.customer), asked, f.at, f.object^0x9b11c)
	m.userID(e.c.number)
	m.text("event", "Mention Published")
	m.object("properties")
	m.mention("google", fmt.Sprint("c", e.c.number, "-", f.at), e.instant(f.at), words)
	m.number("rating", int64(score))
	m.text("scale", "1-5")
	m.end()
	return e.send("mentions", m.finish())
}
