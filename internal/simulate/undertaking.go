package simulate

import (
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
)

// Words are a text in the languages in which Candil writes.
type Words struct{ ES, EN, PT string }

// Undertaking is something that Candil tried out, tries out or means to, as its
// people wrote it down: in candil/past.yaml.
type Undertaking struct {
	Slug                    string
	Title, Hypothesis, Goal Words
	Touchpoint              string
	Promise, Policy         string
	Areas                   []string
	Owner                   string   // an e-mail, as all who are named
	People                  []string // e-mails
	Budget, Spent           float64  // euros
	Each                    float64  // euros for each customer who lives it
	Expected, Least         float64  // of the metric
	Because                 string   // the survey in whose answers it was asked for
	Of                      string   // the promise that it is to keep; "": Survey tells
	Milestones              []Milestone
	Decision                *Choice // nil: not decided
	Days                    `yaml:",inline"`

	Trial  bool                 `yaml:"-"` // it was begun, and is in the log
	Random bool                 `yaml:"-"` // by a draw of customers; else shop by shop
	From   time.Time            `yaml:"-"` // it begins
	Until  time.Time            `yaml:"-"` // customers were drawn until then; zero: still, or shop by shop
	Shops  map[string]time.Time `yaml:"-"` // when each begins
	Survey string               `yaml:"-"` // whose score it is to move
}

// Days are when things happen, in days before the end of the past; less than 0:
// after it.
type Days struct {
	Planned, Begins, Ends, Decides int
	Starts                         map[string]int // of shops; those of a trial stand in its own file
}

// Milestone is something to be done by a day; what lies behind was done, some of
// it late.
type Milestone struct {
	Title        Words
	Area         string
	Before, Late int // days
}

// Choice is what was decided at the end.
type Choice struct {
	Choice, Into, Ref string
	Why               string
	Learned           Words
}

// Suggestion is what somebody proposed to do.
type Suggestion struct {
	Title, Text      Words
	By               string // an e-mail
	Before           int    // days
	Area, Touchpoint string
	Effort           string
	Votes            []string // e-mails
}

// Undertakings tells what Candil tried out and means to, and what its people
// proposed; what is older than the past is left out.
func (s *Simulation) Undertakings() ([]Undertaking, []Suggestion, error) {
	w, err := newWorld(s.cfg)
	if err != nil {
		return nil, nil, err
	}
	raw, err := candil.ReadFile("candil/past.yaml")
	if err != nil {
		return nil, nil, err
	}
	var past struct {
		Initiatives   []Undertaking
		Opportunities []Suggestion
	}
	if err := yaml.UnmarshalWithOptions(raw, &past, yaml.Strict()); err != nil {
		return nil, nil, fmt.Errorf("candil/past.yaml: %w", err)
	}
	reaches := func(days int) bool { return s.Day(days).UnixMilli() >= w.from }
	all := slices.DeleteFunc(past.Initiatives, func(u Undertaking) bool { return !reaches(u.Planned) })
	for i := range all {
		u := &all[i]
		u.From, u.Shops = s.Day(u.Begins), map[string]time.Time{}
		for shop, days := range u.Starts {
			u.Shops[shop] = s.Day(days)
		}
		n := slices.IndexFunc(w.initiatives, func(x initiative) bool { return x.slug == u.Slug })
		if n < 0 {
			continue
		}
		x := &w.initiatives[n]
		u.Trial, u.Random, u.From, u.Survey = true, x.starts == nil, utc(x.since), surveyed[x.survey].slug
		if x.until != 0 {
			u.Until = utc(x.until)
		}
		for shop, at := range x.starts {
			u.Shops[shops[shop].slug] = utc(at)
		}
	}
	return all, slices.DeleteFunc(past.Opportunities, func(o Suggestion) bool { return !reaches(o.Before) }), nil
}

// Day returns the instant that lies so many days before the end of the past, at ten
// in the morning in Madrid.
func (s *Simulation) Day(before int) time.Time {
	day := s.cfg.Until.AddDate(0, 0, -before).Truncate(24 * time.Hour)
	hours := 9
	if europeanSummer(day) {
		hours = 8
	}
	return day.Add(time.Duration(hours) * time.Hour)
}
