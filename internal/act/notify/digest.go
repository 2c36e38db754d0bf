package notify

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// hourKey is of the one job that comes at each full hour.
const hourKey = "hour"

// hour sends the digests that are due at this hour or were since the morning, and
// takes out what is old; then it comes again at the next full hour.
func (s *Service) hour(ctx context.Context, _ jobs.Job) (jobs.Done, error) {
	now := s.c.Clock.Now()
	local := now.Std().In(s.zone())
	if s.c.Days != nil || s.c.Reports != nil {
		people, err := s.c.Accounts.People(ctx, cx.System())
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if p.DisabledAt != 0 {
				continue
			}
			var settings Settings
			if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
				settings, err = settingsOf(ctx, tx, p.Principal().ID)
				return err
			}); err != nil {
				return nil, err
			}
			if s.c.Days != nil && settings.Digest >= 0 && local.Hour() >= settings.Digest {
				if err := s.digest(ctx, p, local); err != nil {
					return nil, err
				}
			}
			hour := settings.Digest
			if hour < 0 {
				hour = usual().Digest
			}
			if s.c.Reports != nil && local.Hour() >= hour {
				if err := s.report(ctx, p, local); err != nil {
					return nil, err
				}
			}
		}
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		for _, text := range []string{`DELETE FROM notify_notices WHERE last_at < $1`, `DELETE FROM notify_told WHERE at < $1`} {
			if _, err := tx.Exec(ctx, text, int64(now.Add(-keep))); err != nil {
				return err
			}
		}
		next := time.Date(local.Year(), local.Month(), local.Day(), local.Hour()+1, 0, 0, 0, local.Location())
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: hourKind, Key: hourKey, Due: cx.TimeOf(next)})
	}, nil
}

// told tells whether somebody was told by that key.
func (s *Service) told(ctx context.Context, key string) (told bool, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM notify_told WHERE key = $1)`, key).Scan(&told)
	})
	return told, err
}

// report tells who leads the company how the week was, on Monday, and how the month
// was, on the first day after it; each once.
func (s *Service) report(ctx context.Context, p account.Person, now time.Time) error {
	if p.Role != cx.Board && p.Role != cx.Admin {
		return nil
	}
	var due []Period
	if now.Weekday() == time.Monday {
		due = append(due, Week)
	}
	if now.Day() == 1 {
		due = append(due, Month)
	}
	for _, of := range due {
		if err := s.reportOf(ctx, p, of, "report:"+string(of)+":"+p.Principal().ID+":"+now.Format(time.DateOnly)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) reportOf(ctx context.Context, p account.Person, of Period, key string) error {
	if told, err := s.told(ctx, key); err != nil || told {
		return err
	}
	t, ok, err := s.c.Reports.Report(ctx, p.Principal(), of)
	if err != nil || !ok {
		return err
	}
	return s.Tell(ctx, Notice{Key: key, To: To{Person: p.Principal().ID}, Kind: Report, Title: t.Title, Text: t.Text, Href: t.Href})
}

// digest tells a person how yesterday was for their areas, once a day.
func (s *Service) digest(ctx context.Context, p account.Person, now time.Time) error {
	key := "digest:" + p.Principal().ID + ":" + now.Format(time.DateOnly)
	if told, err := s.told(ctx, key); err != nil || told {
		return err
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	before := time.Date(now.Year(), now.Month(), now.Day()-1, 0, 0, 0, 0, now.Location())
	d, err := s.c.Days.Day(ctx, p.Principal(), cx.Window{From: cx.TimeOf(before), To: cx.TimeOf(midnight)})
	if err != nil {
		return err
	}
	title, text := d.say()
	href := d.MendHref
	if href == "" {
		href = "/"
	}
	return s.Tell(ctx, Notice{Key: key, To: To{Person: p.Principal().ID}, Kind: Digest, Title: title, Text: text, Href: href})
}

// say writes a day: the finding, and the rest in paragraphs.
func (d Day) say() (title, text model.Text) {
	var what, more []model.Text
	if d.Broken > 0 {
		what = append(what, words.promises.with("broken", strconv.Itoa(d.Broken), "n", strconv.Itoa(d.Kept+d.Broken)))
	}
	if d.Open > 0 {
		what = append(what, words.cases.with("open", strconv.Itoa(d.Open), "late", strconv.Itoa(d.Late)))
	}
	if len(what) == 0 {
		what = append(what, words.calm.with())
	}
	if d.Best != "" {
		more = append(more, words.best.with("words", d.Best))
	}
	if d.Worst != "" {
		more = append(more, words.worst.with("words", d.Worst))
	}
	if d.Mend != (model.Text{}) {
		more = append(more, words.mend.with("what", d.Mend))
	}
	return words.morning.with("what", joined(what, "; ")), joined(more, "\n\n")
}

// joined joins texts in each language.
func joined(all []model.Text, by string) (out model.Text) {
	in := func(lang string) string {
		parts := make([]string, len(all))
		for i, t := range all {
			parts[i] = t.In(lang)
		}
		return strings.Join(parts, by)
	}
	return model.Text{ES: in("es"), EN: in("en"), PT: in("pt")}
}
