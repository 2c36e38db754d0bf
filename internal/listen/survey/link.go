package survey

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Way is how a response came about.
type Way string

// The ways.
const (
	ByLink    Way = "link"      // a personal link, copied by a person
	ByMail    Way = "mail"      // a personal link, in a mail of ours
	ByAPI     Way = "api"       // a personal link that somebody else sends, or answers posted to the API
	Anonymous Way = "anonymous" // the survey's own address
	ByQR      Way = "qr"        // a poster
	ByWidget  Way = "widget"
	ByKiosk   Way = "kiosk"
)

// Ways lists the ways.
func Ways() []Way { return []Way{ByLink, ByMail, ByAPI, Anonymous, ByQR, ByWidget, ByKiosk} }

// Personal tells whether links of this way are of one customer.
func (w Way) Personal() bool { return w == ByLink || w == ByMail || w == ByAPI }

// asserts tells whether who posts says whose answer it is, and what about, when
// no link does.
func (w Way) asserts() bool { return w == ByWidget || w == ByAPI }

// path is where links of the way lead.
func (w Way) path(token string) string {
	switch w {
	case ByQR:
		return "/q/" + token
	case ByWidget:
		return "/w/" + token
	case ByKiosk:
		return "/k/" + token
	}
	return "/r/" + token
}

// LinkRequest asks for a link.
type LinkRequest struct {
	Survey     string
	Way        Way
	Customer   cx.CustomerID     // of a personal link
	About      map[string]string // of a personal link, properties that the answers carry: order_id, carrier, …; at most 20
	Event      string            // of a personal link: the name of what it is about; may be empty
	At         cx.Time           // when that was lived; 0: nothing in particular
	Touchpoint string            // "": the one that names the survey
	Place      string            // may be empty
	Language   string            // es, en or pt; "": the browser's
	Expire     time.Duration     // of a personal link; 0: the survey's, else model.DefaultExpiry
}

// Link is an address to answer at.
type Link struct {
	ID        string  `json:"id,omitempty"`    // for Revoke; opaque; "" of a survey's own address
	Token     string  `json:"token,omitempty"` // "" of a survey's own address
	Path      string  `json:"path"`            // below the base address: "/r/TOKEN", "/s/SURVEY"
	URL       string  `json:"url"`
	ExpiresAt cx.Time `json:"-"` // 0: never
}

// maxExpiry is how long a personal link may be good.
const maxExpiry = 366 * 24 * time.Hour

// maxAbout is how many properties a link may carry.
const maxAbout = 20

var aboutForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// reserved are the properties that an answer has of its own.
var reserved = []string{"response_id", "survey_version", "complete", "way", "suspect", "corrects", "retired"}

// Link makes a link, or of a way that is not personal gives the one there is.
// Needs account.LinkSurveys. Errors: Invalid with a fault a field; NotFound for
// a customer that nobody knows.
func (s *Service) Link(ctx context.Context, p cx.Principal, r LinkRequest) (made Link, err error) {
	const op = "survey.Link"
	if err := account.Check(p, account.LinkSurveys); err != nil {
		return Link{}, cx.Wrap(op, err)
	}
	if r.Way.Personal() && r.Customer != "" {
		if _, err := s.Customers.Person(ctx, p, r.Customer); err != nil {
			return Link{}, cx.Wrap(op, err)
		}
	}
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		made, err = s.LinkTx(ctx, tx, r)
		return err
	})
	return made, cx.Wrap(op, err)
}

// LinkTx is Link as part of a transaction on the same database, for what the
// product does by itself. It asks nobody whether there is such a customer.
func (s *Service) LinkTx(ctx context.Context, tx *sqldb.Tx, r LinkRequest) (Link, error) {
	const op = "survey.LinkTx"
	m := s.Models.Current().Model
	survey, faults := r.check(m)
	if len(faults) > 0 {
		return Link{}, cx.InvalidFaults(op, faults)
	}
	if r.Way == Anonymous && r.Touchpoint == "" && r.Place == "" {
		path := "/s/" + survey.Slug
		return Link{Path: path, URL: s.BaseURL + path}, nil
	}
	l := link{
		survey: r.Survey, way: r.Way, about: map[string]string{}, touchpoint: r.Touchpoint, place: r.Place, language: r.Language, madeAt: s.Clock.Now(),
	}
	if r.Way.Personal() {
		if r.Expire == 0 {
			r.Expire = model.DefaultExpiry
			if survey.Ask != nil {
				r.Expire = survey.Ask.Expire
			}
		}
		l.customer, l.event, l.at, l.expiresAt = r.Customer, r.Event, r.At, l.madeAt.Add(r.Expire)
		if r.About != nil {
			l.about = r.About
		}
	}
	var token string
	for again := 0; ; again++ {
		number := newNumber()
		if !r.Way.Personal() { // the same poster again has the same address, unless that was revoked
			number = s.seals.tag("open link", []byte(r.Way), []byte(r.Survey), []byte(r.Touchpoint), []byte(r.Place), []byte(r.Language), []byte(itoa(again)))[:numberBytes]
		}
		l.id, token = s.seals.link(number)
		if err := l.insert(ctx, tx); err != nil {
			return Link{}, cx.Wrap(op, err)
		}
		kept, _, err := readLink(ctx, tx, l.id)
		if err != nil {
			return Link{}, cx.Wrap(op, err)
		}
		if kept.revokedAt == 0 {
			break
		}
	}
	path := r.Way.path(token)
	return Link{ID: l.id, Token: token, Path: path, URL: s.BaseURL + path, ExpiresAt: l.expiresAt}, nil
}

func (r *LinkRequest) check(m *model.Model) (survey model.Survey, faults []cx.Fault) {
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	survey, ok := m.Survey(r.Survey)
	if !ok {
		fault("survey", "there is no survey "+strconv.Quote(r.Survey)+": choose one of those declared")
	}
	personal := r.Way.Personal()
	switch {
	case !slices.Contains(Ways(), r.Way):
		fault("way", "is none of link, mail, api, anonymous, qr, widget, kiosk")
	case personal && survey.Team():
		fault("way", "a survey of the team is asked of nobody in particular: choose anonymous, qr or kiosk")
	case personal && r.Customer == "":
		fault("customer", "is missing: a personal link is of one customer")
	case !personal && r.Customer != "":
		fault("customer", "is for a personal link: leave it out, or choose link, mail or api")
	}
	if _, ok := m.Touchpoint(r.Touchpoint); r.Touchpoint != "" && !ok {
		fault("touchpoint", "there is no touchpoint "+strconv.Quote(r.Touchpoint)+": choose one of those declared")
	}
	if _, ok := m.Place(r.Place); r.Place != "" && !ok {
		fault("place", "there is no place "+strconv.Quote(r.Place)+": choose one of those declared")
	}
	if !slices.Contains([]string{"", "es", "en", "pt"}, r.Language) {
		fault("language", "is none of es, en, pt")
	}
	if r.Expire < 0 || r.Expire > maxExpiry {
		fault("expire", "must be at most 366 days")
	}
	faults = append(faults, checkAbout(r.About)...)
	return survey, faults
}

// checkAbout faults the properties that answers cannot carry.
func checkAbout(about map[string]string) (faults []cx.Fault) {
	if len(about) > maxAbout {
		faults = append(faults, cx.Fault{Field: "about", Message: "has more than 20 properties: keep those that the answers need"})
	}
	for name, value := range about {
		switch {
		case !aboutForm.MatchString(name) || slices.Contains(reserved, name):
			faults = append(faults, cx.Fault{Field: "about", Message: strconv.Quote(name) + " is no property that can be carried: use letters, digits and _, and none of the answer's own"})
		case utf8.RuneCountInString(value) > 200 || clean(value) != value:
			faults = append(faults, cx.Fault{Field: "about." + name, Message: "must be a text of at most 200 characters"})
		}
	}
	slices.SortFunc(faults, func(a, b cx.Fault) int { return strings.Compare(a.Field+a.Message, b.Field+b.Message) })
	return faults
}

// Revoke makes a link worthless for ever. Needs account.LinkSurveys; NotFound
// when there is no such link.
func (s *Service) Revoke(ctx context.Context, p cx.Principal, id string) error {
	const op = "survey.Revoke"
	if err := account.Check(p, account.LinkSurveys); err != nil {
		return cx.Wrap(op, err)
	}
	err := s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		got, err := tx.Exec(ctx, `UPDATE survey_links SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, int64(s.Clock.Now()), id)
		if err != nil {
			return err
		}
		if n, err := got.RowsAffected(); err != nil || n > 0 {
			return err
		}
		_, ok, err := readLink(ctx, tx, id)
		if err == nil && !ok {
			err = cx.Errorf(cx.NotFound, op, "there is no such link")
		}
		return err
	})
	return cx.Wrap(op, err)
}
