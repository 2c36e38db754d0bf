package programme

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Together is how many people must have said something for any of it to be told: they
// are told in batches of so many, so that nobody's answer can be found by what changed.
const Together = 5

// Levels is how many levels a side of maturity has.
const Levels = 5

// Sides lists the sides of maturity.
func Sides() []string { return []string{"strategy", "culture", "processes", "measurement", "people"} }

// Side is how mature the company says it is in one.
type Side struct {
	Side   string
	Mean   outcome.Estimate // 1 to 5; Student's interval
	Next   int              // the level to work for: the first above the mean
	Change *Change          // against the round before that is told; nil: none
}

// Change is by how much a mean has changed, and p of no change (Welch).
type Change struct {
	By float64
	P  float64
}

// Round is a quarter in which people said how mature the company is.
type Round struct {
	Round string // "2026-Q4"
	N     int    // told: a multiple of Together
	Sides []Side // none with fewer than Together
}

// Maturity is how mature the company says it is.
type Maturity struct {
	Now     string   // the quarter that it is
	Said    bool     // who asks has said it in this one
	Waiting bool     // more have said it than can be told yet
	Rounds  []Round  // the newest first, those that can be told
	Weakest []string // of the newest: the sides to begin with, the least mean first
}

// roundOf is the quarter of a time.
func (s *Service) roundOf(at cx.Time) string {
	local := at.Std().In(s.c.Models.Current().Model.Company.Zone())
	return fmt.Sprintf("%d-Q%d", local.Year(), (int(local.Month())+2)/3)
}

// who hashes a person for one round.
func (s *Service) who(p cx.Principal, round string) string {
	h := hmac.New(sha256.New, s.c.Salt)
	h.Write([]byte("maturity\x00" + round + "\x00" + p.ID))
	return hex.EncodeToString(h.Sum(nil))
}

// Assess says how mature the company is, each side at a level from 1 to 5, once a
// quarter. Who said what is not kept. Needs account.JoinImprovement, of a person;
// Conflict the second time.
func (s *Service) Assess(ctx context.Context, p cx.Principal, levels map[string]int) error {
	const op = "programme.Assess"
	if _, err := s.person(ctx, p); err != nil {
		return cx.Wrap(op, err)
	}
	var faults []cx.Fault
	for _, side := range Sides() {
		if v := levels[side]; v < 1 || v > Levels {
			faults = append(faults, cx.Fault{Field: side, Message: "choose the sentence that fits best"})
		}
	}
	for side := range levels {
		if !slices.Contains(Sides(), side) {
			faults = append(faults, cx.Fault{Field: side, Message: "is no side of maturity"})
		}
	}
	if faults != nil {
		return cx.InvalidFaults(op, faults)
	}
	round := s.roundOf(s.c.Clock.Now())
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		done, err := tx.Exec(ctx, `INSERT INTO programme_said (round, who) VALUES ($1, $2) ON CONFLICT (round, who) DO NOTHING`, round, s.who(p, round))
		if err != nil {
			return err
		}
		switch n, err := done.RowsAffected(); {
		case err != nil:
			return err
		case n == 0:
			return cx.Errorf(cx.Conflict, op, "you have said it this quarter already: you can again in the next")
		}
		var said int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM programme_said WHERE round = $1`, round).Scan(&said); err != nil {
			return err
		}
		for _, side := range Sides() {
			if _, err := tx.Exec(ctx, `INSERT INTO programme_maturity (round, batch, side, level, n) VALUES ($1, $2, $3, $4, 1)
				ON CONFLICT (round, batch, side, level) DO UPDATE SET n = programme_maturity.n + 1`, round, (said-1)/Together, side, levels[side]); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Maturity tells how mature the company says it is: full batches only. Needs
// account.ViewImprovement.
func (s *Service) Maturity(ctx context.Context, p cx.Principal) (m Maturity, err error) {
	const op = "programme.Maturity"
	m = Maturity{Now: s.roundOf(s.c.Clock.Now()), Rounds: []Round{}, Weakest: []string{}}
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return m, cx.Wrap(op, err)
	}
	type key struct {
		round, side string
		batch       int
	}
	counts := map[key][Levels]int{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) > 0 FROM programme_said WHERE round = $1 AND who = $2`, m.Now, s.who(p, m.Now)).Scan(&m.Said); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT round, batch, side, level, n FROM programme_maturity`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
			var k key
			var level, n int
			if err = rows.Scan(&k.round, &k.batch, &k.side, &level, &n); err == nil {
				of := counts[k]
				of[level-1] += n
				counts[k] = of
			}
			return none, err
		})
		return err
	})
	if err != nil {
		return m, cx.Wrap(op, err)
	}
	sums := map[string]map[string]*stats.Moments{}
	for k, of := range counts {
		n := 0
		for _, v := range of {
			n += v
		}
		if n < Together {
			m.Waiting = m.Waiting || k.round == m.Now
			continue
		}
		if sums[k.round] == nil {
			sums[k.round] = map[string]*stats.Moments{}
		}
		if sums[k.round][k.side] == nil {
			sums[k.round][k.side] = &stats.Moments{}
		}
		for level, v := range of {
			for range v {
				sums[k.round][k.side].Add(float64(level + 1))
			}
		}
	}
	m.tell(sums)
	return m, nil
}

// tell tells the rounds from what was said of each side.
func (m *Maturity) tell(sums map[string]map[string]*stats.Moments) {
	names := slices.Sorted(maps.Keys(sums))
	for i, name := range names {
		r := Round{Round: name, Sides: []Side{}}
		for _, side := range Sides() {
			of := sums[name][side].Sample()
			within := stats.MeanInterval(of).Clip(1, Levels)
			x := Side{Side: side, Mean: outcome.Estimate{Value: of.Mean, Low: within.Low, High: within.High, N: of.N}, Next: min(Levels, int(of.Mean)+1)}
			if i > 0 {
				test := stats.Welch(sums[names[i-1]][side].Sample(), of)
				x.Change = &Change{test.Delta, test.P}
			}
			r.N = of.N
			r.Sides = append(r.Sides, x)
		}
		m.Rounds = append(m.Rounds, r)
	}
	slices.Reverse(m.Rounds)
	if len(m.Rounds) > 0 {
		sides := slices.Clone(m.Rounds[0].Sides)
		slices.SortStableFunc(sides, func(a, b Side) int { return cmp.Compare(a.Mean.Value, b.Mean.Value) })
		m.Weakest = append(m.Weakest, sides[0].Side, sides[1].Side)
	}
}
