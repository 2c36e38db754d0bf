package api

import (
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func (s *server) referralOverview(q *request) (any, error) {
	by := q.oneOf("by", "spoken", "channel", "lived", "journey")
	return reasoned(q, "referrals", func() (referral.Overview, error) { return s.Referrals.Overview(q.Context(), q.principal) }, func(o referral.Overview) any {
		switch by {
		case "channel":
			return o.ByChannel
		case "lived":
			return o.ByLived
		case "journey":
			return o.ByJourney
		}
		return o.Spoken
	})
}

// before reads the place in a list that is told from the newest on.
func (q *request) before() int64 {
	text := q.text("cursor")
	n, err := strconv.ParseInt(text, 10, 64)
	if text != "" && (err != nil || n < 1) {
		q.fault("cursor", "is what the page before gave as next")
	}
	return n
}

func after(next int64) any {
	if next == 0 {
		return nil
	}
	return strconv.FormatInt(next, 10)
}

func (s *server) listClaims(q *request) (any, error) {
	query := referral.ClaimsQuery{
		State:  referral.State(q.oneOf("state", "pending", "proven", "expired", "refused", "taken-back", "said", "repeated")),
		Reason: referral.Reason(q.oneOf("reason", "self", "existing", "taken", "circular", "unknown", "closed")),
		Before: q.before(), Limit: q.limit(),
	}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	page, err := s.Referrals.Claims(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	items, _ := plain(page.Claims).([]any)
	if asTable {
		return table{"claims", items}, nil
	}
	return members{{"items", items}, {"next", after(page.Next)}}, nil
}

func (s *server) listLedger(q *request) (any, error) {
	before, limit, asTable := q.before(), q.limit(), q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	page, err := s.Referrals.Ledger(q.Context(), q.principal, before, limit)
	if err != nil {
		return nil, err
	}
	items, _ := plain(page.Entries).([]any)
	if asTable {
		return table{"ledger", items}, nil
	}
	return members{{"items", items}, {"next", after(page.Next)}}, nil
}

func (s *server) referralLink(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	l, err := s.Referrals.Code(q.Context(), q.principal, cx.CustomerID(q.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return plain(l), nil
}
