package telling

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Reader says cases to one reader.
type Reader struct {
	customer.Teller
	Now      cx.Time
	Me       string // the reader's principal id
	Currency string
}

// NewReader returns the reader of a request.
func NewReader(q *web.Request, m *model.Model) Reader {
	return Reader{customer.NewTeller(q.L, m), q.Now(), q.Principal.ID, q.Company.Currency}
}

// Path is the address of a case.
func Path(id string) string { return "/cases/" + id }

// Said is a short word and how it is meant.
type Said struct {
	Tone ui.Tone
	Text string
}

// Due says by when a case is to be solved, or how it ended: "vence en 2 h",
// "venció hace 3 h".
func (r Reader) Due(c cases.Case) Said {
	switch {
	case c.State == cases.StateSolved:
		return Said{ui.Accent, r.L.T("cases.state.solved")}
	case c.State == cases.StateMerged:
		return Said{ui.Neutral, r.L.T("cases.state.merged")}
	case c.State == cases.StateClosed && c.MadeRight == cases.Right:
		return Said{ui.Positive, r.L.T("cases.state.right")}
	case c.State == cases.StateClosed:
		return Said{ui.Neutral, r.L.T("cases.state.closed")}
	case c.Due == 0:
		return Said{ui.Neutral, r.L.T("cases.due.none")}
	case c.Late(r.Now):
		return Said{ui.Negative, r.L.T("cases.due.late", "ago", r.ago(c.Due))}
	}
	return Said{ui.Neutral, r.By(c.Due)}
}

// By says when something to come is due: "vence en 2 h", "vence mañana a las
// 10:00".
func (r Reader) By(due cx.Time) string {
	left := due.Sub(r.Now)
	switch today, then := date(r.L.Now()), date(r.L.In(due)); {
	case left < time.Minute:
		return r.L.T("cases.due.now")
	case left < 6*time.Hour:
		return r.L.T("cases.due.in", "left", r.lasting(left))
	case then.Equal(today):
		return r.L.T("cases.due.today", "clock", r.L.Clock(due))
	case then.Equal(today.AddDate(0, 0, 1)):
		return r.L.T("cases.due.tomorrow", "clock", r.L.Clock(due))
	}
	return r.L.T("cases.due.on", "day", r.L.Weekday(due)+" "+r.L.Date(due))
}

// lasting rounds to what one acts on: minutes below an hour, else hours.
func (r Reader) lasting(d time.Duration) string {
	if d >= 2*time.Hour {
		d = d.Round(time.Hour)
	}
	return r.L.Lasting(d)
}

func (r Reader) ago(at cx.Time) string {
	if d := r.Now.Sub(at); d < time.Minute {
		return r.L.T("cases.due.just")
	}
	return r.L.Ago(at)
}

func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Whose is who is to be made right.
func (r Reader) Whose(c cases.Case) string {
	if c.Customer == "" {
		return r.L.T("cases.of-nobody")
	}
	return r.Name(c.CustomerName)
}

// Owner is who looks after a case: "tú", a name, nobody yet.
func (r Reader) Owner(c cases.Case) string {
	switch c.Owner {
	case "":
		return r.L.T("cases.owner.nobody")
	case r.Me:
		return r.L.T("cases.owner.you")
	}
	return c.OwnerName
}

// Kind is what a case is about.
func (r Reader) Kind(c cases.Case) string {
	if c.KindName == "" {
		return r.L.T("cases.kind.none")
	}
	return c.KindName
}

// Area is an area's name.
func (r Reader) Area(slug string) string {
	for _, a := range r.Model.Areas {
		if a.Slug == slug {
			return a.Name.In(r.L.Lang)
		}
	}
	return slug
}

// Promise is a promise's name.
func (r Reader) Promise(slug string) string {
	if p, ok := r.Model.Promise(slug); ok {
		return p.Name.In(r.L.Lang)
	}
	return slug
}

// Title is what a case is called; one that has only its kind's name, with whose it
// is.
func (r Reader) Title(c cases.Case) string {
	if r.named(c) {
		return c.Title + " · " + r.Whose(c)
	}
	return c.Title
}

// named tells whether the title says whose the case is.
func (r Reader) named(c cases.Case) bool { return c.Title == c.KindName && c.Customer != "" }

// Line is what one reads under a case's title: whose, which promise, where.
func (r Reader) Line(c cases.Case) string {
	var parts []string
	if !r.named(c) {
		parts = append(parts, r.Whose(c))
	}
	if c.Promise != "" {
		parts = append(parts, r.Promise(c.Promise))
	} else if c.KindName != "" && c.KindName != c.Title {
		parts = append(parts, c.KindName)
	}
	switch {
	case c.Place != "":
		parts = append(parts, r.Place(c.Place))
	case c.Area != "":
		parts = append(parts, r.Area(c.Area))
	}
	return strings.Join(parts, " · ")
}

// Why says why a case comes before others.
func (r Reader) Why(c cases.Case) (out []Said) {
	add := func(tone ui.Tone, text string) { out = append(out, Said{tone, text}) }
	if c.HeardAt != 0 {
		add(ui.Accent, r.L.T("cases.why.heard", "ago", r.ago(c.HeardAt)))
	}
	switch {
	case c.Escalated > 1:
		add(ui.Negative, r.L.T("cases.why.escalated.above"))
	case c.Escalated == 1:
		add(ui.Negative, r.L.T("cases.why.escalated"))
	}
	if c.Reopened > 0 {
		add(ui.Negative, r.L.T("cases.why.reopened", "n", c.Reopened))
	}
	if c.Priority.Known && c.Priority.Trust < trustUnsure {
		add(ui.Negative, r.L.T("cases.why.trust"))
	}
	if c.Priority.Value > 0 && c.Priority.Weight > 1 {
		add(ui.Neutral, r.L.T("cases.why.value", "money", r.Money(c.Priority.Value)))
	}
	return out
}

// Where trust is likely when it is not sure: see Trust.
const (
	trustLikely = 2.0 / 3
	trustUnsure = 0.4
)

// Trust says how sure a customer can be of the next promise, as the front line
// reads it: surely where the whole interval lies on one side of a half.
func (r Reader) Trust(t promise.Trust) Said {
	switch {
	case t.N == 0:
		return Said{ui.Neutral, r.L.T("cases.trust.unknown")}
	case t.Low >= 0.5:
		return Said{ui.Positive, r.L.T("cases.trust.high")}
	case t.High < 0.5:
		return Said{ui.Negative, r.L.T("cases.trust.low")}
	case t.Value >= trustLikely:
		return Said{ui.Positive, r.L.T("cases.trust.high.likely")}
	case t.Value < trustUnsure:
		return Said{ui.Negative, r.L.T("cases.trust.low.likely")}
	}
	return Said{ui.Neutral, r.L.T("cases.trust.unknown")}
}

// Money writes an amount in minor units of the company's currency.
func (r Reader) Money(minor int64) string {
	return r.L.Money(cx.Money{Minor: minor, Currency: r.Currency})
}

// About are the objects that a case is about: "Pedido: P-10233".
func (r Reader) About(about map[string]string) (out []customer.Property) {
	for _, o := range r.Model.Objects {
		if v := cmp.Or(about[o.Property], about[o.Slug]); v != "" {
			out = append(out, customer.Property{Name: r.Property(o.Property), Value: v})
		}
	}
	return out
}

// Number is how people call a case: "#128".
func Number(c cases.Case) string { return "#" + strconv.FormatInt(c.Number, 10) }

// Rule is a rule's name.
func (r Reader) Rule(slug string) string {
	if rule, ok := r.Model.Rule(slug); ok {
		return rule.Name.In(r.L.Lang)
	}
	return slug
}

// Doer says who did something to a case: a name, the customer, a rule, the product.
func (r Reader) Doer(by, name string) string {
	rule, isRule := strings.CutPrefix(by, "rule:")
	switch {
	case by == r.Me:
		return r.L.T("cases.owner.you")
	case isRule:
		return r.L.T("cases.by.rule", "rule", r.Rule(rule))
	case by == "customer":
		return r.L.T("cases.by.customer")
	case name != "":
		return name
	case strings.HasPrefix(by, "answer:"):
		return r.L.T("cases.by.answer")
	case by == "message":
		return r.L.T("cases.by.message")
	}
	return "Vivencia"
}
