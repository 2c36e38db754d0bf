package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Referrals is the programme by which customers bring others: what each of the
// two earns, what proves it, and when somebody is asked to recommend.
type Referrals struct {
	Site       string // the address at which friends begin; "": they are told the code alone
	Reward     Reward
	Milestones []Milestone // by At, ascending
	Proof      Proof
	Heard      Heard
	Until      string // the last day (2026-12-31) on which codes are taken; "": no end
	Ask        *AskToRecommend
}

// Reward is credit in minor units of the company's currency.
type Reward struct {
	Referrer, Friend int64
	Back             time.Duration // how long after the proof a refund takes it back
}

// Milestone is what is earned beside, once, for having brought so many.
type Milestone struct {
	At     int
	Reward int64 // minor units
	Name   Text
}

// Proof is the first purchase of a friend by which it is sure that they came.
type Proof struct {
	Event  string // "": any purchase
	Within time.Duration
	Least  int64 // minor units, after what was refunded
}

// Heard names what customers answer about who told them of the company; zero when
// no survey asks.
type Heard struct {
	Survey string // slug
	Who    string // question: who told you about us? A choice, or a code
	Anyway string // question: would you have come anyway? A choice: yes, no, unsure
}

// AskToRecommend says when a customer is asked: after something that they lived
// as well as that, and nothing stands against it.
type AskToRecommend struct {
	Peak    float64       // the least valence, above 0 and up to 2
	Within  time.Duration // how long after it
	Rest    time.Duration // nobody is asked twice within
	Subject Text          // "": the usual words
	Text    Text
}

const maxMilestones = 20

// referrals reads the programme; nil without one.
func (p *parsing) referrals(v value) *Referrals {
	if v.absent() {
		return nil
	}
	f := v.fields("site", "reward", "milestones", "proof", "heard", "until", "ask")
	r := &Referrals{Until: f["until"].optionalDay(), Proof: Proof{Within: 60 * 24 * time.Hour}}
	if s := f["site"]; !s.absent() {
		if r.Site = s.required("write an address, such as https://candil.example/amigos"); r.Site != "" && !strings.HasPrefix(r.Site, "https://") {
			s.fault("%q is no address: write it with https://, such as https://candil.example/amigos", r.Site)
		}
	}
	g := f["reward"].fields("referrer", "friend", "back")
	r.Reward.Back = 30 * 24 * time.Hour
	g["back"].spanInto(&r.Reward.Back)
	for key, to := range map[string]*int64{"referrer": &r.Reward.Referrer, "friend": &r.Reward.Friend} {
		if !g[key].absent() {
			*to = p.amount(g[key])
		}
	}
	if p.m.Company.Currency == "" && (r.Reward.Referrer > 0 || r.Reward.Friend > 0) {
		f["reward"].fault("is in no currency: declare company.currency")
	}
	last := 0
	for i, item := range f["milestones"].list() {
		if i == maxMilestones {
			item.fault("is one more than the %d that there may be", maxMilestones)
			break
		}
		g := item.fields("at", "reward", "name")
		m := Milestone{At: g["at"].whole(0, 2, 1000, "how many friends, from 2 to 1000"), Reward: p.amount(g["reward"]), Name: g["name"].words()}
		switch {
		case g["at"].absent():
			g["at"].fault("is missing: say for how many friends")
		case m.At > 0 && m.At <= last:
			g["at"].fault("comes before the milestone above: write them from the fewest friends to the most")
		}
		last = max(last, m.At)
		r.Milestones = append(r.Milestones, m)
	}
	if !f["proof"].absent() {
		g := f["proof"].fields("event", "within", "least")
		if e := g["event"]; !e.absent() {
			r.Proof.Event = e.required("name the event of a purchase")
			if claimed := p.claimed(); r.Proof.Event != "" && !slices.Contains(claimed, r.Proof.Event) {
				e.fault("%q happens at no touchpoint%s", r.Proof.Event, orMean(r.Proof.Event, claimed, ""))
			}
		}
		g["within"].spanInto(&r.Proof.Within)
		if !g["least"].absent() {
			r.Proof.Least = p.amount(g["least"])
		}
	}
	if !f["heard"].absent() {
		r.Heard = p.heard(f["heard"])
	}
	if !f["ask"].absent() {
		r.Ask = askToRecommend(f["ask"])
	}
	return r
}

func (p *parsing) heard(v value) Heard {
	f := v.fields("survey", "who", "anyway")
	h := Heard{Survey: f["survey"].required("name the survey that asks who told them")}
	i := slices.IndexFunc(p.m.Surveys, func(s Survey) bool { return s.Slug == h.Survey })
	if i < 0 {
		f["survey"].ref(h.Survey, "survey", "surveys", slugs(p.m.Surveys, func(s Survey) string { return s.Slug }))
		return h
	}
	var questions []string
	for _, page := range p.m.Surveys[i].Pages {
		for _, q := range page.Questions {
			questions = append(questions, q.ID)
		}
	}
	question := func(v value) string {
		return v.ref(v.optional("name one of the survey's questions"), "question", "the survey's questions", questions)
	}
	if f["who"].absent() {
		f["who"].fault("is missing: name the question that asks who told them")
	}
	h.Who, h.Anyway = question(f["who"]), question(f["anyway"])
	return h
}

func askToRecommend(v value) *AskToRecommend {
	f := v.fields("peak", "within", "rest", "subject", "text")
	a := &AskToRecommend{Peak: 1.5, Within: 3 * 24 * time.Hour, Rest: 120 * 24 * time.Hour, Subject: f["subject"].optionalWords(), Text: f["text"].optionalWords()}
	if pk := f["peak"]; !pk.absent() {
		n, ok := pk.number()
		if !ok || !(n > 0 && n <= 2) {
			pk.fault("must be how well it was lived at least, above 0 and up to 2")
		}
		a.Peak = n
	}
	f["within"].spanInto(&a.Within)
	f["rest"].spanInto(&a.Rest)
	return a
}

// elements writes the programme for a diff: what holds for all, then each
// milestone.
func (r *Referrals) elements() []element {
	if r == nil {
		return nil
	}
	parts := []part{
		{"site", r.Site},
		{"until", r.Until},
		{"reward", fmt.Sprintf("referrer %d, friend %d, back within %s", r.Reward.Referrer, r.Reward.Friend, spanOrNothing(r.Reward.Back))},
		{"proof", strings.TrimSpace(fmt.Sprintf("%s within %s, least %d", r.Proof.Event, spanOrNothing(r.Proof.Within), r.Proof.Least))},
		{"heard", strings.Trim(strings.Join([]string{r.Heard.Survey, r.Heard.Who, r.Heard.Anyway}, " "), " ")},
	}
	if a := r.Ask; a != nil {
		parts = append(parts, part{"ask", fmt.Sprintf("from %s within %s, rest %s; %s; %s",
			strconv.FormatFloat(a.Peak, 'g', -1, 64), spanOrNothing(a.Within), spanOrNothing(a.Rest), a.Subject, a.Text)})
	}
	return append([]element{{"", "", parts}}, elements(r.Milestones, func(m Milestone) element {
		return element{strconv.Itoa(m.At), m.Name.String(), []part{{"name", m.Name.String()}, {"reward", strconv.FormatInt(m.Reward, 10)}}}
	})...)
}
