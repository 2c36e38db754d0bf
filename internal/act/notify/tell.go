package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Tell tells people something: on their screens at once, and by the ways that
// each chose. It is durable when it returns. The same key again does nothing;
// what is of the same kind and subject within an hour becomes one notice, with
// their count, the last one's words, unread.
func (s *Service) Tell(ctx context.Context, n Notice) error {
	const op = "notify.Tell"
	if n.Key == "" || !n.Kind.valid() || n.Href != "" && (!strings.HasPrefix(n.Href, "/") || strings.HasPrefix(n.Href, "//")) {
		return cx.Errorf(cx.Invalid, op, "a notice has a key, one of the kinds, and leads to a path of ours")
	}
	people, err := s.people(ctx, n.To)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if n.Subject == "" {
		n.Subject = n.Key
	}
	title, text, err := encode(n)
	if err != nil {
		return cx.Wrap(op, err)
	}
	var told []Item
	var who []string
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		told, who = nil, nil
		now := s.c.Clock.Now()
		added, err := tx.Exec(ctx, `INSERT INTO notify_told (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, n.Key, int64(now))
		if err != nil {
			return err
		}
		if new, err := added.RowsAffected(); err != nil || new == 0 {
			return err
		}
		for _, p := range people {
			item, err := s.tellOne(ctx, tx, p, n, title, text, now)
			if err != nil {
				return err
			}
			told, who = append(told, item), append(who, p.Principal().ID)
		}
		return nil
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	for i := range told {
		s.hub.tell(who[i], told[i])
	}
	if len(told) > 0 {
		s.c.Jobs.Wake()
	}
	return nil
}

// tellOne keeps a notice of one person, in a former one of its matter perhaps,
// and has the rest sent when it may be.
func (s *Service) tellOne(ctx context.Context, tx *sqldb.Tx, p account.Person, n Notice, title, text string, now cx.Time) (Item, error) {
	person := p.Principal().ID
	var id string
	var sentAt cx.Time
	err := tx.QueryRow(ctx, `SELECT id, sent_at FROM notify_notices WHERE person = $1 AND kind = $2 AND subject = $3 AND last_at > $4 ORDER BY last_at DESC LIMIT 1`,
		person, string(n.Kind), n.Subject, int64(now.Add(-window))).Scan(&id, &sentAt)
	urgent := 0
	if n.Urgent {
		urgent = 1
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		id = s.name("notice", person+" "+n.Key)
		_, err = tx.Exec(ctx, `INSERT INTO notify_notices (id, person, kind, subject, title, text, href, urgent, customer, count, first_at, last_at, read_at, sent, sent_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, 0, 0, 0)`,
			id, person, string(n.Kind), n.Subject, title, text, n.Href, urgent, string(n.Customer), int64(now))
	case err == nil:
		_, err = tx.Exec(ctx, `UPDATE notify_notices SET title = $1, text = $2, href = $3, urgent = CASE WHEN urgent > $4 THEN urgent ELSE $4 END, customer = CASE WHEN customer = $5 THEN customer ELSE '' END,
			count = count + 1, last_at = $6, read_at = 0 WHERE id = $7`, title, text, n.Href, urgent, string(n.Customer), int64(now), id)
	}
	if err != nil {
		return Item{}, err
	}
	item, err := readItem(ctx, tx, id)
	if err != nil {
		return Item{}, err
	}
	settings, err := settingsOf(ctx, tx, person)
	if err != nil || len(settings.Ways[n.Kind]) == 0 {
		return item, err
	}
	due := now
	if sentAt != 0 {
		due = max(now, sentAt.Add(window))
	}
	if !n.Urgent {
		due = settings.after(due, s.zone())
	}
	return item, s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: sendKind, Key: id, Due: due})
}

// after returns the first moment from at on that is not in the quiet hours.
func (s Settings) after(at cx.Time, zone *time.Location) cx.Time {
	local := at.Std().In(zone)
	if s.Quiet == (model.Hours{}) || !s.Quiet.Contains(local.Hour()*60+local.Minute()) {
		return at
	}
	end := time.Date(local.Year(), local.Month(), local.Day(), 0, s.Quiet.To, 0, 0, zone)
	if !end.After(local) {
		end = time.Date(local.Year(), local.Month(), local.Day()+1, 0, s.Quiet.To, 0, 0, zone)
	}
	return cx.TimeOf(end)
}

// people returns whom a notice is for, each once.
func (s *Service) people(ctx context.Context, to To) ([]account.Person, error) {
	all, err := s.c.Accounts.People(ctx, cx.System())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p account.Person) bool { return p.DisabledAt != 0 })
	var of []account.Person
	for _, p := range all {
		if to.Person != "" && p.Principal().ID == to.Person || to.Role != "" && p.Role == to.Role || to.Area != "" && slices.Contains(p.Areas, to.Area) {
			of = append(of, p)
		}
	}
	if to.Person == "" && len(of) == 0 { // nobody is of the area: whoever answers for all of them
		for _, role := range []cx.Role{cx.Lead, cx.Admin} {
			for _, p := range all {
				if p.Role == role && p.Areas == nil {
					of = append(of, p)
				}
			}
			if len(of) > 0 {
				break
			}
		}
	}
	return of, nil
}

// text is what is kept of a Text.
type kept struct{ ES, EN, PT string }

func encode(n Notice) (title, text string, err error) {
	a, err := json.Marshal(kept(n.Title))
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(kept(n.Text))
	return string(a), string(b), err
}

const itemColumns = `id, kind, title, text, href, urgent, customer, count, first_at, last_at, read_at`

func scanItem(row interface{ Scan(...any) error }) (i Item, err error) {
	var title, text kept
	var rawTitle, rawText string
	var urgent int
	var first, last, read cx.Time
	if err = row.Scan(&i.ID, &i.Kind, &rawTitle, &rawText, &i.Href, &urgent, &i.Customer, &i.Count, &first, &last, &read); err != nil {
		return i, err
	}
	err = errors.Join(json.Unmarshal([]byte(rawTitle), &title), json.Unmarshal([]byte(rawText), &text))
	i.Title, i.Text, i.Urgent, i.Read = model.Text(title), model.Text(text), urgent == 1, read != 0
	i.FirstAt, i.At = first.Std(), last.Std()
	return i, err
}

func readItem(ctx context.Context, tx *sqldb.Tx, id string) (Item, error) {
	return scanItem(tx.QueryRow(ctx, `SELECT `+itemColumns+` FROM notify_notices WHERE id = $1`, id))
}

// Query asks for one's notices. Zero fields ask for all.
type Query struct {
	Kind   Kind
	Unread bool
	Cursor string
	Limit  int // 0: 50; at most 200
}

// Page is a stretch of notices, the last first.
type Page struct {
	Items []Item
	Next  string // "" at the end
}

// mine checks that somebody may have notices: people do, programs do not.
func mine(p cx.Principal) error {
	if err := account.Check(p, account.ViewNotices); err != nil {
		return err
	}
	if !strings.HasPrefix(p.ID, "person:") {
		return cx.Errorf(cx.Forbidden, "notify.mine", "notices are people's: sign in")
	}
	return nil
}

// Mine returns a page of one's own notices. Needs account.ViewNotices.
func (s *Service) Mine(ctx context.Context, p cx.Principal, q Query) (page Page, err error) {
	const op = "notify.Mine"
	if err := mine(p); err != nil {
		return page, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > 200 {
		return page, cx.Errorf(cx.Invalid, op, "a page has 1 to 200 notices")
	}
	at, id, err := parseCursor(q.Cursor)
	if err != nil {
		return page, cx.Wrap(op, err)
	}
	unread := 0
	if q.Unread {
		unread = 1
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+itemColumns+` FROM notify_notices WHERE person = $1 AND ($2 = '' OR kind = $2) AND ($3 = 0 OR read_at = 0)
			AND ($4 = 0 OR last_at < $4 OR last_at = $4 AND id < $5) ORDER BY last_at DESC, id DESC LIMIT $6`, p.ID, string(q.Kind), unread, at, id, q.Limit+1)
		if err != nil {
			return err
		}
		page.Items, err = sqldb.Collect(rows, func(rows *sql.Rows) (Item, error) { return scanItem(rows) })
		return err
	})
	if err == nil && len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		last := page.Items[q.Limit-1]
		page.Next = strconv.FormatInt(int64(cx.TimeOf(last.At)), 36) + "." + last.ID
	}
	return page, cx.Wrap(op, err)
}

func parseCursor(cursor string) (at int64, id string, err error) {
	if cursor == "" {
		return 0, "", nil
	}
	number, id, ok := strings.Cut(cursor, ".")
	at, err = strconv.ParseInt(number, 36, 64)
	if !ok || err != nil || at <= 0 {
		return 0, "", cx.Errorf(cx.Invalid, "notify.parseCursor", "the cursor is not one of ours: begin without it")
	}
	return at, id, nil
}

// Unread counts the notices that one has not read. Needs account.ViewNotices.
func (s *Service) Unread(ctx context.Context, p cx.Principal) (n int64, err error) {
	const op = "notify.Unread"
	if err := mine(p); err != nil {
		return 0, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM notify_notices WHERE person = $1 AND read_at = 0`, p.ID).Scan(&n)
	})
	return n, cx.Wrap(op, err)
}

// Read marks notices of one's own as read, all of them when none is named; ids
// that are not one's own do nothing. What was read in time goes out by no other
// way. Needs account.ViewNotices.
func (s *Service) Read(ctx context.Context, p cx.Principal, ids ...string) error {
	const op = "notify.Read"
	if err := mine(p); err != nil {
		return cx.Wrap(op, err)
	}
	now := int64(s.c.Clock.Now())
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if len(ids) == 0 {
			_, err := tx.Exec(ctx, `UPDATE notify_notices SET read_at = $1 WHERE person = $2 AND read_at = 0`, now, p.ID)
			return err
		}
		for _, id := range ids {
			if _, err := tx.Exec(ctx, `UPDATE notify_notices SET read_at = $1 WHERE person = $2 AND id = $3 AND read_at = 0`, now, p.ID, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.hub.tell(p.ID, Item{})
	}
	return cx.Wrap(op, err)
}
