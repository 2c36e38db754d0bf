package referral

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// purchase is one thing that a customer bought, or gave back.
type purchase struct {
	seq      cx.Seq
	at       cx.Time
	name     string
	order    string // "" when it names none
	minor    int64  // below 0: what went back
	currency string
}

// maxPages bounds how much of a customer's life is read: ten thousand events.
const maxPages = 20

// bought reads what a customer bought and gave back, up to a seq, oldest first.
func (s *Service) bought(ctx context.Context, id cx.CustomerID, last cx.Seq) (out []purchase, err error) {
	q := remember.TimelineQuery{Limit: 500, Kinds: []cx.Kind{cx.Track}}
	for range maxPages {
		page, err := s.c.Memory.Timeline(ctx, cx.System(), id, q)
		if cx.KindOf(err) == cx.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			item := &page.Items[i]
			if item.Seq <= last && item.Class.HasRevenue && item.Class.Revenue.Minor != 0 {
				out = append(out, purchase{item.Seq, item.At, item.Name, orderOf(item.Class), item.Class.Revenue.Minor, item.Class.Revenue.Currency})
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	slices.SortFunc(out, func(a, b purchase) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	return out, nil
}

// orderOf is the first object that an event names, as a database can hold it.
func orderOf(c model.Class) string {
	if len(c.Objects) == 0 {
		return ""
	}
	return strings.ReplaceAll(c.Objects[0].ID, "\x00", "")
}

// proofOf looks through what a friend bought, oldest first, for what proves a
// claim: the first purchase in time that was not given back. When all were given
// back, the first of them is told with when.
func (c *claim) proofOf(all []purchase) (p proof) {
	p.same = c.same
	for _, b := range all {
		if b.minor > 0 && (b.at < c.at || b.at == c.at && b.seq < c.seq) {
			p.had = true
		}
	}
	for _, b := range all {
		if b.minor < c.least || b.minor <= 0 || b.currency != c.currency || b.at < c.at || b.at == c.at && b.seq < c.seq || b.at > c.until || c.event != "" && b.name != c.event {
			continue
		}
		in, late := c.givenBack(b, all)
		if in != 0 && p.at != 0 {
			continue
		}
		p.at, p.seq, p.order, p.backAt, p.late = b.at, b.seq, b.order, in, late
		if in == 0 {
			break
		}
	}
	return p
}

// givenBack tells when so much of a purchase had gone back that it proves
// nothing: in time, or too late to count.
func (c *claim) givenBack(b purchase, all []purchase) (in, late cx.Time) {
	left := b.minor
	for _, r := range all {
		if r.minor >= 0 || r.at < b.at || r.currency != b.currency || r.order != b.order || b.order == "" {
			continue
		}
		if left += r.minor; left > 0 && left >= c.least {
			continue
		}
		if r.at.Sub(b.at) <= c.back {
			return r.at, 0
		}
		return 0, r.at
	}
	return 0, 0
}

// alike tells whether two customers are known by the same e-mail or telephone, or
// wait for a person to say whether they are one.
func (s *Service) alike(ctx context.Context, a, b cx.CustomerID) (bool, error) {
	if a == "" || b == "" {
		return false, nil
	}
	x, err := s.c.Memory.Customer(ctx, cx.System(), a)
	if err != nil {
		return false, notFound(err)
	}
	y, err := s.c.Memory.Customer(ctx, cx.System(), b)
	if err != nil {
		return false, notFound(err)
	}
	if x.ID == y.ID {
		return false, nil // that is told by who they are
	}
	for _, name := range []string{"email", "phone", "address"} {
		if v := folded(&x, name); v != "" && v == folded(&y, name) {
			return true, nil
		}
	}
	if x.OpenSuggestions == 0 || y.OpenSuggestions == 0 {
		return false, nil
	}
	for cursor := ""; ; {
		page, err := s.c.Memory.Suggestions(ctx, cx.System(), x.ID, cursor, 100)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(page.Suggestions, func(g remember.Suggestion) bool { return g.A.ID == y.ID || g.B.ID == y.ID }) {
			return true, nil
		}
		if cursor = page.Next; cursor == "" {
			return false, nil
		}
	}
}

// notFound forgives that somebody is not there any more.
func notFound(err error) error {
	if cx.KindOf(err) == cx.NotFound {
		return nil
	}
	return err
}

// folded is a trait as it is compared: small, without what people write between.
func folded(c *remember.Customer, name string) string {
	text := trait(c, name)
	if name == "email" {
		text = cmp.Or(text, c.Email)
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t.,;-/()", r) && name != "email" {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(text)))
}

// lastTouchpoint is where a customer was last before a time: what they lived just
// before they brought somebody.
func (s *Service) lastTouchpoint(ctx context.Context, id cx.CustomerID, before cx.Time) (string, error) {
	if id == "" {
		return "", nil
	}
	const reach = 30 * 24 * time.Hour
	page, err := s.c.Memory.Timeline(ctx, cx.System(), id, remember.TimelineQuery{Limit: 50, Kinds: []cx.Kind{cx.Track}, Window: cx.Window{From: before.Add(-reach), To: before}})
	if err != nil {
		return "", notFound(err)
	}
	for i := range page.Items {
		if t := page.Items[i].Class.Touchpoint; t != "" {
			return t, nil
		}
	}
	return "", nil
}
