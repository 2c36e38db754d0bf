package referral

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// The keys of jobs begin with what they do.
const (
	tellShared  = "shared:"  // CODE
	tellProven  = "proven:"  // CLAIM
	tellRefused = "refused:" // CLAIM
	tellEntry   = "entry:"   // N, with the code as payload
	doAsk       = "ask:"     // ID
)

// keepCode keeps a code of a customer that a system of the company made.
func keepCode(ctx context.Context, tx *sqldb.Tx, code string, t told) error {
	_, err := tx.Exec(ctx, `INSERT INTO referral_codes (code, share, customer, at, ours) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (code) DO NOTHING`, code, rand.Text(), string(t.customer), int64(t.at))
	return err
}

// work tells the log, or asks somebody. What is not there any more was forgotten.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	what, of, _ := strings.Cut(j.Key, ":")
	var err error
	switch what + ":" {
	case tellShared:
		err = s.lived(ctx, func(tx *sqldb.Tx) (out []dialogue.Lived, err error) {
			var l dialogue.Lived
			if l.Customer, err = whose(ctx, tx, of); l.Customer == "" || err != nil {
				return nil, err
			}
			l.Name, l.At, l.Properties = SharedEvent, j.Due, map[string]any{"code": of}
			return []dialogue.Lived{l}, nil
		}, j.Key)
	case tellProven:
		err = s.lived(ctx, func(tx *sqldb.Tx) ([]dialogue.Lived, error) { return proven(ctx, tx, of) }, j.Key)
	case tellEntry:
		err = s.lived(ctx, func(tx *sqldb.Tx) ([]dialogue.Lived, error) { return s.entered(ctx, tx, of, j.Payload) }, j.Key)
	case tellRefused:
		err = s.refused(ctx, of)
	case doAsk:
		return s.ask(ctx, of)
	}
	return nil, err
}

// lived puts events of customers into the log; each has its own name, so that it
// is there once.
func (s *Service) lived(ctx context.Context, read func(*sqldb.Tx) ([]dialogue.Lived, error), key string) error {
	var all []dialogue.Lived
	if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { all, err = read(tx); return err }); err != nil {
		return err
	}
	for i, l := range all {
		l.ID = "referral:" + key + ":" + strconv.Itoa(i)
		if _, err := s.c.Dialogue.Live(ctx, l); notFound(err) != nil {
			return err
		}
	}
	return nil
}

func proven(ctx context.Context, tx *sqldb.Tx, id string) (out []dialogue.Lived, err error) {
	found, err := claims(ctx, tx, `WHERE id = $1 AND state = $2`, id, string(Proven))
	for _, c := range found {
		for side, who := range map[string]cx.CustomerID{"friend": c.friend, "referrer": c.referrer} {
			l := dialogue.Lived{Customer: who, Name: ProvenEvent, At: c.proof.at, Properties: map[string]any{"code": c.code, "claim": c.id, "side": side}}
			if side == "friend" {
				l.Properties["order_id"] = c.order
			}
			out = append(out, l)
		}
	}
	if len(out) == 2 && out[0].Properties["side"] == "referrer" { // in the same order each time
		out[0], out[1] = out[1], out[0]
	}
	return out, err
}

func (s *Service) entered(ctx context.Context, tx *sqldb.Tx, n, code string) ([]dialogue.Lived, error) {
	found, err := entries(ctx, tx, `WHERE l.n = $1`, n)
	if err != nil || len(found) == 0 || found[0].Customer == "" {
		return nil, err
	}
	e := found[0]
	l := dialogue.Lived{Customer: e.Customer, Name: RewardedEvent, At: e.At, Properties: map[string]any{
		"code": code, "claim": e.Claim, "amount": amountOf(s.c.Models.Current().Model, max(e.Amount, -e.Amount)), "currency": e.Currency, "why": string(e.Why),
	}}
	if e.Milestone > 0 {
		l.Properties["milestone"] = e.Milestone
	}
	if e.Amount < 0 {
		l.Name = RevokedEvent
	}
	return []dialogue.Lived{l}, nil
}

// amountOf writes minor units as the number that people read.
func amountOf(m *model.Model, minor int64) float64 {
	x := float64(minor)
	for range m.Company.Digits() {
		x /= 10
	}
	return x
}

// refused puts into the log why a claim does not count.
func (s *Service) refused(ctx context.Context, id string) error {
	var found []*claim
	if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		found, err = claims(ctx, tx, `WHERE id = $1 AND state = $2`, id, string(Refused))
		return err
	}); err != nil || len(found) == 0 || found[0].friend == "" {
		return err
	}
	c := found[0]
	e, err := Decision{What: aboutClaim, Customer: c.friend, Reason: c.reason, About: c.seq}.event("referral:"+tellRefused+id+":"+string(c.reason), s.c.Clock.Now())
	if err == nil {
		_, err = s.c.Log.Append(ctx, []cx.Event{e})
	}
	return err
}

func seqText(seq cx.Seq) string { return strconv.FormatUint(uint64(seq), 10) }

// textOf reads a trait's value.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	return strings.TrimSpace(text)
}
