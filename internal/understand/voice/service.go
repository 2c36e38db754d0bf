package voice

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Service answers questions on what is said. It is safe for concurrent use.
type Service struct{}

// Search returns a page of texts, the newest first. It needs customers.view;
// who is limited to areas finds what was said at their touchpoints, of customers
// in their reach.
func (s *Service) Search(ctx context.Context, p cx.Principal, q Query) (Page, error) {
	return Page{}, nil
}

// Count counts the texts that a filter lets through, in all and by each of the
// dimensions. It needs scores.view; who is limited to areas counts theirs.
func (s *Service) Count(ctx context.Context, p cx.Principal, f Filter, by ...Dimension) (Counts, error) {
	return Counts{}, nil
}

// Tell tells of every text that a filter lets through, by seq, then item. It
// needs scores.view. Fn's text is valid only during the call; an error of fn
// ends it.
func (s *Service) Tell(ctx context.Context, p cx.Principal, f Filter, fn func(*Text) error) error {
	return nil
}

// Quotes returns the most representative and the most extreme texts. It needs
// scores.view: nothing in a quote tells who said it.
func (s *Service) Quotes(ctx context.Context, p cx.Principal, q QuoteQuery) (Quotes, error) {
	return Quotes{}, nil
}

// Words returns what tells the texts of a filter from the others, the greatest
// |Z| first. It needs scores.view.
func (s *Service) Words(ctx context.Context, p cx.Principal, q WordsQuery) ([]Word, error) {
	return nil, nil
}
