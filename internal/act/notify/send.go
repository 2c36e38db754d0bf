package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// mailLife is how long a notice is worth a mail.
const mailLife = 24 * time.Hour

// send sends what of a notice has not gone out yet, by the ways that its person
// chose. What they read meanwhile does not go out.
func (s *Service) send(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	people, err := s.c.Accounts.People(ctx, cx.System())
	if err != nil {
		return nil, err
	}
	byID := make(map[string]account.Person, len(people))
	for _, p := range people {
		byID[p.Principal().ID] = p
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		var person string
		var sent int
		err := tx.QueryRow(ctx, `SELECT person, sent FROM notify_notices WHERE id = $1`, j.Key).Scan(&person, &sent)
		if errors.Is(err, sql.ErrNoRows) { // forgotten meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		item, err := readItem(ctx, tx, j.Key)
		if err != nil {
			return err
		}
		p, there := byID[person]
		if item.Read || item.Count <= sent || !there || p.DisabledAt != 0 {
			return nil
		}
		settings, err := settingsOf(ctx, tx, person)
		if err != nil {
			return err
		}
		defer s.c.Jobs.Wake()
		for _, w := range settings.Ways[item.Kind] {
			if err := s.by(ctx, tx, w, p, settings, item); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE notify_notices SET sent = count, sent_at = $1 WHERE id = $2`, int64(s.c.Clock.Now()), j.Key)
		return err
	}, nil
}

// by puts a notice into the outbox.
func (s *Service) by(ctx context.Context, tx *sqldb.Tx, w Way, p account.Person, settings Settings, i Item) error {
	key := i.ID + "-" + strconv.Itoa(i.Count)
	lang := p.Language
	if lang == "" {
		lang = "es"
	}
	title := i.Title.In(lang)
	if i.Count > 1 {
		title += fmt.Sprintf(" (%d)", i.Count)
	}
	switch w {
	case Mail:
		link := s.c.Base + i.Href
		if i.Href == "" {
			link = s.c.Base + "/notices"
		}
		return s.c.Deliver.Put(ctx, tx, deliver.Message{
			ID: "n" + key, To: p.Email, Class: deliver.Staff, About: string(i.Kind), Expires: s.c.Clock.Now().Add(mailLife),
			Letter: deliver.Letter{Language: lang, Company: s.c.Models.Current().Model.Company.Name, Subject: title, Text: i.Text.In(lang), Greeting: title, Button: words.see.In(lang), Link: link},
		})
	case Push:
		return s.c.Deliver.PutPush(ctx, tx, p.Principal().ID, deliver.PushMessage{ID: key, Tag: i.ID, Title: cut(title, 120), Text: cut(i.Text.In(lang), 300), Href: i.Href, Urgent: i.Urgent, Customer: i.Customer})
	case Hook:
		if settings.Hook == "" {
			return nil
		}
		data, err := json.Marshal(map[string]any{"kind": i.Kind, "title": title, "text": i.Text.In(lang), "href": s.c.Base + i.Href, "count": i.Count, "urgent": i.Urgent})
		if err != nil {
			return err
		}
		return s.c.Deliver.PutHook(ctx, tx, deliver.Hook{ID: "n" + key, Endpoint: settings.Hook, Type: "notice." + string(i.Kind), At: cx.TimeOf(i.At), Customer: i.Customer, Data: data})
	}
	return nil
}

// cut cuts a text after n letters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// goneEndpoint tells administrators of a webhook that was switched off.
func (s *Service) goneEndpoint(ctx context.Context, slug, id string) error {
	return s.Tell(ctx, Notice{
		Key: "gone:" + slug + ":" + id, To: To{Role: cx.Admin}, Kind: System, Subject: "webhook:" + slug, Href: "/notices", Urgent: true,
		Title: words.gone.with("webhook", slug), Text: model.Text(words.goneMore),
	})
}
