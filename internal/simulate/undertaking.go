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
	Sample                  int      // customers in each arm
	Said, Did               Words    // what customers are told: what they said, and what was done
	Because                 string   // the survey in whose answers it was asked for
	Of                      string   // the promise or touchpoint that it is to make better, of what begins shop by shop
	Milestones              []Milestone
	Decision                *Choice // nil: not decided
	Days                    `yaml:",inline"`

	Trial  bool                 `yaml:"-"` // it was begun, and is in the log
	Random bool                 `yaml:"-"` // by a draw of customers; else shop by shop
	From   time.Time            `yaml:"-"` // it begins
	Until  time.Time            `yaml:"-"` // customers were drawn until then; zero: still, or shop by shop
	Shops  map[string]time.Time `yaml:"-"` // when each begins
	Survey string               `yaml:"-"` // about what it makes better
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

// Commitment is what somebody who leads took on. Days are before the end of the
// past.
type Commitment struct {
	By        string // an e-mail
	Kind      string
	Target    int
	Words     string
	Before    int
	Due, Done int // Done 0: nobody said that it was
}

// Maturity is how mature people find the company, on a day: the levels of each.
type Maturity struct {
	Before int
	Levels [][]int // strategy, culture, processes, measurement, people
}

// Minute is what somebody would have done, of the sheet of a week.
type Minute struct {
	Weeks     int // before the end of the past
	Area      string
	By, Words string
}

// Improving is how Candil has improved so far, as its people wrote it down.
type Improving struct {
	Initiatives   []Undertaking
	Opportunities []Suggestion
	Commitments   []Commitment
	Maturity      []Maturity
	Minutes       []Minute
}

// Improving tells how Candil has improved so far; what is older than the past is
// left out.
func (s *Simulation) Improving() (Improving, error) {
	var past Improving
	w, err := newWorld(s.cfg)
	if err != nil {
		return past, err
	}
	raw, err := candil.ReadFile("candil/past.yaml")
	if err != nil {
		return past, err
	}
	if err := yaml.UnmarshalWithOptions(raw, &past, yaml.Strict()); err != nil {
		return past, fmt.Errorf("candil/past.yaml: %w", err)
	}
	before := func(days int) bool { return s.Day(days).UnixMilli() < w.from }
	past.Initiatives = slices.DeleteFunc(past.Initiatives, func(u Undertaking) bool { return before(u.Planned) })
	past.Opportunities = slices.DeleteFunc(past.Opportunities, func(o Suggestion) bool { return before(o.Before) })
	past.Commitments = slices.DeleteFunc(past.Commitments, func(c Commitment) bool { return before(c.Before) })
	past.Maturity = slices.DeleteFunc(past.Maturity, func(m Maturity) bool { return before(m.Before) })
	past.Minutes = slices.DeleteFunc(past.Minutes, func(m Minute) bool { return before(7 * m.Weeks) })
	for i := range past.Initiatives {
		u := &past.Initiatives[i]
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
	return past, nil
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
