package cases

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Round is what a driver's page shows.
type Round struct {
	Name, Company, Language, Address string
	Supplier                         string // its name; may be empty
	Object                           string // what is typed or scanned: the property's name, order_id
	Reasons                          []Option
	ExpiresAt                        cx.Time
}

// Option is one of a few answers.
type Option struct{ ID, Text string }

// Outcome is what became of a delivery.
type Outcome string

// The outcomes.
const (
	Delivered    Outcome = "delivered"
	NotDelivered Outcome = "failed"
	CustomerSaid Outcome = "said"
)

// Report is what a driver says of one order. It may come hours after it was
// said, and more than once.
type Report struct {
	ID      string  // a UUID that the phone made: the same is the same report
	Order   string  // as typed or scanned
	Outcome Outcome // what happened
	Reason  string  // of NotDelivered: one of Round.Reasons
	Text    string  // of CustomerSaid: their words; else what the driver adds
	At      cx.Time // when it was said; 0, or later than now: now
}

// Help is what the page shows at which anybody opens a case.
type Help struct {
	Name, Company, Language, Address string
	Place, Touchpoint                string // their names; may be empty
	Kinds                            []Option
	ExpiresAt                        cx.Time
}

// Request is what somebody without training says at a HelpLink.
type Request struct {
	ID       string // a UUID of the page: the same is the same case
	Kind     string // one of Help.Kinds; "": none of them
	Words    string
	Who      string // a customer's number, e-mail, phone or an order's number; may be empty
	Solved   bool   // it is made right already
	Done     string // how
	Amount   int64  // that was given, minor units; needs who is signed in
	Customer bool   // a customer writes, not one of the company
}

// Round returns what a driver's page shows, in a language ("": the company's).
// Errors as dialogue.Follow.
func (s *Service) Round(ctx context.Context, token, lang string) (Round, error) {
	l, err := s.link(ctx, token, dialogue.RoundLink)
	if err != nil {
		return Round{}, cx.Wrap("cases.Round", err)
	}
	m := s.c.Models.Current().Model
	lang = cmp.Or(lang, m.Company.Languages[0])
	supplier, _ := m.Supplier(l.Supplier)
	r := Round{Name: l.Name, Company: m.Company.Name, Language: lang, Address: string(m.Company.Address), Supplier: supplier.Name.In(lang), Object: propertyOf(m), ExpiresAt: l.ExpiresAt}
	for _, reason := range m.Cases.Driver.Reasons {
		r.Reasons = append(r.Reasons, Option{reason.Slug, reason.Text.In(lang)})
	}
	return r, nil
}

// propertyOf is the property in which events hold what drivers type.
func propertyOf(m *model.Model) string {
	for _, o := range m.Objects {
		if o.Slug == m.Cases.Driver.Object {
			return o.Property
		}
	}
	return ""
}

// uuidForm is an id that a phone makes.
var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// latest is how late a phone may send what it kept while it was offline.
const latest = 14 * 24 * time.Hour

// Report puts what a driver says of an order into the log, as an event of the
// customer whose order it is. The same report again is the same event. Errors as
// dialogue.Follow; Invalid with a fault a field; NotFound when nobody has such an
// order: the phone keeps the report and shows it.
func (s *Service) Report(ctx context.Context, token string, r Report) error {
	const op = "cases.Report"
	l, err := s.link(ctx, token, dialogue.RoundLink)
	if err != nil {
		return cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	r.Order, r.Text = strings.TrimSpace(r.Order), strings.TrimSpace(r.Text)
	if faults := r.check(m); len(faults) > 0 {
		return cx.InvalidFaults(op, faults)
	}
	whose, err := s.ofObject(ctx, m.Cases.Driver.Object, r.Order)
	if err != nil {
		return cx.Wrap(op, err)
	}
	who, err := s.c.Memory.CustomersByNo(ctx, cx.System(), whose[:min(1, len(whose))])
	if err != nil {
		return cx.Wrap(op, err)
	}
	if len(who) == 0 {
		return cx.Errorf(cx.NotFound, op, "nobody has an order of this number: look at it again")
	}
	now := s.c.Clock.Now()
	if r.At == 0 || r.At > now {
		r.At = now
	}
	d := m.Cases.Driver
	properties := map[string]any{propertyOf(m): r.Order, "reason": r.Reason, "round": l.ID, "supplier": l.Supplier, "place": l.Place}
	if r.Outcome == CustomerSaid {
		properties["text"] = r.Text
	} else {
		properties["note"] = r.Text
	}
	_, err = s.c.Dialogue.Live(ctx, dialogue.Lived{
		ID: "round:" + l.ID + ":" + r.ID, Customer: who[0].ID, Name: map[Outcome]string{Delivered: d.Delivered, NotDelivered: d.Failed, CustomerSaid: d.Said}[r.Outcome],
		Touchpoint: l.Touchpoint, At: max(r.At, now.Add(-latest)), Properties: properties,
	})
	return cx.Wrap(op, err)
}

func (r *Report) check(m *model.Model) (faults []cx.Fault) {
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if !uuidForm.MatchString(r.ID) {
		fault("id", "must be a UUID, the same for the same report")
	}
	if r.Order == "" || len(r.Order) > model.MaxName || strings.ContainsRune(r.Order, 0) {
		fault("order", "type or scan the number of the order")
	}
	switch r.Outcome {
	case Delivered:
	case NotDelivered:
		if !slices.ContainsFunc(m.Cases.Driver.Reasons, func(i model.CheckItem) bool { return i.Slug == r.Reason }) {
			fault("reason", "say why it could not be delivered")
		}
	case CustomerSaid:
		if r.Text == "" {
			fault("text", "write what the customer says")
		}
	default:
		fault("outcome", "is none of delivered, failed, said")
	}
	if r.Outcome != NotDelivered && r.Reason != "" {
		fault("reason", "is for what could not be delivered")
	}
	if utf8.RuneCountInString(r.Text) > maxWords || strings.ContainsRune(r.Text, 0) || !utf8.ValidString(r.Text) {
		fault("text", "write at most 4000 characters")
	}
	return faults
}

// Help returns what the page of a HelpLink shows, in a language ("": the
// company's). Errors as dialogue.Follow.
func (s *Service) Help(ctx context.Context, token, lang string) (Help, error) {
	l, err := s.link(ctx, token, dialogue.HelpLink)
	if err != nil {
		return Help{}, cx.Wrap("cases.Help", err)
	}
	m := s.c.Models.Current().Model
	lang = cmp.Or(lang, m.Company.Languages[0])
	place, _ := m.Place(l.Place)
	touchpoint, _ := m.Touchpoint(l.Touchpoint)
	h := Help{Name: l.Name, Company: m.Company.Name, Language: lang, Address: string(m.Company.Address), Place: place.Name.In(lang), Touchpoint: touchpoint.Name.In(lang), ExpiresAt: l.ExpiresAt}
	for _, k := range m.Cases.Kinds {
		if k.Anyone {
			h.Kinds = append(h.Kinds, Option{k.Slug, k.Name.In(lang)})
		}
	}
	return h, nil
}

// OpenAt opens a case at a HelpLink: by who is signed in, else by whoever is there.
// Whose it is follows from Request.Who where that means one customer; what a
// customer writes there is no proof of who they are, so it opens no way to what is
// theirs. What was given needs who is signed in. Errors as dialogue.Follow; Invalid
// with a fault a field; Forbidden as Give.
func (s *Service) OpenAt(ctx context.Context, token string, p cx.Principal, r Request) (Case, error) {
	const op = "cases.OpenAt"
	l, err := s.link(ctx, token, dialogue.HelpLink)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	var faults []cx.Fault
	if !uuidForm.MatchString(r.ID) {
		faults = append(faults, cx.Fault{Field: "id", Message: "must be a UUID, the same for the same case"})
	}
	kind, known := s.c.Models.Current().Model.Cases.Kind(r.Kind)
	if r.Kind != "" && (!known || !kind.Anyone) {
		faults = append(faults, cx.Fault{Field: "kind", Message: "choose one of those offered, or none"})
	}
	if r.Amount != 0 && (p.ID == "" || !r.Solved) {
		faults = append(faults, cx.Fault{Field: "amount", Message: "sign in to count what was given, and say that it is solved"})
	}
	if r.Solved && strings.TrimSpace(r.Done) == "" {
		faults = append(faults, cx.Fault{Field: "done", Message: "say what was done"})
	}
	if len(faults) > 0 {
		return Case{}, cx.InvalidFaults(op, faults)
	}
	found, err := s.Find(ctx, cx.System(), r.Who)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	n := New{Key: "help:" + l.ID + ":" + r.ID, Kind: r.Kind, Area: l.Area, Place: l.Place, Touchpoint: l.Touchpoint, Supplier: l.Supplier, Words: r.Words}
	if len(found) == 1 {
		n.Customer = found[0]
	} else if r.Who != "" {
		n.Words = strings.TrimSpace(n.Words + "\n" + r.Who)
	}
	if p.ID == "" {
		p = cx.Principal{ID: "link:" + l.ID, Name: l.Name, Role: cx.Member}
		if r.Customer {
			n.By = byCustomer
		}
	}
	c, err := s.Open(ctx, p, n)
	if err != nil || !r.Solved || c.State != StateOpen || account.Check(p, account.WorkCases) != nil {
		return c, cx.Wrap(op, err)
	}
	if r.Amount > 0 && c.Given == 0 {
		if c, err = s.Give(ctx, p, c.ID, r.Amount, firstLine(r.Done)); err != nil {
			return c, cx.Wrap(op, err)
		}
	}
	c, err = s.Solve(ctx, p, c.ID, r.Done)
	return c, cx.Wrap(op, err)
}
