package cases

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Bounds of texts, in characters.
const (
	maxTitle = 200
	maxWords = 4000
	maxAbout = 20
)

// Open opens a case; the same key again is the first one, as it is now. Needs
// account.OpenCases. Errors: Invalid with a fault a field.
func (s *Service) Open(ctx context.Context, p cx.Principal, n New) (Case, error) {
	const op = "cases.Open"
	if err := account.Check(p, account.OpenCases); err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	n.Title, n.Words = strings.TrimSpace(n.Title), strings.TrimSpace(n.Words)
	faults := n.check(m)
	owner, isHere := people[n.Owner]
	if n.Owner != "" && (!isHere || owner.DisabledAt != 0) {
		faults = append(faults, cx.Fault{Field: "owner", Message: "nobody of this name works here"})
	}
	if len(faults) > 0 {
		return Case{}, cx.InvalidFaults(op, faults)
	}
	now := s.c.Clock.Now()
	c := Case{ID: s.nameOf(n.Key), New: n, State: StateOpen, OpenedAt: now, Priority: Priority{Weight: 1}}
	if c.Customer != "" {
		who, err := s.c.Memory.Customer(ctx, cx.System(), n.Customer)
		if err != nil {
			return Case{}, cx.Wrap(op, err)
		}
		c.Customer = who.ID
	}
	c.fill(m, now)
	opened := Entry{What: Opened, By: cmp.Or(n.By, p.ID), Text: n.Words}
	c.By = opened.By
	if opened.By == p.ID {
		opened.ByName = p.Name
	}
	entries := []Entry{opened}
	if n.Owner != "" {
		entries = append(entries, Entry{What: Assigned, By: opened.By, ByName: opened.ByName, To: n.Owner, ToName: owner.Name})
	}
	fresh := false
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		fresh = false
		if was, err := read(ctx, tx, c.ID); err == nil {
			c = was
			return nil
		} else if cx.KindOf(err) != cx.NotFound {
			return err
		}
		fresh = true
		if err := tx.QueryRow(ctx, `UPDATE cases_next SET number = number + 1 RETURNING number - 1`).Scan(&c.Number); err != nil {
			return err
		}
		if n.Offer != "" {
			if err := s.c.Dialogue.Settle(ctx, tx, n.Offer); err != nil {
				return err
			}
		}
		return s.write(ctx, tx, &c, entries...)
	})
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	if fresh {
		s.changed(&c)
	}
	s.name(ctx, &c, people, "")
	return c, nil
}

// fill says of a new case what its kind, its touchpoint and its promise say.
func (c *Case) fill(m *model.Model, now cx.Time) {
	kind, _ := m.Cases.Kind(c.Kind)
	touchpoint, _ := m.Touchpoint(c.Touchpoint)
	promise, _ := m.Promise(c.Promise)
	c.Area = cmp.Or(c.Area, kind.Area, touchpoint.Area, promise.Area, m.Cases.Area)
	c.Title = cmp.Or(c.Title, kind.Name.In(m.Company.Languages[0]), firstLine(c.Words))
	if c.Due == 0 {
		c.Due = m.DueOf(c.Kind, now)
	}
}

// firstLine is how a text is called in a list.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > 80 {
		line = strings.TrimSpace(string(runes[:80])) + "…"
	}
	return line
}

func (n *New) check(m *model.Model) (faults []cx.Fault) {
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	declared := func(field, slug string, ok bool) {
		if slug != "" && !ok {
			fault(field, "there is no "+field+" "+strconv.Quote(slug)+": choose one of those declared")
		}
	}
	_, ok := m.Cases.Kind(n.Kind)
	declared("kind", n.Kind, ok)
	_, ok = m.Area(n.Area)
	declared("area", n.Area, ok)
	if n.Title == "" && n.Words == "" && n.Kind == "" {
		fault("words", "say what happened")
	}
	if utf8.RuneCountInString(n.Title) > maxTitle {
		fault("title", "is longer than 200 characters: shorten it")
	}
	if utf8.RuneCountInString(n.Words) > maxWords {
		fault("words", "is longer than 4000 characters: shorten it")
	}
	if len(n.About) > maxAbout {
		fault("about", "has more than 20 properties: keep those that are needed")
	}
	for _, text := range []string{n.Title, n.Words} {
		if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			fault("words", "holds what is no text")
		}
	}
	return faults
}

// nameOf gives what a key tells an opaque id; "" one that nobody had.
func (s *Service) nameOf(key string) string {
	if key == "" {
		key = rand.Text()
	}
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("case\x00" + key))
	return "k_" + hex.EncodeToString(h.Sum(nil)[:10])
}
