package app

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// household is who answers in the demo: simulated customers choose on the pages
// that they are sent, and say whether something was made right; simulated
// colleagues take cases and solve them, some late, some not well. What somebody
// does follows from the case or offer alone, so that the same one always fares
// the same.
type household struct {
	*App
	colleagues []cx.Principal
	spared     map[cx.CustomerID]bool // those of the demo's minute, whom the reader plays
}

const (
	householdEvery = 2 * time.Second
	householdMost  = 200 // cases looked at, at once
	foundedCases   = 14  // of each promise that the past broke
)

func (a *App) household(ctx context.Context) (*household, error) {
	h := &household{App: a, spared: map[cx.CustomerID]bool{}}
	for _, c := range simulate.Colleagues() {
		person, err := a.Accounts.PersonByEmail(ctx, cx.System(), c.Email)
		if cx.KindOf(err) == cx.NotFound {
			continue // whoever tries the demo took them out
		}
		if err != nil {
			return nil, err
		}
		if c.Role == cx.Lead || c.Role == cx.Member {
			h.colleagues = append(h.colleagues, person.Principal())
		}
	}
	for _, story := range simulate.Played() {
		id, err := a.Memory.Lookup(ctx, cx.System(), "userId", story)
		if err != nil && cx.KindOf(err) != cx.NotFound { // who tries the demo may forget them
			return nil, err
		}
		h.spared[id] = true
	}
	return h, nil
}

// live answers until ctx ends.
func (h *household) live(ctx context.Context) error {
	lived, err := h.Memory.Watch(ctx, cx.System())
	if err != nil {
		return err
	}
	offered := map[cx.CustomerID]cx.Time{} // who was offered something, and when they look at it
	tick := time.NewTicker(householdEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case some, open := <-lived:
			if !open {
				return nil
			}
			for _, l := range some {
				if l.Name == dialogue.OfferedEvent && !h.spared[l.Customer] && temper(l.MessageID, "looks") < .7 {
					offered[l.Customer] = l.At.Add(between(l.MessageID, 5*time.Second, 90*time.Second))
				}
			}
		case <-tick.C:
			h.choose(ctx, offered)
			h.work(ctx)
		}
	}
}

// choose lets customers choose whose time it is. What one is refused, as an offer
// that is over, is no matter.
func (h *household) choose(ctx context.Context, offered map[cx.CustomerID]cx.Time) {
	for id, at := range offered {
		if h.clock.Now() < at {
			continue
		}
		delete(offered, id)
		talk, err := h.Dialogue.Conversation(ctx, cx.System(), id, "")
		if err != nil {
			continue
		}
		for _, o := range talk.Offers {
			if o.State == dialogue.Offering && len(o.Options) > 0 {
				// The first way is what most want.
				i := min(int(temper(o.ID, "option")*float64(len(o.Options)+1)), len(o.Options)) % len(o.Options)
				_, _ = h.Dialogue.Choose(ctx, o.Token, o.Options[i].ID, "")
			}
		}
	}
}

// work lets colleagues do what they have to, and customers say how it was. An
// error is the next look's.
func (h *household) work(ctx context.Context) {
	list, err := h.Cases.List(ctx, cx.System(), cases.Query{Sort: cases.ByNewest, Limit: householdMost})
	if err != nil {
		return
	}
	for i := range list.Cases {
		c := &list.Cases[i]
		if h.spared[c.Customer] {
			continue
		}
		idle := h.clock.Now().Sub(c.ChangedAt)
		who, somebody := h.of(c)
		switch {
		case c.State == cases.StateSolved && c.MadeRight == cases.Unsaid:
			if temper(c.ID, "says") < .6 && idle > between(c.ID, 20*time.Second, 4*time.Minute) {
				h.say(ctx, c)
			}
		case c.State != cases.StateOpen || !somebody || temper(c.ID, "left") < .12: // some nobody ever gets to
		case c.Owner == "" && idle > between(c.ID, 15*time.Second, 3*time.Minute):
			_, _ = h.Cases.Take(ctx, who, c.ID)
		case c.Owner == who.ID && idle > between(c.ID+"works", 40*time.Second, 8*time.Minute):
			h.solve(ctx, who, c)
		}
	}
}

// of returns the colleague who looks after a case.
func (h *household) of(c *cases.Case) (cx.Principal, bool) {
	var able []cx.Principal
	for _, p := range h.colleagues {
		if slices.Contains(p.Areas, c.Area) {
			able = append(able, p)
		}
	}
	if len(able) == 0 {
		return cx.Principal{}, false
	}
	return able[int(temper(c.ID, "who")*float64(len(able)))], true
}

func (h *household) solve(ctx context.Context, who cx.Principal, c *cases.Case) {
	full, err := h.Cases.Case(ctx, who, c.ID, "")
	if err != nil {
		return
	}
	for _, item := range full.Checklist {
		_, _ = h.Cases.Check(ctx, who, c.ID, item.ID, true)
	}
	done := simulate.Remedies()
	_, _ = h.Cases.Solve(ctx, who, c.ID, done[int(temper(c.ID, "done")*float64(len(done)))])
}

func (h *household) say(ctx context.Context, c *cases.Case) {
	link, err := h.Dialogue.CaseLink(ctx, c.ID, c.Customer)
	if err != nil {
		return
	}
	right := c.Reopened > 0 || temper(c.ID, "right") < .84
	words := ""
	if !right {
		words = simulate.NotRight()
	}
	_ = h.Cases.Confirm(ctx, link.Token, right, words)
}

// found opens cases for promises that the last days broke: rules decide about
// what is new, and a company has more to make right than that.
func (h *household) found(ctx context.Context) error {
	helped := map[cx.CustomerID]bool{}
	for _, slug := range []string{"gift-exchange", "solved-first-time", "delivery-on-date"} {
		page, err := h.Promises.Instances(ctx, cx.System(), slug, promise.Filter{States: []promise.State{promise.Broken}, Limit: foundedCases})
		if err != nil {
			return err
		}
		for i, in := range page.Instances {
			if in.Customer == "" || h.spared[in.Customer] || helped[in.Customer] {
				continue
			}
			helped[in.Customer] = true
			n := cases.New{
				Key: "founded:" + string(in.ID), Customer: in.Customer, Kind: "call-back", Title: simulate.Wanted(slug, in.Ended != 0, i), Area: in.Area, Place: in.Place, Supplier: in.Supplier, Touchpoint: in.Touchpoint,
				Promise: in.Promise, Instance: string(in.ID),
			}
			if in.About.ID != "" {
				n.About = map[string]string{in.About.Type: in.About.ID}
			}
			if i%4 == 0 { // some should have been solved by now
				n.Due = h.clock.Now().Add(-time.Duration(i+1) * time.Hour)
			}
			if _, err := h.Cases.Open(ctx, cx.System(), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// temper draws what somebody is like from what they are asked: 0 ≤ x < 1.
func temper(of, about string) float64 {
	f := fnv.New64a()
	_, _ = f.Write([]byte(about + "\x00" + of))
	return float64(f.Sum64()>>11) / (1 << 53)
}

func between(of string, from, to time.Duration) time.Duration {
	return from + time.Duration(temper(of, "when")*float64(to-from))
}
