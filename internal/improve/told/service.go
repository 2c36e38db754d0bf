package told

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// ChangeEvent is the event of a customer who was told what changed since they asked
// for it; its properties are initiative and text.
const ChangeEvent = "Change Told"

// Initiatives tells what was improved, and who asked for it; cycle.Service does.
type Initiatives interface {
	Initiative(ctx context.Context, p cx.Principal, slug string) (cycle.Full, error)
	Behind(ctx context.Context, slug string) ([]cx.CustomerID, []cx.Seq, error)
	Told(ctx context.Context, p cx.Principal, slug string, n int) error
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells who customers are; remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
}

// Dialogue writes to customers; dialogue.Service does.
type Dialogue interface {
	Send(ctx context.Context, p cx.Principal, n dialogue.Note) (dialogue.Message, error)
	Live(ctx context.Context, l dialogue.Lived) (cx.Seq, error)
}

// Outbox knows who wants no mail, and who was written to; deliver.Service does.
type Outbox interface {
	Unsubscribed(ctx context.Context, customer cx.CustomerID) (bool, error)
	Contacted(ctx context.Context, customers []cx.CustomerID, since cx.Time) (int, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB          *sqldb.DB // state.db
	Jobs        *jobs.Queue
	Initiatives Initiatives
	Models      Models
	Memory      Memory
	Dialogue    Dialogue
	Outbox      Outbox
	Clock       cx.Clock
}

// Service tells. It is safe for concurrent use.
type Service struct{ c Config }

const jobKind = "told"

// Open opens the stories in c.DB.
func Open(ctx context.Context, c Config) (*Service, error) {
	if err := c.DB.Migrate(ctx, "told", migrations); err != nil {
		return nil, cx.Wrap("told.Open", err)
	}
	s := &Service{c}
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Retry: jobs.Retry{First: 5 * time.Second, Most: time.Hour, For: patience}})
	return s, nil
}

// Story is what changed, as customers read it.
type Story struct {
	Initiative string
	Said       model.Text // what customers said
	Did        model.Text // what was done about it
	Public     bool       // on Dijiste, hicimos
	PublicAt   cx.Time    // since when; 0: it is not
	By, ByName string     // who wrote it last

	Asked   int            // customers behind the initiative, as they are now
	Waiting int            // who is about to be told
	Told    int            // who was
	Not     map[Reason]int // who is not, and why
}

// mostText is how many characters a text of a story may have.
const mostText = 600

// Keep writes the story of an initiative, and whether it is public. What is public
// has both texts in every language, and is of an initiative that worked or was
// adopted. Needs account.LeadImprovement. The errors are NotFound, Invalid, Conflict.
func (s *Service) Keep(ctx context.Context, p cx.Principal, st Story) (Story, error) {
	const op = "told.Keep"
	if err := account.Check(p, account.LeadImprovement); err != nil {
		return Story{}, cx.Wrap(op, err)
	}
	i, err := s.c.Initiatives.Initiative(ctx, p, st.Initiative)
	if err != nil {
		return Story{}, cx.Wrap(op, err)
	}
	if err := cx.InvalidFaults(op, faultsOf(&st, st.Public)); err != nil {
		return Story{}, err
	}
	if st.Public && !worked(&i) && (i.Decision == nil || i.Decision.Choice != cycle.Adopt) {
		return Story{}, cx.Errorf(cx.Conflict, op, "it has neither worked nor been adopted: nothing changed that could be told")
	}
	now := s.c.Clock.Now()
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		was, _, err := read(ctx, tx, st.Initiative)
		if err != nil {
			return err
		}
		st.PublicAt, st.By, st.ByName = 0, p.ID, p.Name
		if st.Public {
			st.PublicAt = was.PublicAt
			if !was.Public {
				st.PublicAt = now
			}
		}
		st.Asked, st.Waiting, st.Told, st.Not = 0, 0, 0, nil
		body, err := json.Marshal(st)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO told_stories (initiative, public_at, noted, body) VALUES ($1, $2, 0, $3)
			ON CONFLICT (initiative) DO UPDATE SET public_at = excluded.public_at, body = excluded.body`, st.Initiative, int64(st.PublicAt), string(body))
		return err
	})
	if err != nil {
		return Story{}, cx.Wrap(op, err)
	}
	return s.Story(ctx, p, st.Initiative)
}

func worked(i *cycle.Full) bool {
	return i.Evaluation != nil && i.Evaluation.Verdict == impact.Worked
}

// faultsOf lists what is wrong with the texts; whole ones are in every language.
func faultsOf(st *Story, whole bool) (faults []cx.Fault) {
	for _, field := range []struct {
		name string
		text model.Text
	}{{"said", st.Said}, {"did", st.Did}} {
		for _, in := range []struct{ lang, text string }{{"es", field.text.ES}, {"en", field.text.EN}, {"pt", field.text.PT}} {
			switch {
			case whole && in.text == "":
				faults = append(faults, cx.Fault{Field: field.name + "." + in.lang, Message: "is missing: customers read it in their language"})
			case utf8.RuneCountInString(in.text) > mostText:
				faults = append(faults, cx.Fault{Field: field.name + "." + in.lang, Message: "is longer than 600 characters"})
			case !utf8.ValidString(in.text):
				faults = append(faults, cx.Fault{Field: field.name + "." + in.lang, Message: "has characters that cannot be shown"})
			}
		}
	}
	return faults
}

// read returns a story without its counts, and how many the initiative knows of.
func read(ctx context.Context, tx *sqldb.Tx, slug string) (st Story, noted int, err error) {
	var body string
	err = tx.QueryRow(ctx, `SELECT noted, body FROM told_stories WHERE initiative = $1`, slug).Scan(&noted, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return Story{Initiative: slug}, 0, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &st)
	}
	return st, noted, err
}

// Story returns the story of an initiative, with how many were told; an empty one when
// none was written. Needs account.ViewImprovement. The error is NotFound.
func (s *Service) Story(ctx context.Context, p cx.Principal, slug string) (st Story, err error) {
	const op = "told.Story"
	if _, err := s.c.Initiatives.Initiative(ctx, p, slug); err != nil {
		return st, cx.Wrap(op, err)
	}
	customers, _, err := s.c.Initiatives.Behind(ctx, slug)
	if err != nil {
		return st, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if st, _, err = read(ctx, tx, slug); err != nil {
			return err
		}
		st.Asked, st.Not = len(customers), map[Reason]int{}
		rows, err := tx.Query(ctx, `SELECT state, why, COUNT(*) FROM told_customers WHERE initiative = $1 GROUP BY state, why`, slug)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var state, why string
			var n int
			if err = rows.Scan(&state, &why, &n); err != nil {
				return struct{}{}, err
			}
			switch state {
			case waiting:
				st.Waiting += n
			case wasTold:
				st.Told += n
			default:
				st.Not[Reason(why)] += n
			}
			return struct{}{}, nil
		})
		return err
	})
	return st, cx.Wrap(op, err)
}

// mostPublic is how many entries the public page has.
const mostPublic = 30

// Public lists what is public, the newest first: it is everybody's.
func (s *Service) Public(ctx context.Context) (all []Story, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT body FROM told_stories WHERE public_at > 0 ORDER BY public_at DESC, initiative LIMIT $1`, mostPublic)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (st Story, err error) {
			var body string
			if err = rows.Scan(&body); err == nil {
				err = json.Unmarshal([]byte(body), &st)
			}
			return st, err
		})
		return err
	})
	return all, cx.Wrap("told.Public", err)
}
