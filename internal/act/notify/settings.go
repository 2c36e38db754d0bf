package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Way is how somebody is told beside the screen, which shows every notice.
type Way string

// The ways.
const (
	Mail Way = "mail"
	Push Way = "push" // in the browsers that the person let us
	Hook Way = "hook" // to the webhook of the settings
)

// Ways lists the ways.
func Ways() []Way { return []Way{Mail, Push, Hook} }

// Settings are how a person wants to be told.
type Settings struct {
	Ways   map[Kind][]Way `json:"ways"`
	Quiet  model.Hours    `json:"quiet"`  // in company time: nothing but what is urgent leaves the screen; zero: never quiet
	Digest int            `json:"digest"` // the hour of the morning's digest, in company time; −1: none
	Hook   string         `json:"hook"`   // slug of one of the model's webhooks; "" for none
}

// usual are the settings of who has not chosen.
func usual() Settings {
	return Settings{
		Ways:  map[Kind][]Way{Promise: {Mail, Push}, Voice: {Mail, Push}, Case: {Mail, Push}, Rule: {Push}, Improvement: {Mail}, Digest: {Mail}, Report: {Mail}, System: {Mail}},
		Quiet: model.Hours{From: 21 * 60, To: 8 * 60}, Digest: 8,
	}
}

func (s Settings) validate(webhooks []string) []cx.Fault {
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	for k, ways := range s.Ways {
		if !k.valid() {
			fault("ways", "there is no such kind of notice")
		}
		for _, w := range ways {
			if !slices.Contains(Ways(), w) {
				fault("ways", "the ways are mail, push and hook")
			}
		}
	}
	if s.Digest < -1 || s.Digest > 23 {
		fault("digest", "choose an hour of the day, or none")
	}
	if min(s.Quiet.From, s.Quiet.To) < 0 || max(s.Quiet.From, s.Quiet.To) > 24*60 {
		fault("quiet", "write two hours of the day")
	}
	if s.Hook != "" && !slices.Contains(webhooks, s.Hook) {
		fault("hook", "name one of the model's webhooks")
	}
	return faults
}

// Chosen returns how one wants to be told. Needs account.ViewNotices.
func (s *Service) Chosen(ctx context.Context, p cx.Principal) (out Settings, err error) {
	const op = "notify.Chosen"
	if err := mine(p); err != nil {
		return out, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = settingsOf(ctx, tx, p.ID)
		return err
	})
	return out, cx.Wrap(op, err)
}

// Choose keeps how one wants to be told. Needs account.ViewNotices; the error is
// Invalid with every fault.
func (s *Service) Choose(ctx context.Context, p cx.Principal, n Settings) error {
	const op = "notify.Choose"
	if err := mine(p); err != nil {
		return cx.Wrap(op, err)
	}
	if faults := n.validate(s.Webhooks()); len(faults) > 0 {
		return cx.Wrap(op, cx.InvalidFaults("", faults))
	}
	raw, err := json.Marshal(n)
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO notify_settings (person, settings) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET settings = excluded.settings`, p.ID, string(raw))
		return err
	}))
}

// Webhooks lists the slugs of the model's webhooks.
func (s *Service) Webhooks() (slugs []string) {
	for _, w := range s.c.Models.Current().Model.Webhooks {
		slugs = append(slugs, w.Slug)
	}
	return slugs
}

func settingsOf(ctx context.Context, tx *sqldb.Tx, person string) (Settings, error) {
	var raw string
	err := tx.QueryRow(ctx, `SELECT settings FROM notify_settings WHERE person = $1`, person).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return usual(), nil
	}
	var s Settings
	if err == nil {
		err = json.Unmarshal([]byte(raw), &s)
	}
	return s, err
}
