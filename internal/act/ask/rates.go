package ask

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Rates tells how a survey reaches people in a stretch of time.
type Rates struct {
	Survey    string         `json:"survey"`
	Scheduled int            `json:"scheduled"` // to be asked
	Asked     int            `json:"asked"`     // they have it, or their link was given out
	Answered  int            `json:"answered"`  // of these
	Skipped   map[Reason]int `json:"skipped"`   // not asked, by reason
	Ways      []WayRate      `json:"ways"`
}

// WayRate is Rates of one way: mail or api.
type WayRate struct {
	Way      string `json:"way"`
	Asked    int    `json:"asked"`
	Answered int    `json:"answered"`
}

// Person is somebody who was asked a survey, and whether they answered: for who
// does not answer, by segment or by trait.
type Person struct {
	Customer cx.CustomerID
	At       cx.Time
	Answered bool
}

// owns tells whether a survey is of an area that the principal is not kept from.
func (s *Service) owns(p cx.Principal, survey string) bool {
	t, _ := s.c.Models.Current().Model.SurveyTouchpoint(survey)
	return p.Areas == nil || slices.Contains(p.Areas, t.Area)
}

func notOwned(op string) error {
	return cx.Errorf(cx.Forbidden, op, "this survey is of another area; ask an administrator")
}

// Rates tells how a survey reached people who were due within a window. Needs
// account.ViewScores; Forbidden for a survey of an area that is not theirs to
// whoever is limited to areas.
func (s *Service) Rates(ctx context.Context, p cx.Principal, survey string, w cx.Window) (Rates, error) {
	const op = "ask.Rates"
	out := Rates{Survey: survey, Skipped: map[Reason]int{}, Ways: []WayRate{}}
	if err := account.Check(p, account.ViewScores); err != nil {
		return out, cx.Wrap(op, err)
	}
	if !s.owns(p, survey) {
		return out, notOwned(op)
	}
	to := w.To
	if to == 0 {
		to = 1<<63 - 1
	}
	zone := s.c.Models.Current().Model.Company.Zone()
	day := func(t cx.Time) string { return t.Std().In(zone).Format(time.DateOnly) }
	last := "9999-12-31"
	if w.To != 0 {
		last = day(w.To - 1)
	}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT way, SUM(CASE WHEN state = 'scheduled' THEN 1 ELSE 0 END), SUM(CASE WHEN state <> 'scheduled' THEN 1 ELSE 0 END),
			SUM(CASE WHEN state <> 'scheduled' AND answered_at > 0 THEN 1 ELSE 0 END)
			FROM ask_asks WHERE survey = $1 AND due_at >= $2 AND due_at < $3 AND state NOT IN ('not', 'unasked') GROUP BY way ORDER BY way`, survey, int64(w.From), int64(to))
		if err != nil {
			return err
		}
		if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var r WayRate
			var scheduled int
			if err = rows.Scan(&r.Way, &scheduled, &r.Asked, &r.Answered); err == nil {
				out.Scheduled += scheduled
				out.Asked += r.Asked
				out.Answered += r.Answered
				out.Ways = append(out.Ways, r)
			}
			return
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `SELECT reason, SUM(n) FROM ask_skipped WHERE survey = $1 AND day >= $2 AND day <= $3 GROUP BY reason`, survey, day(w.From), last)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var why Reason
			var n int
			err = rows.Scan(&why, &n)
			out.Skipped[why] = n
			return
		})
		return err
	})
	return out, cx.Wrap(op, err)
}

// People lists who was asked a survey within a window, oldest first. Needs
// account.ViewScores; Forbidden as Rates.
func (s *Service) People(ctx context.Context, p cx.Principal, survey string, w cx.Window) ([]Person, error) {
	const op = "ask.People"
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if !s.owns(p, survey) {
		return nil, notOwned(op)
	}
	to := w.To
	if to == 0 {
		to = 1<<63 - 1
	}
	found, err := s.rows(ctx, `WHERE survey = $1 AND due_at >= $2 AND due_at < $3 AND state IN ('ready', 'asking', 'asked') ORDER BY due_at, id`, survey, int64(w.From), int64(to))
	out := make([]Person, len(found))
	for i, r := range found {
		out[i] = Person{r.customer, r.at, r.said != 0}
	}
	return out, cx.Wrap(op, err)
}

// Fatigue tells how often people were asked lately, whatever the survey.
type Fatigue struct {
	Days    int         `json:"days"`    // how far back
	People  map[int]int `json:"people"`  // how many were asked so many times
	Resting int         `json:"resting"` // how many are not asked now because they were
}

// Fatigue looks at the last 30 days. Of who is limited to areas, it tells of the
// surveys there. Needs account.ViewScores.
func (s *Service) Fatigue(ctx context.Context, p cx.Principal) (Fatigue, error) {
	const op = "ask.Fatigue"
	out := Fatigue{Days: 30, People: map[int]int{}}
	if err := account.Check(p, account.ViewScores); err != nil {
		return out, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	since := now.Add(-time.Duration(out.Days) * 24 * time.Hour)
	rested := now.Add(-s.c.Models.Current().Model.Asking.Rest)
	times, resting := map[string]int{}, map[string]bool{}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT customer, survey, asked_at FROM ask_asks WHERE asked_at >= $1 AND state IN ('ready', 'asking', 'asked')`, int64(min(since, rested)))
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var customer, survey string
			var at cx.Time
			if err = rows.Scan(&customer, &survey, &at); err != nil || !s.owns(p, survey) {
				return
			}
			if at >= since {
				times[customer]++
			}
			if at >= rested {
				resting[customer] = true
			}
			return
		})
		return err
	})
	for _, n := range times {
		out.People[n]++
	}
	out.Resting = len(resting)
	return out, cx.Wrap(op, err)
}

// Ask is one ask for people to see.
type Ask struct {
	ID         string        `json:"id"`
	Survey     string        `json:"survey"`
	Customer   cx.CustomerID `json:"customer"`
	About      cx.Seq        `json:"about,omitempty"`
	Way        string        `json:"way,omitempty"`
	State      State         `json:"state"`
	Reason     Reason        `json:"reason,omitempty"`
	DecidedAt  time.Time     `json:"decided_at"`
	DueAt      time.Time     `json:"due_at"`
	AskedAt    time.Time     `json:"asked_at,omitzero"`
	AnsweredAt time.Time     `json:"answered_at,omitzero"`
	URL        string        `json:"url,omitempty"` // of one that is ready: for who sends messages for the company
}

// Query asks for asks. Zero fields ask for all.
type Query struct {
	Survey   string
	State    State
	Customer cx.CustomerID
	Cursor   string
	Limit    int // 0: 50; at most 500
}

// Page is a stretch of asks, those due last first.
type Page struct {
	Asks []Ask
	Next string // "" at the end
}

// List returns a page of asks. Needs account.ContactCustomers.
func (s *Service) List(ctx context.Context, p cx.Principal, q Query) (page Page, err error) {
	const op = "ask.List"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return page, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > 500 {
		return page, cx.Errorf(cx.Invalid, op, "a page has 1 to 500 asks")
	}
	before, id := int64(0), ""
	if q.Cursor != "" {
		number, rest, ok := strings.Cut(q.Cursor, ".")
		if before, err = strconv.ParseInt(number, 36, 64); err != nil || !ok {
			return page, cx.Errorf(cx.Invalid, op, "the cursor is not one of ours: begin without it")
		}
		id = rest
	}
	found, err := s.rows(ctx, `WHERE ($1 = '' OR survey = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR customer = $3) AND state <> 'unasked'
		AND ($4 = 0 OR due_at < $4 OR due_at = $4 AND id < $5) ORDER BY due_at DESC, id DESC LIMIT $6`, q.Survey, string(q.State), string(q.Customer), before, id, q.Limit+1)
	if err != nil {
		return page, cx.Wrap(op, err)
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[q.Limit-1]
		page.Next = strconv.FormatInt(int64(last.due), 36) + "." + last.id
	}
	for _, r := range found {
		page.Asks = append(page.Asks, s.shown(r))
	}
	return page, nil
}

func (s *Service) shown(r row) Ask {
	a := Ask{ID: r.id, Survey: r.survey, Customer: r.customer, About: r.about, Way: r.way, State: r.state, Reason: r.reason, DecidedAt: r.decided.Std(), DueAt: r.due.Std()}
	if r.at != 0 {
		a.AskedAt = r.at.Std()
	}
	if r.said != 0 {
		a.AnsweredAt = r.said.Std()
	}
	if r.state == Ready {
		a.URL = s.c.LinkURL(r.link)
	}
	return a
}
