package programme

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Episode is what a customer lived, told so that nobody can tell who: no name and no
// number, a part of the day of a day of the week.
type Episode struct {
	Touchpoint string
	Weekday    int    // 0 is Sunday
	Part       string // of the day: night, morning, afternoon, evening
	Words      string
	Language   string
	Good       bool     // it felt good
	Before     []string // touchpoints at which they were before, the earliest first
}

// Sheet is Cinco minutos of an area in a week: read it together, and say what you would
// have done.
type Sheet struct {
	Week    Week
	Area    string
	Episode *Episode // nil: nobody said anything of the area lately
	Promise string   // slug; "": the area has none
	Answers []Answer // the latest first
	People  int      // who did it
}

// Answer is what somebody would have done; of nobody, but to themselves.
type Answer struct {
	Words string // personal data masked
	Mine  bool
}

// Done counts who did the sheet of an area.
type Done struct {
	Area   string
	People int
	Mine   bool // who asks did
}

// How far back words are looked for, and how long they are to tell something.
const (
	lookBack   = 4 // weeks
	leastWords = 40
	mostTold   = 6 // words of a touchpoint: those farthest from neutral
)

// digits are what numbers that could identify look like.
var digits = regexp.MustCompile(`\p{Nd}+([.,:/-]\p{Nd}+)*`)

// Sheet returns the sheet of an area for a week: the same for everybody who asks. The
// episode is of the week before, or of the nearest of those before it; which of all is
// drawn by SHA-256 of week, area and episode. Needs account.ViewImprovement; NotFound
// of an area that is not theirs, or of a week to come.
func (s *Service) Sheet(ctx context.Context, p cx.Principal, week Week, area string) (Sheet, error) {
	const op = "programme.Sheet"
	if err := s.mayRead(p, week, area); err != nil {
		return Sheet{}, cx.Wrap(op, err)
	}
	sheet := Sheet{Week: week, Area: area, Answers: []Answer{}}
	var err error
	if sheet.Episode, err = s.episode(ctx, week, area); err != nil {
		return sheet, cx.Wrap(op, err)
	}
	sheet.Promise = s.promise(week, area, sheet.Episode)
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT words, person FROM programme_answers WHERE week = $1 AND area = $2 ORDER BY at DESC, person`, string(week), area)
		if err != nil {
			return err
		}
		answers, err := sqldb.Collect(rows, func(rows *sql.Rows) (a Answer, err error) {
			var person string
			err = rows.Scan(&a.Words, &person)
			a.Mine = person == p.ID
			return a, err
		})
		sheet.Answers = append(sheet.Answers, answers...)
		return err
	})
	sheet.People = len(sheet.Answers)
	return sheet, cx.Wrap(op, err)
}

// mayRead refuses sheets of other areas and of weeks to come.
func (s *Service) mayRead(p cx.Principal, week Week, area string) error {
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.areas(p), func(a model.Area) bool { return a.Slug == area }) {
		return cx.Errorf(cx.NotFound, "programme.mayRead", "there is no such area, or it is not yours")
	}
	if week > s.Week() {
		return cx.Errorf(cx.NotFound, "programme.mayRead", "the sheet of that week is not made yet")
	}
	return nil
}

// Week returns the week that it is in the company.
func (s *Service) Week() Week {
	return WeekOf(s.c.Clock.Now(), s.c.Models.Current().Model.Company.Zone())
}

// draw orders what can be chosen, alike for everybody.
func draw(parts ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return binary.BigEndian.Uint64(sum[:])
}

func (s *Service) episode(ctx context.Context, week Week, area string) (*Episode, error) {
	m := s.c.Models.Current().Model
	zone := m.Company.Zone()
	for back := 1; back <= lookBack; back++ {
		var best *Episode
		least, seq := uint64(0), cx.Seq(0)
		for _, t := range m.Touchpoints {
			if t.Area != area {
				continue
			}
			said, err := s.c.Voices.Quotes(ctx, cx.System(), voice.QuoteQuery{
				Filter: voice.Filter{Window: week.Before(back).Window(zone), Where: []voice.Condition{{By: voice.ByTouchpoint, In: []string{t.Slug}}}}, Limit: mostTold,
			})
			if err != nil {
				return nil, err
			}
			for _, q := range said.Extreme {
				if utf8.RuneCountInString(q.Words) < leastWords {
					continue
				}
				if at := draw(string(week), area, q.Ref.String()); best == nil || at < least {
					local := q.At.Std().In(zone)
					part := []string{"night", "morning", "afternoon", "evening"}[local.Hour()/6]
					best, least, seq = &Episode{t.Slug, int(local.Weekday()), part, digits.ReplaceAllString(q.Words, "…"), q.Language, q.Sentiment > 0, []string{}}, at, q.Seq
				}
			}
		}
		if best != nil {
			before, err := s.c.Memory.Before(ctx, seq)
			best.Before = append(best.Before, before...)
			return best, err
		}
	}
	return nil, nil
}

// promise returns a promise of the touchpoint of the episode, else of the area; in
// another week another.
func (s *Service) promise(week Week, area string, e *Episode) string {
	m := s.c.Models.Current().Model
	var near, of []string
	for _, x := range m.Promises {
		if x.Area == area {
			of = append(of, x.Slug)
		}
		if e != nil && x.Touchpoint == e.Touchpoint {
			near = append(near, x.Slug)
		}
	}
	if len(near) > 0 {
		of = near
	}
	if len(of) == 0 {
		return ""
	}
	return slices.MinFunc(of, func(a, b string) int {
		return cmp.Compare(draw(string(week), area, a), draw(string(week), area, b))
	})
}

// mostSaid is how long an answer may be, in characters.
const mostSaid = 1000

// Say keeps what somebody would have done, of this week's sheet or last week's; a
// second time it replaces the first. Personal data is masked before it is kept. Needs
// account.JoinImprovement, of a person.
func (s *Service) Say(ctx context.Context, p cx.Principal, week Week, area, words string) error {
	const op = "programme.Say"
	if _, err := s.person(ctx, p); err != nil {
		return cx.Wrap(op, err)
	}
	if err := s.mayRead(p, week, area); err != nil {
		return cx.Wrap(op, err)
	}
	if now := s.Week(); week != now && week != now.Before(1) {
		return cx.Errorf(cx.Conflict, op, "the sheet of that week is over: do this week's")
	}
	words = strings.TrimSpace(strings.ToValidUTF8(words, ""))
	if words == "" || utf8.RuneCountInString(words) > mostSaid {
		return cx.InvalidFaults(op, []cx.Fault{{Field: "words", Message: fmt.Sprintf("say in up to %d characters what you would have done", mostSaid)}})
	}
	masked := text.Mask(words, s.c.Models.Current().Model.Company.Languages[0], text.Known{})
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO programme_answers (week, area, person, words, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (week, area, person) DO UPDATE SET words = excluded.words`, string(week), area, p.ID, masked, s.c.Clock.Now())
		return err
	}))
}

// Did tells of each area that somebody sees how many did a week's sheet. Needs
// account.ViewImprovement.
func (s *Service) Did(ctx context.Context, p cx.Principal, week Week) ([]Done, error) {
	const op = "programme.Did"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return nil, cx.Wrap(op, err)
	}
	said, err := s.saidIn(ctx, week, week)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all := []Done{}
	for _, a := range s.areas(p) {
		d := Done{Area: a.Slug}
		for _, x := range said {
			if x.area == a.Slug {
				d.People++
				d.Mine = d.Mine || x.person == p.ID
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// said is that somebody did a sheet.
type said struct{ week, area, person string }

// saidIn returns who did a sheet of the weeks from one to another.
func (s *Service) saidIn(ctx context.Context, from, to Week) (all []said, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT week, area, person FROM programme_answers WHERE week >= $1 AND week <= $2`, string(from), string(to))
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (x said, err error) {
			err = rows.Scan(&x.week, &x.area, &x.person)
			return x, err
		})
		return err
	})
	return all, err
}
