package api

import (
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
)

// endpoint is where webhooks go, and how it fares.
type endpoint struct {
	Slug       string  `json:"slug"`
	URL        string  `json:"url"`
	Secret     bool    `json:"secret"`
	DisabledAt *string `json:"disabled_at"`
	Why        string  `json:"why,omitempty"`
	DownUntil  *string `json:"down_until"`
	Waiting    int     `json:"waiting"`
	Sent       int     `json:"sent"`
	Failed     int     `json:"failed"`
	LastStatus int     `json:"last_status,omitempty"`
}

func (s *server) listWebhooks(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Deliver.Endpoints(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	out := make([]endpoint, len(all))
	for i, e := range all {
		out[i] = endpoint{e.Slug, e.URL, e.Secret, instant(e.DisabledAt), e.Why, instant(e.Down), e.Waiting, e.Sent, e.Failed, e.LastStatus}
	}
	return struct {
		Items []endpoint `json:"items"`
	}{out}, nil
}

func (s *server) rotateWebhook(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	secret, err := s.Deliver.Rotate(q.Context(), q.principal, q.PathValue("slug"))
	return struct {
		Secret string `json:"secret"`
	}{secret}, err
}

func (s *server) enableWebhook(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Deliver.Enable(q.Context(), q.principal, q.PathValue("slug"))
}

func (s *server) listHooks(q *request) (any, error) {
	query := deliver.HookQuery{
		Endpoint: q.text("webhook"), State: deliver.HookState(q.oneOf("state", "waiting", "sent", "failed")), Cursor: q.text("cursor"), Limit: q.limit(),
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Deliver.Hooks(q.Context(), q.principal, query)
	return pageOf(found.Hooks, found.Next, func(d deliver.HookDelivery) deliver.HookDelivery { return d }), err
}

func (s *server) replayHook(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Deliver.ReplayHook(q.Context(), q.principal, q.PathValue("id"))
}
