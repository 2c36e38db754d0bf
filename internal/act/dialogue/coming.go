package dialogue

import (
	"context"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Send is being written.
func (s *Service) Send(ctx context.Context, p cx.Principal, n Note) (Message, error) {
	return *new(Message), cx.Errorf(cx.Unavailable, "dialogue.Send", "is being written")
}

// Conversation is being written.
func (s *Service) Conversation(ctx context.Context, p cx.Principal, id cx.CustomerID, lang string) (Conversation, error) {
	return *new(Conversation), cx.Errorf(cx.Unavailable, "dialogue.Conversation", "is being written")
}

// OfCase is being written.
func (s *Service) OfCase(ctx context.Context, id, lang string) (Conversation, error) {
	return *new(Conversation), cx.Errorf(cx.Unavailable, "dialogue.OfCase", "is being written")
}

// Offer is being written.
func (s *Service) Offer(ctx context.Context, p cx.Principal, n NewOffer) (Offer, error) {
	return *new(Offer), cx.Errorf(cx.Unavailable, "dialogue.Offer", "is being written")
}

// Offered is being written.
func (s *Service) Offered(ctx context.Context, token, lang string) (OfferPage, error) {
	return *new(OfferPage), cx.Errorf(cx.Unavailable, "dialogue.Offered", "is being written")
}

// Choose is being written.
func (s *Service) Choose(ctx context.Context, token, option, lang string) (OfferPage, error) {
	return *new(OfferPage), cx.Errorf(cx.Unavailable, "dialogue.Choose", "is being written")
}

// TakeBack is being written.
func (s *Service) TakeBack(ctx context.Context, p cx.Principal, offer string) error {
	return cx.Errorf(cx.Unavailable, "dialogue.TakeBack", "is being written")
}

// Settle is being written.
func (s *Service) Settle(ctx context.Context, tx *sqldb.Tx, offer string) error {
	return cx.Errorf(cx.Unavailable, "dialogue.Settle", "is being written")
}

// Reply is being written.
func (s *Service) Reply(ctx context.Context, token, text string) (Message, error) {
	return *new(Message), cx.Errorf(cx.Unavailable, "dialogue.Reply", "is being written")
}

// MakeLink is being written.
func (s *Service) MakeLink(ctx context.Context, p cx.Principal, r LinkRequest) (Link, error) {
	return *new(Link), cx.Errorf(cx.Unavailable, "dialogue.MakeLink", "is being written")
}

// Links is being written.
func (s *Service) Links(ctx context.Context, p cx.Principal, kind LinkKind) ([]Link, error) {
	return *new([]Link), cx.Errorf(cx.Unavailable, "dialogue.Links", "is being written")
}

// Revoke is being written.
func (s *Service) Revoke(ctx context.Context, p cx.Principal, id string) error {
	return cx.Errorf(cx.Unavailable, "dialogue.Revoke", "is being written")
}

// Follow is being written.
func (s *Service) Follow(ctx context.Context, token string) (Link, error) {
	return *new(Link), cx.Errorf(cx.Unavailable, "dialogue.Follow", "is being written")
}
