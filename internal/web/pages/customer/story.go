package customer

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Story is a stretch of a line as people read it: days, newest first, of
// moments.
type Story struct {
	Days []Day
	Next After // its Cursor is "" at the end
}

// Day is what was lived on one day of the company.
type Day struct {
	Key     string // 2026-11-22
	At      cx.Time
	Moments []Moment
	Goes    bool // goes on from the stretch before: its heading is there
}

// Moment is what was lived in one go at one touchpoint, or one fact at none.
type Moment struct {
	remember.Episode                 // Touchpoint is "" at none
	Items            []remember.Item // newest first
	Goes             bool            // goes on from the stretch before
}

// Anchor names the moment on the page.
func (m Moment) Anchor() string { return "m-" + strconv.FormatUint(uint64(m.oldest().Seq), 10) }

func (m Moment) newest() remember.Item { return m.Items[0] }
func (m Moment) oldest() remember.Item { return m.Items[len(m.Items)-1] }

// newest is the greatest seq of the items that the story tells; 0 of none.
func (s Story) newest() (newest cx.Seq) {
	for seq := range s.since(0) {
		newest = max(newest, seq)
	}
	return newest
}

// since returns the items that the story tells and that came after a seq.
func (s Story) since(seq cx.Seq) map[cx.Seq]bool {
	fresh := map[cx.Seq]bool{}
	for _, d := range s.Days {
		for _, m := range d.Moments {
			for _, i := range m.Items {
				if i.Seq > seq {
					fresh[i.Seq] = true
				}
			}
		}
	}
	return fresh
}

// last returns the newest of the fresh items that the story tells.
func (s Story) last(fresh map[cx.Seq]bool) (remember.Item, bool) {
	for _, d := range s.Days {
		for _, m := range d.Moments {
			for _, i := range m.Items {
				if fresh[i.Seq] {
					return i, true
				}
			}
		}
	}
	return remember.Item{}, false
}

// After is the place where a stretch ends and the next begins: what is open
// there goes on.
type After struct {
	Cursor, Day string
	Episode     cx.Seq
}

// Beginning is before everything.
var Beginning After

// AfterOf reads the place from an address.
func AfterOf(v url.Values) After {
	episode, _ := strconv.ParseUint(v.Get("on"), 10, 64)
	return After{v.Get("cursor"), v.Get("day"), cx.Seq(episode)}
}

func (a After) put(v url.Values) {
	v.Set("cursor", a.Cursor)
	v.Set("day", a.Day)
	if a.Episode != 0 {
		v.Set("on", strconv.FormatUint(uint64(a.Episode), 10))
	}
}

// Href is the address under path where the story goes on; "" at its end.
func (s Story) Href(path string) string { return moreOf(path, filter{}, s) }

// StoryOf tells a page of a line, the stretch that follows a place, on the days
// of the zone that in knows. A line of several customers has no episodes: what
// one of them lives at one touchpoint without a long pause is a moment.
func StoryOf(p remember.TimelinePage, after After, in func(cx.Time) time.Time) Story {
	episodes := map[cx.Seq]remember.Episode{}
	for _, e := range p.Episodes {
		episodes[e.ID] = e
	}
	s := Story{Next: After{Cursor: p.Next}}
	for _, item := range p.Items {
		if n := len(s.Days); n > 0 {
			d := &s.Days[n-1]
			if m := &d.Moments[len(d.Moments)-1]; m.takes(item) {
				m.Items = append(m.Items, item)
				continue
			}
		}
		m := Moment{Episode: episodes[item.Episode], Items: []remember.Item{item}}
		if m.ID == 0 {
			m.Episode = lone(item)
		}
		key := in(item.At).Format(time.DateOnly)
		if n := len(s.Days); n == 0 || s.Days[n-1].Key != key {
			s.Days = append(s.Days, Day{Key: key, At: item.At, Goes: n == 0 && key == after.Day})
		}
		d := &s.Days[len(s.Days)-1]
		m.Goes = d.Goes && len(d.Moments) == 0 && item.Episode != 0 && item.Episode == after.Episode
		d.Moments = append(d.Moments, m)
	}
	if n := len(s.Days); n > 0 && p.Next != "" {
		last := s.Days[n-1]
		s.Next.Day, s.Next.Episode = last.Key, last.Moments[len(last.Moments)-1].oldest().Episode
	}
	return s
}

// takes tells whether the item, the next older one, belongs to the moment.
func (m *Moment) takes(item remember.Item) bool {
	last := m.oldest()
	if item.Episode != 0 || last.Episode != 0 {
		return item.Episode == last.Episode
	}
	return item.Class.Touchpoint != "" && item.Class.Touchpoint == last.Class.Touchpoint && item.Customer == last.Customer &&
		last.At.Sub(item.At) <= timeline.EpisodeGap
}

// lone is the episode that an item without one is by itself.
func lone(item remember.Item) remember.Episode {
	c := item.Class
	return remember.Episode{
		Touchpoint: c.Touchpoint, Stage: c.Stage, From: item.At, To: item.At, Items: 1,
		Valence: c.Valence, HasValence: c.HasValence, Circumstances: item.Circumstances,
	}
}

// latestOf returns the newest item at a touchpoint, else the newest; nil of
// none.
func latestOf(items []remember.Item) *remember.Item {
	for i := range items {
		if items[i].Class.Touchpoint != "" {
			return &items[i]
		}
	}
	for i := range items {
		if items[i].Kind != cx.Decision { // decided, not lived
			return &items[i]
		}
	}
	return nil
}

// arrivals places what is new of a line's first stretch on the page that shows
// it: a moment that grew is drawn again where it is, a new one goes after the
// one that is newer, or on top. Every place named is on the page already.
func arrivals(t Teller, s Story, fresh map[cx.Seq]bool) (parts []templ.Component) {
	at := arrival{target: "#line", swap: "afterbegin"}
	next := func(to arrival) {
		if len(at.what) > 0 {
			parts = append(parts, wrap(ui.Partial(at.target, at.swap), templ.Join(at.what...)))
		}
		at = to
	}
	for _, d := range s.Days {
		known := slices.ContainsFunc(d.Moments, func(m Moment) bool { return m.known(fresh) != "" })
		if known {
			next(arrival{target: "#d-" + d.Key, swap: "afterend"})
		} else {
			at.what = append(at.what, dayHeading(t, d))
		}
		for _, m := range d.Moments {
			switch was := m.known(fresh); {
			case was == "":
				at.what = append(at.what, momentOf(t, m, fresh))
			case m.has(fresh):
				next(arrival{"#" + was, "outerHTML", []templ.Component{momentOf(t, m, fresh)}})
			default:
				next(arrival{target: "#" + was, swap: "afterend"})
			}
		}
	}
	next(arrival{})
	return parts
}

// arrival is what goes to one place of the page.
type arrival struct {
	target, swap string
	what         []templ.Component
}

func (m Moment) has(fresh map[cx.Seq]bool) bool {
	for _, i := range m.Items {
		if fresh[i.Seq] {
			return true
		}
	}
	return false
}

// known is the name that the moment has on the page already; "" when all of it
// is new.
func (m Moment) known(fresh map[cx.Seq]bool) string {
	for n := len(m.Items) - 1; n >= 0; n-- {
		if !fresh[m.Items[n].Seq] {
			return Moment{Items: m.Items[:n+1]}.Anchor()
		}
	}
	return ""
}
