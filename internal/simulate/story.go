package simulate

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// story is a customer whose whole story is written by hand, in
// candil/stories/<key>.yaml. The engine does not touch them.
type story struct {
	Key    string
	Name   string
	Who    string `yaml:"who"`    // for people who read the file
	User   string `yaml:"user"`   // userId
	Begins string `yaml:"begins"` // "10-06 tue": day 0 is the first Tuesday from 6 October on
	Zone   string `yaml:"zone"`   // lisbon; else Madrid's
	Locale string `yaml:"locale"`
	Card   string `yaml:"card"` // number of the club's card
	Events []storyEvent
}

// storyEvent is one thing that the customer of a story lived. Exactly one of
// track, page, identify, group and answer is given.
type storyEvent struct {
	At       string        `yaml:"at"` // "3 18:05": day and local time
	Track    string        `yaml:"track"`
	Page     string        `yaml:"page"`
	Identify yaml.MapSlice `yaml:"identify"` // traits
	Group    yaml.MapSlice `yaml:"group"`    // traits; "id" is the groupId
	Answer   string        `yaml:"answer"`   // a survey
	Score    *int          `yaml:"score"`
	Text     string        `yaml:"text"`
	Source   string        `yaml:"source"`  // when it is not the event's usual one
	On       string        `yaml:"on"`      // a device
	Unknown  bool          `yaml:"unknown"` // the device does not know who it is
	ByCard   bool          `yaml:"by_card"` // the till knows the card alone
	// Properties: "book: nada" stands for product_id and title, and "@3 20:00"
	// for that time of the story.
	Properties yaml.MapSlice `yaml:"properties"`
}

// told is a story's message, ready to be sent.
type told struct {
	at     int64
	source string
	body   []byte
}

// stories reads the twelve, in the order of their keys.
func stories() ([]story, error) {
	files, err := fs.Glob(candil, "candil/stories/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []story
	for _, file := range files {
		raw, err := candil.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var s story
		if err := yaml.UnmarshalWithOptions(raw, &s, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.Key = strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".yaml")
		all = append(all, s)
	}
	return all, nil
}

// tell writes the messages of the story as it was last lived whole before the
// end of the past, on the days of the year on which it is written.
func (s *story) tell(w *world) ([]told, error) {
	date, weekday, _ := strings.Cut(s.Begins, " ")
	day0, err := time.Parse("01-02", date)
	if err != nil {
		return nil, fmt.Errorf("story %s: begins %q: want a month, a day and a weekday", s.Key, s.Begins)
	}
	var begin time.Time
	for year := w.cfg.Until.Year(); ; year-- {
		begin = time.Date(year, day0.Month(), day0.Day(), 0, 0, 0, 0, time.UTC)
		for n := 0; n < 7 && strings.ToLower(begin.Format("Mon")) != weekday; n++ {
			begin = begin.AddDate(0, 0, 1)
		}
		last, err := s.instant(begin, s.Events[len(s.Events)-1].At)
		if err != nil {
			return nil, err
		}
		if last < w.until {
			break
		}
	}
	var out []told
	for i := range s.Events {
		t, err := s.message(w, begin, i)
		if err != nil {
			return nil, fmt.Errorf("story %s, event %d: %w", s.Key, i+1, err)
		}
		if i > 0 && t.at <= out[i-1].at {
			return nil, fmt.Errorf("story %s, event %d (%s) is not after the one before", s.Key, i+1, s.Events[i].At)
		}
		out = append(out, t)
	}
	return out, nil
}

// instant resolves "3 18:05".
func (s *story) instant(begin time.Time, at string) (int64, error) {
	days, ofDay, _ := strings.Cut(at, " ")
	n, err := strconv.Atoi(days)
	clock, err2 := time.Parse("15:04", ofDay)
	if err != nil || err2 != nil || n < -3660 || n > 3660 {
		return 0, fmt.Errorf("%q: want a day, at most ten years away, and a time", at)
	}
	d := begin.AddDate(0, 0, n)
	offset := int64(0)
	if europeanSummer(d) {
		offset = hour
	}
	if s.Zone != "lisbon" {
		offset += hour
	}
	return d.UnixMilli() + int64(clock.Hour())*hour + int64(clock.Minute())*minute - offset, nil
}

func (s *story) message(w *world, begin time.Time, i int) (told, error) {
	ev := &s.Events[i]
	at, err := s.instant(begin, ev.At)
	if err != nil {
		return told{}, err
	}
	var m message
	kind, usual := ev.kind()
	m.b = append(m.b, '{')
	m.text("type", kind)
	m.text("messageId", fmt.Sprintf("candil-%s-%d-%02d", s.Key, begin.Year(), i+1))
	m.time("timestamp", at)
	var traits yaml.MapSlice
	if ev.ByCard {
		m.text("anonymousId", "card-"+s.Card)
		traits = yaml.MapSlice{{Key: "card", Value: s.Card}}
	} else {
		if ev.On != "" {
			m.text("anonymousId", s.device(ev.On))
		}
		if !ev.Unknown {
			m.text("userId", s.User)
		}
	}
	values := func(k string, slice yaml.MapSlice) {
		if err == nil {
			m.object(k)
			err = s.values(&m, w, begin, slice)
			m.end()
		}
	}
	switch kind {
	case "track":
		m.text("event", ev.Track)
		values("properties", ev.Properties)
	case "page":
		m.text("name", ev.Page)
		values("properties", ev.Properties)
	case "identify":
		values("traits", ev.Identify)
	case "group":
		m.text("groupId", fmt.Sprint(ev.Group[0].Value))
		values("traits", ev.Group[1:])
	case "answer":
		if err := ev.answers(&m); err != nil {
			return told{}, err
		}
		values("properties", ev.Properties)
	default:
		return told{}, fmt.Errorf("%s: says nothing that happened", ev.At)
	}
	m.object("context")
	m.text("locale", s.Locale)
	if traits != nil {
		values("traits", traits)
	}
	m.end()
	if ev.Source != "" {
		usual = ev.Source
	}
	if usual == "" {
		return told{}, fmt.Errorf("%s: Candil sends no %q", ev.At, ev.Track)
	}
	return told{at, usual, m.finish()}, err
}

// kind returns the type of message and the source that usually sends it.
func (ev *storyEvent) kind() (kind, source string) {
	switch {
	case ev.Track != "":
		for _, s := range sent[newsletterSubscribed:] {
			if s.event == ev.Track {
				return "track", s.source
			}
		}
		return "track", ""
	case ev.Page != "":
		return "page", "web"
	case ev.Identify != nil:
		return "identify", "crm"
	case ev.Group != nil:
		return "group", "crm"
	case ev.Answer != "":
		return "answer", "surveys"
	}
	return "", ""
}

func (ev *storyEvent) answers(m *message) error {
	n := slices.IndexFunc(surveyed[:], func(s questionnaire) bool { return s.slug == ev.Answer })
	if n < 1 {
		return fmt.Errorf("%s: Candil asks no %q", ev.At, ev.Answer)
	}
	m.text("survey", ev.Answer)
	m.key("answers")
	m.b = append(m.b, '[')
	if ev.Score != nil {
		m.b = append(m.b, '{')
		m.comma = false
		m.text("question", "score")
		m.text("metric", surveyed[n].metric)
		m.text("scale", surveyed[n].scale)
		m.number("value", int64(*ev.Score))
		m.end()
	}
	if ev.Text != "" {
		if ev.Score != nil {
			m.b = append(m.b, ',')
		}
		m.b = append(m.b, '{')
		m.comma = false
		m.text("question", "text")
		m.text("text", strings.TrimSpace(ev.Text))
		m.end()
	}
	m.b = append(m.b, ']')
	m.comma = true
	return nil
}

func (s *story) values(m *message, w *world, begin time.Time, slice yaml.MapSlice) error {
	for _, item := range slice {
		k, ok := item.Key.(string)
		if !ok {
			return fmt.Errorf("%v: a name is a string", item.Key)
		}
		switch v := item.Value.(type) {
		case string:
			switch {
			case k == "book":
				n := slices.IndexFunc(w.titles, func(t title) bool { return t.id == v })
				if n < 0 {
					return fmt.Errorf("%q is no title of the catalogue", v)
				}
				m.text("product_id", v)
				m.text("title", w.titles[n].name)
			case strings.HasPrefix(v, "@"):
				ms, err := s.instant(begin, v[1:])
				if err != nil {
					return err
				}
				m.time(k, ms)
			default:
				m.text(k, v)
			}
		case bool:
			m.truth(k, v)
		case uint64:
			m.number(k, int64(v))
		case int64:
			m.number(k, v)
		case float64:
			m.key(k)
			m.b = strconv.AppendFloat(m.b, v, 'g', -1, 64)
		default:
			return fmt.Errorf("%s: %T is no value of a story", k, v)
		}
	}
	return nil
}

// device makes an anonymousId of a device's name.
func (s *story) device(name string) string {
	h := uint64(0)
	for _, c := range []byte(s.Key + "/" + name) {
		h = mix(h ^ uint64(c))
	}
	var m message
	m.hex(h>>32, 8)
	for _, part := range [...]uint64{h >> 16, h>>4&0xfff | 0x4000, mix(h)>>50&0xfff | 0xa000} {
		m.b = append(m.b, '-')
		m.hex(part, 4)
	}
	m.b = append(m.b, '-')
	m.hex(mix(h), 12)
	return string(m.b)
}
