package ask

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// subject is what a link says that it is about.
type subject struct {
	About map[string]string `json:"about,omitempty"`
	Event string            `json:"event,omitempty"`
	Place string            `json:"place,omitempty"`
	At    cx.Time           `json:"at,omitempty"`
}

// subjectOf takes from an event what its answers will carry: the numbers of its
// objects, and what the model knows it by.
func subjectOf(m *model.Model, f model.Fact) subject {
	class := m.Classify(f)
	s := subject{About: map[string]string{}, Event: f.Name, Place: class.Place, At: f.At}
	add := func(name, value string) {
		if value != "" && s.About[name] == "" && len(s.About) < mostAbout && plainName.MatchString(name) {
			s.About[name] = value
		}
	}
	for _, ref := range class.Objects {
		if i := slices.IndexFunc(m.Objects, func(o model.Object) bool { return o.Slug == ref.Type }); i >= 0 {
			add(m.Objects[i].Property, ref.ID)
		}
	}
	for _, known := range []struct {
		names []string
		value string
	}{{m.Facts.Supplier, class.Supplier}, {m.Facts.Product, class.Product}} {
		if len(known.names) > 0 {
			add(known.names[0], known.value)
		}
	}
	return s
}

// What a link can carry: so many properties, of names that need no quotes.
const mostAbout = 20

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// candidate is somebody who may be asked a survey.
type candidate struct {
	id       string // of the ask
	survey   model.Survey
	customer remember.Customer
	aliases  []cx.CustomerID
	about    cx.Seq // 0: nothing in particular
	subject  subject
	earliest cx.Time
	drawn    bool // sample and quota hold for who is asked by event, not by a person
	by       string
}

// person returns who a customer is now; ok is false when there is none (any
// more).
func (s *Service) person(ctx context.Context, id cx.CustomerID) (c remember.Customer, aliases []cx.CustomerID, ok bool, err error) {
	c, err = s.c.Memory.Customer(ctx, cx.System(), id)
	if cx.KindOf(err) == cx.NotFound {
		return c, nil, false, nil
	}
	if err == nil {
		aliases, err = s.c.Memory.Aliases(ctx, c.ID)
	}
	return c, aliases, err == nil, err
}

// trait returns the text of a trait; "" when there is none.
func trait(c *remember.Customer, name string) string {
	i := slices.IndexFunc(c.Traits, func(t remember.Trait) bool { return t.Name == name })
	if i < 0 {
		return ""
	}
	var text string
	if json.Unmarshal(c.Traits[i].Value, &text) != nil {
		text = string(c.Traits[i].Value)
	}
	return strings.TrimSpace(text)
}

// traitsOf writes the traits as a JSON object.
func traitsOf(c *remember.Customer) []byte {
	all := make(map[string]json.RawMessage, len(c.Traits))
	for _, t := range c.Traits {
		all[t.Name] = t.Value
	}
	out, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return out
}

// way returns the first of the survey's ways that reaches the customer.
func (s *Service) way(ctx context.Context, ask *model.Ask, c *remember.Customer) (string, error) {
	for _, way := range ask.Ways {
		if way != model.AskByMail {
			return way, nil
		}
		if c.Email == "" {
			continue
		}
		bounced, err := s.c.Deliver.Bounced(ctx, c.Email)
		if err != nil || !bounced {
			return way, err
		}
	}
	return "", nil
}

// verdict is what was found of a candidate.
type verdict struct {
	why   Reason // "": they are asked
	way   string
	due   cx.Time
	since cx.Time // when they were asked or answered last
}

// look goes through the reasons, in the order of Reasons.
func (s *Service) look(ctx context.Context, m *model.Model, past asked, c *candidate) (v verdict, err error) {
	if s.hash("holdout", string(c.aliases[0])) < m.Asking.Holdout {
		return verdict{why: Holdout}, nil
	}
	if v, err = s.lookAgain(ctx, m, past, c, false); err != nil || v.why != "" && v.why != Answered && v.why != Rested {
		return v, err
	}
	switch {
	case c.drawn && s.hash("sample", c.id) >= c.survey.Ask.Sample:
		v.why = NotSampled
	case v.why != "" || !c.drawn || c.survey.Ask.Quota.N == 0:
	default:
		n, err := past.inPeriod(ctx, c.survey.Slug, period(v.due, c.survey.Ask.Quota.Per, m.Company.Zone()))
		if err != nil {
			return v, err
		}
		if n >= c.survey.Ask.Quota.N {
			v.why = Quota
		}
	}
	return v, nil
}

// lookAgain goes through the reasons that may change until it is due; due tells
// that it is, and then only who has been asked, or is being asked, counts.
func (s *Service) lookAgain(ctx context.Context, m *model.Model, past asked, c *candidate, due bool) (v verdict, err error) {
	unsubscribed, err := s.c.Deliver.Unsubscribed(ctx, c.customer.ID)
	switch {
	case err != nil:
		return v, err
	case unsubscribed:
		return verdict{why: Unsubscribed}, nil
	case m.Asking.Consent != "" && trait(&c.customer, m.Asking.Consent) != "true":
		return verdict{why: NoConsent}, nil
	}
	if v.way, err = s.way(ctx, c.survey.Ask, &c.customer); err != nil {
		return v, err
	}
	if v.way == "" {
		return verdict{why: NoAddress}, nil
	}
	v.due = dueAt(c.earliest, zoneOf(trait(&c.customer, "timezone"), m, c.subject.Place), c.survey.Ask.At, m.Asking.Quiet)
	if most := m.Asking.Contacts; most.N > 0 && !due {
		n, err := s.c.Deliver.Contacted(ctx, c.aliases, s.c.Clock.Now().Add(-most.Per))
		if err != nil || n >= most.N {
			v.why = Rested
			return v, err
		}
	}
	contacts, err := past.of(ctx, c.aliases)
	if err != nil {
		return v, err
	}
	for _, other := range contacts {
		if other.id == c.id {
			continue
		}
		own := other.survey == c.survey.Slug
		if own && other.answered != 0 && (other.answered >= c.subject.At && c.about != 0 || v.due.Sub(other.answered) < rest(m, c.survey.Ask)) {
			v.why, v.since = Answered, other.answered
			return v, nil
		}
		if other.at == 0 || due && !other.done && (other.at > s.c.Clock.Now() || other.id > c.id) {
			continue // of two that come due together, as of customers who were merged, one goes
		}
		within := m.Asking.Rest
		if own {
			within = rest(m, c.survey.Ask)
		}
		if apart := max(v.due.Sub(other.at), other.at.Sub(v.due)); apart < within {
			v.why, v.since = Rested, max(v.since, other.at)
		}
	}
	return v, nil
}

// rest is how long nobody is asked the same survey again.
func rest(m *model.Model, a *model.Ask) time.Duration { return cmp.Or(a.Rest, m.Asking.Rest) }

// contact is one time that somebody was, or will be, asked, or answered unasked.
type contact struct {
	id, survey string
	at         cx.Time // 0: not asked
	done       bool    // they were, not will be
	answered   cx.Time // 0: not answered
}

// userID is how events name the customer; "" when they do not.
func userID(c *remember.Customer) string {
	i := slices.IndexFunc(c.Identifiers, func(i remember.Identifier) bool { return i.Kind == identity.UserID })
	if i < 0 {
		return ""
	}
	return c.Identifiers[i].Value
}
